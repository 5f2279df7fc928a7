/** [O-7] The counter of an office: signing in for an office, looking a person up, the steps, the receipt; and who may not. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createRefusalLog, createAccessLog } from '../../src/audit/index.js';
import { createPassages } from '../../src/auth/index.js';
import { MOST_LOOKUPS } from '../../src/opposition/register/lookups.js';
import { newRequestId } from '../../src/platform/ids/index.js';
import { createLogger } from '../../src/platform/log.js';
import { shownIn } from '../support/portal.js';
import type { PageAnswer, TestPortal, Visitor } from '../support/portal.js';
import {
  IN_WINDOW,
  acknowledge,
  checked,
  expressed,
  noticeFields,
  oppositionPortal,
  seen,
} from './portal-opposition-fixture.js';
import type { OppositionPortal } from './portal-opposition-fixture.js';
import { codiceFiscale } from './registry-fixture.js';

const COUNTER = '/sportello/opposizione';
const SUBJECT = `${COUNTER}/soggetto`;

let place: OppositionPortal;
let portal: TestPortal;
beforeAll(async () => {
  place = await oppositionPortal();
  ({ portal } = place);
  await portal.db.query(`UPDATE auth.account SET role = 'intermediary' WHERE user_id = $1`, [holder().userId]);
}, 120_000);
beforeEach(async () => {
  portal.setNow(new Date(IN_WINDOW));
  await place.consent.query('TRUNCATE consent.intermediary_office, consent.office_operator, consent.operator_lookup');
  await place.consent.query('DELETE FROM audit.access_log');
  await place.windows(['2024-04-22', '2024-06-30'], ['2026-11-18', '2026-12-17']);
  await office('ASL-A', 'Sportello «A»', ['120']);
});
afterAll(() => place.stop());

const holder = () => portal.account('coded');

async function office(code: string, name: string, regions: readonly string[], kind = 'asl'): Promise<void> {
  for (const region of regions) {
    await place.consent.query(
      'INSERT INTO consent.intermediary_office (code, region, kind, name) VALUES ($1, $2, $3, $4)',
      [code, region, kind, name],
    );
  }
  await place.consent.query('INSERT INTO consent.office_operator (operator, office) VALUES ($1, $2)', [
    ...[holder().codiceFiscale, code],
  ]);
}

/** Has come back from a provider, and goes on with his account. */
async function signedIn(): Promise<Visitor> {
  const log = createLogger('silent');
  const refusals = createRefusalLog(portal.db, createAccessLog(portal.db), portal, log);
  const passages = createPassages({ db: portal.db, cardPolicies: [], takesCitizens: true, refusals });
  const arrival = { requestId: newRequestId(), at: portal.now(), clientAddress: '127.0.0.1' };
  const ticket = await passages.identified({ codiceFiscale: holder().codiceFiscale, method: 'spid' }, arrival);
  const visitor = portal.visitor();
  visitor.cookies.set('__Host-carta', `${ticket ?? ''}.`);
  expect((await visitor.post('/accesso/scelta', { come: 'utenza' })).status).toBe(303);
  return visitor;
}

const lookUp = (visitor: Visitor, codice: string): Promise<PageAnswer> => visitor.post(SUBJECT, { codice });

const logged = async () =>
  (
    await place.consent.query<{ row: string }[]>(
      `SELECT concat_ws(' ', operation, outcome, caller, region, user_id) AS row FROM audit.access_log
       ORDER BY transaction_id`,
    )
  ).map(({ row }) => row);

describe('signing in', () => {
  test('an operator of one office begins there, with its name', async () => {
    const visitor = await signedIn();
    expect((await visitor.get('/accesso')).location).toBe('/sportello');
    const page = await visitor.get('/sportello');
    expect(seen(page)).toEqual([200, 'Sportello']);
    expect(shownIn(page, 'main')).toContain('Sportello «A» (ASL-A)');
  });

  test('of two offices chooses by name, and changes with a new session id', async () => {
    await office('ASL-B', 'Sportello «B»', ['120', '030']);
    const visitor = await signedIn();
    expect((await visitor.get('/accesso')).location).toBe('/accesso/profilo');
    expect((await visitor.get(SUBJECT)).location).toBe('/accesso/profilo');
    const page = await visitor.get('/accesso/profilo');
    const offered = [...page.text.matchAll(/name="ruolo" value="([^"]+)"/g)].map(([, id]) => id);
    expect(offered).toEqual(['intermediary:ASL-A', 'intermediary:ASL-B']);
    expect(page.text).toContain('Sportello «B» (ASL-B)');
    const before = visitor.token();
    expect((await visitor.post('/accesso/profilo', { ruolo: 'intermediary:ASL-B' })).location).toBe('/sportello');
    expect(visitor.token()).not.toBe(before);
    expect(shownIn(await visitor.get('/sportello'), 'main')).toContain('Sportello «B» (ASL-B)');
    // The person who was looked up for one office is not there for the other.
    const { subject } = await place.person();
    expect((await lookUp(visitor, subject)).location).toBe(COUNTER);
    await visitor.post('/accesso/profilo', { ruolo: 'intermediary:ASL-A' });
    expect((await visitor.get(COUNTER)).location).toBe(SUBJECT);
  });

  test('an office is chosen of one’s own, never typed', async () => {
    await place.consent.query(
      `INSERT INTO consent.intermediary_office (code, region, kind, name) VALUES ('ASL-X', '120', 'asl', 'Altrui')`,
    );
    const visitor = await signedIn();
    const before = visitor.token();
    for (const ruolo of ['intermediary:ASL-X', 'intermediary:', 'intermediary', 'intermediary:nessuno', 'doctor']) {
      await visitor.post('/accesso/profilo', { ruolo });
      expect(visitor.token()).toBe(before);
    }
    expect(shownIn(await visitor.get('/sportello'), 'main')).toContain('ASL-A');
  });

  test('whom no office has admitted is told so', async () => {
    await place.consent.query('DELETE FROM consent.office_operator');
    const visitor = await signedIn();
    expect(seen(await visitor.get('/sportello'))).toEqual([200, 'Nessun ufficio abilitato']);
    expect(seen(await visitor.get('/accesso/profilo'))).toEqual([200, 'Nessun ufficio abilitato']);
    expect((await visitor.get(SUBJECT)).location).toBe('/sportello');
  });

  test('ends after fifteen minutes without a page', async () => {
    const visitor = await signedIn();
    portal.setNow(new Date(portal.now().getTime() + 14 * 60_000));
    expect((await visitor.get('/sportello')).status).toBe(200);
    portal.setNow(new Date(portal.now().getTime() + 16 * 60_000));
    expect((await visitor.get('/sportello')).status).toBe(303);
  });
});

describe('the steps', () => {
  test('from the look-up to the receipt, page and PDF: recorded for the person, by the office', async () => {
    const { subject } = await place.person();
    const visitor = await signedIn();
    expect((await lookUp(visitor, ` ${subject.toLowerCase()} `)).location).toBe(COUNTER);
    const start = await visitor.get(COUNTER);
    expect(start.text).toContain(subject);
    expect(start.text).toContain('non si è mai espressa in un periodo precedente');
    expect((await visitor.get(`${COUNTER}/informativa`)).text).toContain('Mostra il testo alla persona');
    const done = await expressed(visitor, COUNTER);
    const receipt = done.location ?? '';
    expect(receipt).toMatch(/^\/sportello\/opposizione\/ricevuta\/\d+$/);
    const page = await visitor.get(receipt);
    expect(seen(page)).toEqual([200, 'Scelta registrata']);
    expect(page.text).toContain('Consegna la ricevuta alla persona');
    const pdf = await visitor.get(`${receipt}/ricevuta.pdf`);
    expect([pdf.status, pdf.headers['content-type']]).toEqual([200, 'application/pdf']);
    const [decision] = await place.consent.query<object[]>(
      'SELECT value, channel, office, entered_by, entered_role FROM consent.decision WHERE subject = $1',
      [subject],
    );
    expect(decision).toEqual({
      ...{ value: 'opposition', channel: 'operator', office: 'ASL-A', entered_by: holder().codiceFiscale },
      entered_role: 'operatore ASL',
    });
    const rows = await logged();
    expect(rows).toContain(`opposition-express recorded intermediary 120 ${holder().userId}`);
    expect(rows.filter((row) => row.includes(subject))).toEqual([]);
    // A press too many is the same decision.
    expect((await place.decisions(subject)).length).toBe(1);
  });

  test('the notice is shown for each person: a direct post of the choice is refused', async () => {
    const visitor = await signedIn();
    const [first, second] = [await place.person(), await place.person()];
    await lookUp(visitor, first.subject);
    await expressed(visitor, COUNTER);
    await lookUp(visitor, second.subject);
    const answer = await visitor.post(`${COUNTER}/conferma`, { scelta: 'opposition', registra: '1', visita: 'x' });
    expect(answer.status).toBe(422);
    expect((await visitor.post(`${COUNTER}/conferma`, { scelta: 'opposition' })).status).toBe(422);
    expect(await place.decisions(second.subject)).toEqual([]);
  });

  test('two windows: what was checked for one person is not recorded for another', async () => {
    const visitor = await signedIn();
    const [first, second] = [await place.person(), await place.person()];
    await lookUp(visitor, first.subject);
    await acknowledge(visitor, COUNTER);
    const form = await checked(visitor, COUNTER, 'opposition');
    await lookUp(visitor, second.subject);
    await acknowledge(visitor, COUNTER);
    expect((await visitor.post(`${COUNTER}/conferma`, form)).status).toBe(422);
    expect([await place.decisions(first.subject), await place.decisions(second.subject)]).toEqual([[], []]);
  });

  test('two windows: the notice shown for one person is not acknowledged for another', async () => {
    const visitor = await signedIn();
    const [first, second] = [await place.person(), await place.person()];
    await lookUp(visitor, first.subject);
    const notice = await noticeFields(visitor, COUNTER);
    await lookUp(visitor, second.subject);
    expect((await visitor.post(`${COUNTER}/informativa`, notice)).status).toBe(422);
    expect((await visitor.post(`${COUNTER}/conferma`, { scelta: 'opposition' })).status).toBe(422);
    expect(await place.decisions(second.subject)).toEqual([]);
  });

  test('a receipt is shown after its own look-up only, to its own office', async () => {
    const visitor = await signedIn();
    const { subject } = await place.person();
    await lookUp(visitor, subject);
    const { location = '' } = await expressed(visitor, COUNTER);
    expect((await visitor.get(location)).status).toBe(200);
    await lookUp(visitor, subject);
    expect((await visitor.get(location)).status).toBe(404);
    const citizen = await place.citizen(subject);
    expect((await citizen.get(location)).status).toBe(303);
  });

  test('after the window: who has come of age, or has care again, in words', async () => {
    await place.windows(['2024-04-22', '2024-06-30']);
    const visitor = await signedIn();
    for (const [columns, words] of [
      [{ birth_date: '2008-11-20' }, 'È diventata maggiorenne'],
      [{ care_since: '2026-11-20' }, 'Ha riattivato l’assistenza'],
    ] as const) {
      const { subject } = await place.person(columns);
      expect((await lookUp(visitor, subject)).location).toBe(COUNTER);
      expect((await visitor.get(COUNTER)).text).toContain(words);
    }
  });
});

describe('who may not', () => {
  test('an office that the region of care has not named', async () => {
    const visitor = await signedIn();
    const { subject } = await place.person({ region_code: '030', asl_code: '030321' });
    const answer = await lookUp(visitor, subject);
    expect([answer.status, answer.text.includes('non è tra gli intermediari individuati dalla regione')]).toEqual([
      ...[422, true],
    ]);
    expect((await visitor.get(COUNTER)).location).toBe(SUBJECT);
    expect((await logged()).at(-1)).toMatch(/^opposition-eligibility office-not-authorised intermediary/);
  });

  test('an office that is withdrawn meanwhile: at each step, and nothing is recorded', async () => {
    const visitor = await signedIn();
    const { subject } = await place.person();
    await lookUp(visitor, subject);
    await acknowledge(visitor, COUNTER);
    const form = await checked(visitor, COUNTER, 'opposition');
    await place.consent.query('DELETE FROM consent.intermediary_office');
    const answer = await visitor.post(`${COUNTER}/conferma`, form);
    expect(seen(answer)).toEqual([422, 'Non è possibile per questa persona']);
    await place.consent.query('DELETE FROM consent.office_operator');
    expect((await visitor.get(COUNTER)).text).toContain('non risulta abilitato per questo ufficio');
    expect((await lookUp(visitor, subject)).status).toBe(422);
    expect(seen(await visitor.get('/sportello'))).toEqual([200, 'Nessun ufficio abilitato']);
    expect(await place.decisions(subject)).toEqual([]);
  });

  test.each([
    ['nobody', codiceFiscale(9_999_999), 'non risulta assistita'],
    ['no code', 'NON-UN-CODICE', 'Controlla il codice'],
    ['nothing', '', 'Controlla il codice'],
  ])('%s', async (_, codice, words) => {
    const visitor = await signedIn();
    const answer = await lookUp(visitor, codice);
    expect([answer.status, answer.text.includes(words)]).toEqual([422, true]);
    expect(shownIn(answer, 'title')).toMatch(/^Errore: /);
  });

  test('another role, a citizen, nobody', async () => {
    const doctor = await portal.signedIn('doctor');
    expect((await doctor.get('/sportello')).status).toBe(403);
    expect((await doctor.post(SUBJECT, { codice: 'x' })).status).toBe(403);
    expect((await (await place.citizen('GDASDV00A01H501J')).get('/sportello')).status).toBe(303);
    expect((await portal.visitor().get(SUBJECT)).status).toBe(303);
  });
});

test('looking persons up without acting is recorded each time, and stops after some', async () => {
  const visitor = await signedIn();
  const people = [];
  for (let n = 0; n <= MOST_LOOKUPS; n++) people.push((await place.person()).subject);
  for (const subject of people.slice(0, MOST_LOOKUPS)) expect((await lookUp(visitor, subject)).location).toBe(COUNTER);
  // The same person again is no further one.
  expect((await lookUp(visitor, people[MOST_LOOKUPS - 1] ?? '')).location).toBe(COUNTER);
  const last = people[MOST_LOOKUPS] ?? '';
  const refused = await lookUp(visitor, last);
  expect([refused.status, refused.headers['retry-after']]).toEqual([429, '120']);
  expect(refused.text).toContain('occorre aspettare');
  const rows = await logged();
  expect(rows.filter((row) => row.startsWith('opposition-eligibility 0000'))).toHaveLength(MOST_LOOKUPS + 1);
  expect(rows.filter((row) => row.startsWith('opposition-eligibility too-many-lookups'))).toHaveLength(1);
  // Two minutes, or an expression for the person who is there, make room for one.
  portal.setNow(new Date(portal.now().getTime() + 121_000));
  expect((await lookUp(visitor, last)).location).toBe(COUNTER);
  expect((await expressed(visitor, COUNTER)).location).toMatch(/ricevuta/);
  expect((await lookUp(visitor, (await place.person()).subject)).location).toBe(COUNTER);
  expect((await lookUp(visitor, (await place.person()).subject)).status).toBe(429);
  // However much is expressed for one person, it makes room for one.
  for (const value of ['opposition', 'revocation', 'opposition']) {
    expect((await expressed(visitor, COUNTER, value)).location).toMatch(/ricevuta/);
  }
  expect((await lookUp(visitor, (await place.person()).subject)).location).toBe(COUNTER);
  expect((await lookUp(visitor, (await place.person()).subject)).status).toBe(429);
});

test('[O-4] the TS database does not learn for whom it was, nor what', async () => {
  const visitor = await signedIn();
  const { subject } = await place.person();
  await lookUp(visitor, subject);
  await expressed(visitor, COUNTER);
  for (const table of ['auth.session', 'auth.passage', 'auth.citizen_session', 'audit.access_log']) {
    const [{ text }] = await portal.db.query<[{ text: string | null }]>(
      `SELECT string_agg(t::text, ' ') AS text FROM ${table} t`,
    );
    expect([table, text?.includes(subject) ?? false, /opposition"|revocation"/.test(text ?? '')]).toEqual([
      ...[table, false, false],
    ]);
  }
  expect(portal.lines().filter((line) => line.includes(subject))).toEqual([]);
});
