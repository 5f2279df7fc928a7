/**
 * Receipts as PDF: created by the operation each time, for everybody who may read the page, always with the same bytes.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { Call } from '../../src/auth/call.js';
import { newRequestId } from '../../src/platform/ids/index.js';
import { createPdfMaker } from '../../src/portal/index.js';
import type { ReceiptDocument } from '../../src/portal/index.js';
import { askingOf } from '../../src/portal/pdf/maker.js';
import { patientQueue } from '../support/doctors.js';
import { startTestPortal } from '../support/portal.js';
import type { PageAnswer, TestPortal, Visitor } from '../support/portal.js';
import { rowsOf, saidBy } from '../support/portal-pages.js';
import { dayFields } from '../support/portal-work.js';

let portal: TestPortal;
let doctor: Visitor;
const nextPatient = patientQueue('doctor');
const DAY = dayFields('eseguito', '2027-05-03');

beforeAll(async () => {
  portal = await startTestPortal();
  portal.setNow(new Date('2027-05-10T10:00:00Z'));
  doctor = await portal.signedIn('doctor');
});
afterAll(() => portal.stop());

function expectPdf({ status, headers, text }: PageAnswer, name: string): void {
  expect([status, headers['content-type'], headers['cache-control']]).toEqual([200, 'application/pdf', 'no-store']);
  expect(headers['content-disposition']).toBe(`attachment; filename="${name}"`);
  for (const part of ['%PDF-1.7', '/MarkInfo', '/StructTreeRoot', '(it)', 'pdfaid:part>2', '%%EOF']) {
    expect([part, text.includes(part)]).toEqual([part, true]);
  }
}

test('of a test: the same bytes each time, a row each time, and none for others', async () => {
  const person = nextPatient();
  // Letters of the font, letters with accents that it lacks, and another script.
  await portal.db.query('UPDATE registry.person SET surname = $2, given_name = $3 WHERE identifier = $1', [
    ...[person, 'D’Àvila Čapek Nguyễn', 'Ωμέγα 𝒳 <b>'],
  ]);
  const { location = '' } = await doctor.post('/medico/proprio/test/conferma', { ...DAY, assistito: person });
  expect((await doctor.get(location)).text).toContain(`href="${location}/ricevuta.pdf"`);
  const first = await doctor.get(`${location}/ricevuta.pdf`);
  expectPdf(first, `ricevuta-${location.split('/').at(-1) ?? ''}.pdf`);
  expect(await rowsOf(portal, first)).toEqual([{ operation: 'test-receipt', outcome: '0000' }]);
  const later = await portal.signedIn('doctor');
  expect((await later.get(`${location}/ricevuta.pdf`)).text).toBe(first.text);

  const stranger = await portal.signedIn('secondDoctor');
  const foreign = await stranger.get(`${location}/ricevuta.pdf`);
  const absent = await stranger.get('/medico/proprio/test/999999999/ricevuta.pdf');
  expect([foreign.status, saidBy(foreign)]).toEqual([404, saidBy(absent)]);

  await doctor.post(`${location}/annulla`);
  expect((await doctor.get(`${location}/ricevuta.pdf`)).text).not.toBe(first.text);
});

test('of several tests: one document, one row, for the session that sent them', async () => {
  const scelti = Array.from({ length: 12 }, () => nextPatient()).join(' ');
  const form = { ...DAY, scelti, invio: randomUUID() };
  const { location = '' } = await doctor.post('/medico/proprio/test/piu/conferma', form);
  const path = `${location}/ricevuta.pdf`;
  expect((await doctor.get(location)).text).toContain(`href="${path}"`);
  const answer = await doctor.get(path);
  expectPdf(answer, 'ricevuta.pdf');
  expect(await rowsOf(portal, answer)).toEqual([{ operation: 'test-receipt', outcome: '0000' }]);
  expect((await doctor.get(path)).text).toBe(answer.text);
  for (const other of [await portal.signedIn('secondDoctor'), await portal.signedIn('doctor')]) {
    expect((await other.get(path)).status).toBe(404);
  }
  // A form without any submitted test has no receipt.
  const refused = { ...DAY, scelti: 'RSSMRA80A01H501U', invio: randomUUID() };
  const outcome = (await doctor.post('/medico/proprio/test/piu/conferma', refused)).location ?? '';
  expect((await doctor.get(outcome)).text).not.toContain('ricevuta.pdf');
  expect((await doctor.get(`${outcome}/ricevuta.pdf`)).status).toBe(404);
});

test('of a daily number: for its ASL only', async () => {
  const operator = await portal.signedIn('aslOperator');
  const sent = await operator.post('/asl/test/conferma', { ...DAY, numero: '12', invio: randomUUID() });
  const path = `${sent.location ?? ''}/ricevuta.pdf`;
  const answer = await operator.get(path);
  expectPdf(answer, `ricevuta-${sent.location?.split('/').at(-1) ?? ''}.pdf`);
  expect(await rowsOf(portal, answer)).toEqual([{ operation: 'asl-daily-list', outcome: '0000' }]);
  expect((await operator.get('/asl/test/999999999/ricevuta.pdf')).status).toBe(404);
  expect((await doctor.get(path)).status).toBe(403);
});

test('one account has four places; a visitor who has left has none, and nothing is drawn', async () => {
  const document: ReceiptDocument = {
    ...{ title: 'Ricevuta', at: new Date(0), paragraphs: [], facts: [['a', 'b']], service: 'Passerella' },
    ...{ language: 'it', foot: '%1 %2', replacedNote: '' },
  };
  const maker = createPdfMaker();
  try {
    const [here, leaving] = [new AbortController(), new AbortController()];
    const own = Array.from({ length: 4 }, () => maker.make(document, { holder: 'A', gone: leaving.signal }));
    const results = Promise.allSettled(own);
    await expect(maker.make(document, { holder: 'A', gone: here.signal })).rejects.toMatchObject({ status: 503 });
    const other = maker.make(document, { holder: 'B', gone: here.signal });
    leaving.abort();
    const again = maker.make(document, { holder: 'A', gone: here.signal });
    expect((await results).filter(({ status }) => status === 'rejected').length).toBeGreaterThanOrEqual(3);
    expect((await Promise.all([other, again])).map((pdf) => pdf.subarray(0, 5).toString())).toEqual(['%PDF-', '%PDF-']);
  } finally {
    await maker.stop();
  }
});

test('the places of somebody without an account are counted by person, not by session', () => {
  const { signal: gone } = new AbortController();
  const holderOf = (token: string) => {
    const arrival = { requestId: newRequestId(), at: new Date(0), clientAddress: '192.0.2.1' };
    const call = new Call({ kind: 'free_area', subject: 'STP1202010000009', method: 'stp' } as const, arrival);
    const freeArea = {
      kind: 'free_area',
      token,
      visit: token,
      call,
      acknowledged: undefined,
      endsAt: arrival.at,
    } as const;
    return askingOf({ session: undefined, citizen: undefined, freeArea, gone }).holder;
  };
  expect([holderOf('a'), holderOf('b')]).toEqual(['STP1202010000009', 'STP1202010000009']);
});

test('a limited number is created concurrently; a failing one fails alone', async () => {
  const document: ReceiptDocument = {
    ...{ title: 'Ricevuta', at: new Date(0), paragraphs: [], facts: [['a', 'b']], service: 'Passerella' },
    ...{ language: 'it', foot: '%1 %2', replacedNote: '' },
  };
  const maker = createPdfMaker();
  try {
    const gone = new AbortController().signal;
    const by = (holder: string) => ({ holder, gone });
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, (_, number) => maker.make(document, by(`account ${number}`))),
    );
    const refused = results.filter(({ status }) => status === 'rejected');
    expect(refused).toHaveLength(4);
    expect(refused[0]).toMatchObject({ reason: { status: 503, headers: { 'Retry-After': '5' } } });
    await expect(maker.make({ ...document, facts: [] as never, at: 'no time' as never }, by('A'))).rejects.toThrow(
      'drawn',
    );
    expect((await maker.make(document, by('A'))).subarray(0, 5).toString()).toBe('%PDF-');
  } finally {
    await maker.stop();
  }
});
