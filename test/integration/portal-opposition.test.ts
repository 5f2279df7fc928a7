/**
 * [O-1]-[O-10] A citizen and a holder in the free area express, confirm and revoke an opposition in the portal: the
 * steps, refusals and their texts, double presses, and access to receipts.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { OPPOSITION_REFUSALS } from '../../src/opposition/index.js';
import { it as italian } from '../../src/portal/texts/index.js';
import type { Visitor } from '../support/portal.js';
import {
  CITIZEN,
  FREE,
  IN_WINDOW,
  NOTICE_TEXT,
  acknowledge,
  cardFields,
  checked,
  expressed,
  noticeFields,
  oppositionPortal,
  seen,
} from './portal-opposition-fixture.js';
import type { OppositionPortal } from './portal-opposition-fixture.js';

const { refusals } = italian.opposition;
const WINDOWS = [
  ['2024-04-22', '2024-06-30'],
  ['2026-11-18', '2026-12-17'],
] as const;

let place: OppositionPortal;
beforeAll(async () => {
  place = await oppositionPortal();
}, 120_000);
beforeEach(async () => {
  place.portal.setNow(new Date(IN_WINDOW));
  await place.windows(...WINDOWS);
  await place.consent.query('TRUNCATE consent.free_area_attempt');
});
afterAll(() => place.stop());

const rowsOf = (answer: { readonly headers: Readonly<Record<string, string | string[] | undefined>> }) =>
  place.consent.query<{ operation: string; outcome: string }[]>(
    'SELECT operation, outcome FROM audit.access_log WHERE request_id = $1 ORDER BY transaction_id',
    [answer.headers['x-request-id']],
  );

describe('a citizen', () => {
  test('sees, reads the notice, chooses, checks, confirms, and revokes by the same steps', async () => {
    const { subject } = await place.person();
    const visitor = await place.citizen(subject);
    const home = await visitor.get('/cittadino');
    expect(home.text).toContain('Non risulta alcuna tua scelta');
    expect(home.text).toContain('fino a giovedì 17 dicembre 2026, compreso');
    expect(await rowsOf(home)).toEqual([
      { operation: 'opposition-state', outcome: '0000' },
      { operation: 'opposition-eligibility', outcome: '0000' },
    ]);
    expect(seen(await visitor.get(CITIZEN))).toEqual([200, 'Opposizione al pregresso']);
    const notice = await visitor.get(`${CITIZEN}/informativa`);
    expect(notice.text).toContain('Secondo paragrafo.');
    expect(notice.text).toContain('Versione 1');
    expect((await acknowledge(visitor, CITIZEN)).location).toBe(`${CITIZEN}/scelta`);
    const choice = await visitor.get(`${CITIZEN}/scelta`);
    expect([choice.text.includes('value="opposition"'), choice.text.includes('value="revocation"')]).toEqual([
      true,
      false,
    ]);
    const form = await checked(visitor, CITIZEN, 'opposition');
    expect(await place.decisions(subject)).toEqual([]);
    const done = await visitor.post(`${CITIZEN}/conferma`, form);
    const [decision] = await place.decisions(subject);
    expect(done.location).toBe(`${CITIZEN}/ricevuta/${decision?.id ?? ''}`);
    expect(decision).toMatchObject({ value: 'opposition', channel: 'digital_identity', noticeVersion: 1 });
    const receipt = await visitor.get(done.location ?? '');
    expect(seen(receipt)).toEqual([200, 'Scelta registrata']);
    for (const shown of [
      '<dt>Codice fiscale</dt>',
      subject,
      'Mi oppongo al caricamento',
      'fino a giovedì 17 dicembre 2026',
    ])
      expect(receipt.text).toContain(shown);
    expect(await rowsOf(receipt)).toEqual([{ operation: 'opposition-receipt', outcome: '0000' }]);
    const pdf = await visitor.get(`${done.location ?? ''}/ricevuta.pdf`);
    expect([pdf.status, pdf.headers['content-type'], pdf.text.slice(0, 5)]).toEqual([200, 'application/pdf', '%PDF-']);

    const revoked = await expressed(visitor, CITIZEN, 'revocation');
    expect(revoked.status).toBe(303);
    expect((await place.decisions(subject)).map(({ value }) => value)).toEqual(['opposition', 'revocation']);
    const later = await visitor.get('/cittadino');
    expect(later.text).toContain('Hai revocato l’opposizione (martedì 1 dicembre 2026)');
    expect(later.text).toContain(revoked.location ?? 'no receipt');
  });

  test('a visitor who is not signed in must sign in, and so must an account', async () => {
    for (const path of ['', '/informativa', '/scelta', '/conferma', '/ricevuta/1', '/ricevuta/1/ricevuta.pdf']) {
      expect((await place.portal.visitor().get(CITIZEN + path)).location).toBe('/accesso/spid');
      expect((await (await place.portal.signedIn('doctor')).get(CITIZEN + path)).location).toBe('/accesso/spid');
      if (path !== '') expect((await place.portal.visitor().get(FREE + path)).location).toBe(FREE);
    }
  });
});

describe('the free area', () => {
  test('by the card: the same steps, both values offered, only the present decision is shown', async () => {
    const card = await place.person();
    await expressed(await place.citizen(card.subject), CITIZEN); // earlier, elsewhere
    const visitor = await place.holder(card);
    const choice = await acknowledge(visitor, FREE).then(() => visitor.get(`${FREE}/scelta`));
    for (const value of ['opposition', 'revocation']) expect(choice.text).toContain(`value="${value}"`);
    const done = await visitor.post(`${FREE}/conferma`, await checked(visitor, FREE, 'opposition'));
    const [, own] = await place.decisions(card.subject);
    expect(done.location).toBe(`${FREE}/ricevuta/${own?.id ?? ''}`);
    expect(own).toMatchObject({ value: 'opposition', channel: 'free_area_card' });
    expect(seen(await visitor.get(done.location ?? ''))).toEqual([200, 'Scelta registrata']);
    expect((await visitor.get(`${done.location ?? ''}/ricevuta.pdf`)).status).toBe(200);
    const home = await visitor.get(FREE);
    expect(home.text).not.toContain('ppost' + 'o al caricamento'); // no earlier choice
    const out = (await visitor.post('/uscita')).location ?? '';
    expect((await visitor.get(out)).text).toContain('<a href="/servizi/opposizione">Accedi di nuovo');
    expect((await visitor.get(done.location ?? '')).location).toBe(FREE);
  });

  test('by the STP code', async () => {
    const code = 'STP1202010000077';
    await place.person({
      ...{ identifier: code, card_number: null, card_expiry: null, stp_region: '120', stp_issued_on: '2026-09-07' },
    });
    const visitor = place.portal.visitor();
    const day = { 'data-giorno': '7', 'data-mese': 'settembre', 'data-anno': '2026' };
    const fields = { codice: 'stp 1202010000077', regione: '120', ...day };
    expect((await visitor.post(`${FREE}/stp`, fields)).location).toBe(`${FREE}/informativa`);
    expect((await expressed(visitor, FREE)).status).toBe(303);
    expect(await place.decisions(code)).toMatchObject([{ channel: 'free_area_stp' }]);
  });

  test('one answer whatever is wrong, and too many guesses', async () => {
    const card = await place.person();
    const unknown = { ...card, subject: 'RSSMRA80A01H501U' };
    const wrong = [unknown, { ...card, number: '80380009999999999999' }, { ...card, expiry: '2029-12-30' }];
    const said = new Set<string>();
    for (const one of wrong) {
      const answer = await place.portal.visitor().post(`${FREE}/tessera`, cardFields(one));
      expect(answer.status).toBe(401);
      said.add(answer.text.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '').replace(/<input[^>]*>/g, ''));
    }
    expect(said.size).toBe(1);
    for (let guess = 0; guess < 6; guess++) {
      await place.portal.visitor().post(`${FREE}/tessera`, cardFields({ ...card, expiry: '2029-12-30' }));
    }
    const right = await place.portal.visitor().post(`${FREE}/tessera`, cardFields(card));
    expect([
      right.status,
      said.has(right.text.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '').replace(/<input[^>]*>/g, '')),
    ]).toEqual([401, true]);
    place.portal.setNow(new Date(Date.parse(IN_WINDOW) + 3_600_000));
    expect((await place.portal.visitor().post(`${FREE}/tessera`, cardFields(card))).status).toBe(303);
  });

  test('an invalid form names its fields, and no person is looked up', async () => {
    const answer = await place.portal
      .visitor()
      .post(`${FREE}/tessera`, { codice: 'x', numero: '1', 'data-giorno': '31' });
    expect(answer.status).toBe(422);
    for (const field of ['codice', 'numero', 'data']) expect(answer.text).toContain(`href="#${field}"`);
    const stp = await place.portal.visitor().post(`${FREE}/stp`, { codice: 'x', regione: '999' });
    for (const field of ['codice', 'regione', 'data']) expect(stp.text).toContain(`href="#${field}"`);
    expect(await place.consent.query('SELECT FROM consent.free_area_attempt')).toEqual([]);
  });

  test('every refusal that depends on the person is the same', async () => {
    const people = [
      await place.person({ status: 'ended' }),
      await place.person({ status: 'deceased' }),
      await place.person({ birth_date: '2015-01-01' }),
    ];
    for (const card of people) {
      const answer = await expressed(await place.holder(card), FREE);
      expect(seen(answer)).toEqual([422, refusals['not-possible-here'].title]);
    }
  });
});

describe('the notice', () => {
  const signedIn = async (): Promise<readonly [string, Visitor]> => {
    const { subject } = await place.person();
    return [subject, await place.citizen(subject)];
  };

  test('cannot be skipped', async () => {
    const [subject, visitor] = await signedIn();
    const direct = await visitor.post(`${CITIZEN}/conferma`, { scelta: 'opposition' });
    const choice = await visitor.get(`${CITIZEN}/scelta`);
    for (const answer of [direct, choice]) {
      expect(seen(answer)).toEqual([422, refusals['notice-not-acknowledged'].title]);
      expect(answer.text).toContain(`href="${CITIZEN}/informativa"`);
    }
    // With the session's id, which the check page would have shown.
    await acknowledge(visitor, CITIZEN);
    const form = await checked(visitor, CITIZEN, 'opposition');
    await place.portal.db.query('UPDATE auth.citizen_session SET notice = NULL');
    const answer = await visitor.post(`${CITIZEN}/conferma`, form);
    expect(seen(answer)).toEqual([422, refusals['notice-not-acknowledged'].title]);
    expect(await rowsOf(answer)).toEqual([{ operation: 'opposition-express', outcome: 'notice-not-acknowledged' }]);
    expect(await place.decisions(subject)).toEqual([]);
  });

  test('must have been opened in this session', async () => {
    const [, visitor] = await signedIn();
    const [, other] = await signedIn();
    for (const visita of ['', 'x', (await noticeFields(other, CITIZEN))['visita'] ?? '']) {
      const sent = await visitor.post(`${CITIZEN}/informativa`, { letta: '1', versione: '1', lingua: 'it', visita });
      expect(sent.status).toBe(422);
    }
    expect(seen(await visitor.get(`${CITIZEN}/scelta`))).toEqual([422, refusals['notice-not-acknowledged'].title]);
  });

  test('must be ticked as read, and its form must be ours', async () => {
    const [, visitor] = await signedIn();
    const answer = await visitor.post(`${CITIZEN}/informativa`, { versione: '1', lingua: 'it' });
    expect([answer.status, answer.text.includes('href="#letta"'), answer.text.includes('Secondo paragrafo')]).toEqual([
      ...[422, true, true],
    ]);
    for (const odd of [{ versione: 'x', lingua: 'it' }, { versione: '1', lingua: 'italiano' }, {}]) {
      expect((await visitor.post(`${CITIZEN}/informativa`, { letta: '1', ...odd })).status).toBe(400);
    }
  });

  test('changed meanwhile, and an hour old', async () => {
    const [subject, visitor] = await signedIn();
    await acknowledge(visitor, CITIZEN);
    const form = await checked(visitor, CITIZEN, 'opposition');
    await place.consent.query(`INSERT INTO consent.notice VALUES (2, 'it', $1, $2)`, [NOTICE_TEXT, IN_WINDOW]);
    try {
      expect(seen(await visitor.post(`${CITIZEN}/conferma`, form))).toEqual([422, refusals['notice-changed'].title]);
    } finally {
      await place.consent.query('DELETE FROM consent.notice WHERE version = 2');
    }
    // A page every quarter of an hour, so that the session lasts.
    for (let minutes = 14; minutes <= 70; minutes += 14) {
      place.portal.setNow(new Date(Date.parse(IN_WINDOW) + minutes * 60_000));
      await visitor.get('/cittadino');
    }
    expect(seen(await visitor.post(`${CITIZEN}/conferma`, form))).toEqual([422, refusals['notice-expired'].title]);
    expect(await place.decisions(subject)).toEqual([]);
  });

  test('is for one choice: another value needs it again', async () => {
    const card = await place.person();
    const visitor = await place.holder(card);
    expect((await expressed(visitor, FREE)).status).toBe(303);
    const other = await visitor.post(`${FREE}/conferma`, await checked(visitor, FREE, 'revocation'));
    expect(seen(other)).toEqual([422, refusals['notice-expired'].title]);
    expect((await expressed(visitor, FREE, 'revocation')).status).toBe(303);
    expect((await place.decisions(card.subject)).map(({ value }) => value)).toEqual(['opposition', 'revocation']);
  });

  test('none is published', async () => {
    const [, visitor] = await signedIn();
    await place.consent.query('DELETE FROM consent.notice');
    try {
      expect(seen(await visitor.get(`${CITIZEN}/informativa`))).toEqual([503, 'Informativa non ancora pubblicata']);
    } finally {
      await place.consent.query(`INSERT INTO consent.notice VALUES (1, 'it', $1, '2026-11-01')`, [NOTICE_TEXT]);
    }
  });
});

describe.each([
  ['a citizen', CITIZEN],
  ['the free area', FREE],
] as const)('double presses, %s', (_, base) => {
  const entered = async (): Promise<readonly [string, Visitor]> => {
    const card = await place.person();
    return [card.subject, await (base === CITIZEN ? place.citizen(card.subject) : place.holder(card))];
  };

  test('twice, after Back, and concurrently: one decision, one receipt', async () => {
    const [subject, visitor] = await entered();
    await acknowledge(visitor, base);
    const form = await checked(visitor, base, 'opposition');
    const together = await Promise.all(Array.from({ length: 6 }, () => visitor.post(`${base}/conferma`, form)));
    const again = await visitor.post(`${base}/conferma`, form);
    // Back to the choice, and through the check again.
    const back = await visitor.post(`${base}/conferma`, await checked(visitor, base, 'opposition'));
    const [only, ...others] = await place.decisions(subject);
    expect(others).toEqual([]);
    const receipt = `${base}/ricevuta/${only?.id ?? ''}`;
    for (const answer of [...together, again, back]) expect([answer.status, answer.location]).toEqual([303, receipt]);
    expect(await rowsOf(again)).toEqual([{ operation: 'opposition-express', outcome: 'repeated' }]);
    // Also after the window.
    place.portal.setNow(new Date(Date.parse(IN_WINDOW) + 60_000));
    await place.consent.query(
      `UPDATE consent.acquisition_window SET closes_on = '2026-11-30' WHERE closes_on = '2026-12-17'`,
    );
    expect((await visitor.post(`${base}/conferma`, form)).location).toBe(receipt);
  });

  test('a form of another session records nothing', async () => {
    const [, first] = await entered();
    const [subject, second] = await entered();
    await acknowledge(first, base);
    await acknowledge(second, base);
    const answer = await second.post(`${base}/conferma`, await checked(first, base, 'opposition'));
    expect(answer.status).toBe(422);
    expect(answer.text).toContain('aperta in un’altra sessione');
    expect(await place.decisions(subject)).toEqual([]);
  });

  test('no choice, or an invalid value', async () => {
    const [subject, visitor] = await entered();
    await acknowledge(visitor, base);
    for (const fields of [{}, { scelta: 'no' }, { scelta: 'no', registra: '1' }]) {
      const answer = await visitor.post(`${base}/conferma`, fields);
      expect([answer.status, answer.text.includes('href="#scelta"')]).toEqual([422, true]);
    }
    expect((await visitor.get(`${base}/conferma`)).location).toBe(`${base}/scelta`);
    expect(await place.decisions(subject)).toEqual([]);
  });
});

describe('receipts', () => {
  test('are shown only by the way in which the decision was expressed, and in the free area only in the same visit', async () => {
    const card = await place.person();
    const citizen = await place.citizen(card.subject);
    const [holder, sameHolder] = [await place.holder(card), await place.holder(card)];
    const ofCitizen = (await expressed(citizen, CITIZEN)).location?.split('/').at(-1) ?? '';
    const ofHolder = (await expressed(holder, FREE, 'revocation')).location?.split('/').at(-1) ?? '';
    const stranger = await place.citizen((await place.person()).subject);
    const missing: readonly (readonly [Visitor, string])[] = [
      [citizen, `${CITIZEN}/ricevuta/${ofHolder}`],
      [holder, `${FREE}/ricevuta/${ofCitizen}`],
      [sameHolder, `${FREE}/ricevuta/${ofHolder}`],
      [stranger, `${CITIZEN}/ricevuta/${ofCitizen}`],
      [citizen, `${CITIZEN}/ricevuta/0`],
      [citizen, `${CITIZEN}/ricevuta/99999999999999999999`],
    ];
    const said = new Set<string>();
    for (const [visitor, path] of missing) {
      for (const end of ['', '/ricevuta.pdf']) {
        const answer = await visitor.get(path + end);
        expect([path, answer.status]).toEqual([path, 404]);
        expect(await rowsOf(answer)).toEqual([{ operation: 'opposition-receipt', outcome: 'not-found' }]);
        said.add(answer.text.match(/<main[\s\S]*<\/main>/)?.[0].replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '') ?? '');
      }
    }
    expect(said.size).toBe(1);
    expect((await citizen.get(`${CITIZEN}/ricevuta/${ofCitizen}`)).status).toBe(200);
    expect((await holder.get(`${FREE}/ricevuta/${ofHolder}`)).status).toBe(200);
  });
});

describe('persons without permission', () => {
  const BEFORE = [['2026-12-10', '2026-12-17']] as const;
  const AFTER = [
    ['2024-04-22', '2024-06-30'],
    ['2026-10-01', '2026-11-15'],
  ] as const;

  test.each([
    ['not-yet-open', BEFORE, {}],
    ['term-over', AFTER, {}],
    ['operator-only', AFTER, { care_since: '2026-11-20' }],
    ['not-in-care', WINDOWS, { status: 'emigrated' }],
    ['deceased', WINDOWS, { status: 'deceased' }],
    ['minor', WINDOWS, { birth_date: '2012-01-01' }],
  ] as const)('%s: the page explains who may, and how', async (reason, terms, columns) => {
    await place.windows(...terms);
    const { subject } = await place.person(columns);
    const visitor = await place.citizen(subject);
    for (const answer of [await visitor.get(CITIZEN), await expressedDirectly(visitor)]) {
      expect(seen(answer)[1]).toBe(refusals[reason].title);
      expect(answer.text).toContain(refusals[reason].how);
    }
    expect((await visitor.get('/cittadino')).text).toContain(refusals[reason].how);
    expect(await place.decisions(subject)).toEqual([]);
  });

  test('unknown-person, already-expressed, revocation-closed, already-opposed, nothing-to-revoke, wrong-channel', async () => {
    const nobody = await place.citizen('RSSMRA80A01H501U');
    expect(seen(await nobody.get(CITIZEN))).toEqual([200, refusals['unknown-person'].title]);
    const { subject } = await place.person();
    const visitor = await place.citizen(subject);
    await expressed(visitor, CITIZEN);
    expect(seen(await expressedDirectly(visitor))).toEqual([422, refusals['already-opposed'].title]);
    await expressed(visitor, CITIZEN, 'revocation');
    expect(seen(await expressedDirectly(visitor, 'revocation'))).toEqual([422, refusals['nothing-to-revoke'].title]);
    await place.consent.query(
      `UPDATE consent.acquisition_window SET closes_on = '2026-11-30' WHERE closes_on = '2026-12-17'`,
    );
    expect(seen(await visitor.get(CITIZEN))).toEqual([200, refusals['already-expressed'].title]);
    expect(seen(await expressedDirectly(visitor, 'revocation'))).toEqual([422, refusals['revocation-closed'].title]);
    const stp = await place.citizen('STP1202010000099');
    expect(seen(await stp.get(CITIZEN))).toEqual([200, refusals['wrong-channel'].title]);
  });

  test('a new adult may after the term, for thirty days', async () => {
    await place.windows(...AFTER);
    const { subject } = await place.person({ birth_date: '2008-11-20' });
    const visitor = await place.citizen(subject);
    expect((await visitor.get(CITIZEN)).text).toContain('sei diventato maggiorenne da meno di 30 giorni');
    const done = await expressed(visitor, CITIZEN);
    expect(done.status).toBe(303);
    expect((await visitor.get(done.location ?? '')).text).toContain('non può più essere cambiata');
  });

  test('a window that closes, or opens, while the form is open', async () => {
    const { subject } = await place.person();
    const visitor = await place.citizen(subject);
    place.portal.setNow(new Date('2026-12-17T22:59:00Z')); // 23:59 in Rome
    const late = await place.citizen(subject);
    await acknowledge(late, CITIZEN);
    const form = await checked(late, CITIZEN, 'opposition');
    place.portal.setNow(new Date('2026-12-17T23:00:00Z'));
    expect(seen(await late.post(`${CITIZEN}/conferma`, form))).toEqual([422, refusals['term-over'].title]);
    await place.windows(['2026-12-19', '2026-12-20']);
    place.portal.setNow(new Date('2026-12-18T22:59:00Z'));
    const early = await place.citizen(subject);
    expect(seen(await early.get(CITIZEN))).toEqual([200, refusals['not-yet-open'].title]);
    await acknowledge(early, CITIZEN);
    place.portal.setNow(new Date('2026-12-18T23:00:00Z'));
    expect((await early.post(`${CITIZEN}/conferma`, await checked(early, CITIZEN, 'opposition'))).status).toBe(303);
    expect(visitor.token()).toBeDefined();
  });

  test('every reason has its text', () => {
    expect(Object.keys(refusals).sort()).toEqual(Object.keys(OPPOSITION_REFUSALS).sort());
    for (const { title, lead, how } of Object.values(refusals))
      for (const text of [title, lead, how]) expect(text).not.toBe('');
  });

  /** Skips the pages that would not offer it. */
  async function expressedDirectly(visitor: Visitor, scelta = 'opposition') {
    await acknowledge(visitor, CITIZEN);
    return visitor.post(`${CITIZEN}/conferma`, await checked(visitor, CITIZEN, scelta));
  }
});

describe('public', () => {
  test('the service is explained, with the days of the term, and linked from the start', async () => {
    const visitor = place.portal.visitor();
    expect((await visitor.get('/')).text).toContain('href="/servizi/opposizione"');
    const page = await visitor.get('/servizi/opposizione');
    expect(page.text).toContain(
      'La funzione è aperta da mercoledì 18 novembre 2026 a giovedì 17 dicembre 2026, compresi.',
    );
    for (const way of ['/accesso/spid', FREE]) expect(page.text).toContain(`href="${way}"`);
    await place.windows(['2026-12-10', '2026-12-17']);
    expect((await visitor.get('/servizi/opposizione')).text).toContain('sarà aperta da giovedì 10 dicembre 2026');
    await place.windows(['2024-04-22', '2024-06-30']);
    expect((await visitor.get('/servizi/opposizione')).text).toContain(
      'L’ultimo periodo è finito domenica 30 giugno 2024.',
    );
    await place.windows();
    expect((await visitor.get('/servizi/opposizione')).text).toContain('Le date non sono ancora state stabilite.');
  });

  test('one browser has one session of any kind', async () => {
    const card = await place.person();
    const doctor = await place.portal.signedIn('doctor');
    const former = doctor.token();
    expect((await doctor.post(`${FREE}/tessera`, cardFields(card))).status).toBe(303);
    const ofHolder = doctor.token();
    doctor.setToken(former);
    expect((await doctor.get('/profilo')).location?.split('?')[0]).toBe('/accesso');
    doctor.setToken(ofHolder);
    expect((await doctor.get('/cittadino')).location).toBe('/accesso/spid');
    expect((await doctor.get('/uscita')).location).toBe(FREE);
    const { userId: utente, password, pincode } = place.portal.account('doctor');
    await doctor.post('/accesso', { utente, password, pincode });
    doctor.setToken(ofHolder);
    expect((await doctor.get(`${FREE}/informativa`)).location).toBe(FREE);
  });
});
