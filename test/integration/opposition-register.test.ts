/** [O-1..O-7] The register of consents: what is recorded, what is refused, database rights, and races. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { consentReaderRole } from '../../src/opposition/index.js';
import { runtimeRole } from '../../src/platform/db/index.js';
import { createLogger } from '../../src/platform/log.js';
import { openConsentDatabase } from '../../src/roles/consent.js';
import { byOperator, operator, oppositionPlace } from './opposition-fixture.js';
import type { OppositionPlace } from './opposition-fixture.js';
import { codiceFiscale } from './registry-fixture.js';

let place: OppositionPlace;
/** 18 November to 17 December 2026. */
let open: string;
const inWindow = '2026-12-01T10:00:00Z';
const afterWindow = '2027-03-01T10:00:00Z';

beforeAll(async () => {
  place = await oppositionPlace(inWindow);
  await place.window('2024-04-22', '2024-06-30');
  open = await place.window('2026-11-18', '2026-12-17');
});
beforeEach(() => {
  place.clock.set(inWindow);
});
afterAll(() => place.close());

const person = async (...args: Parameters<OppositionPlace['persons']> extends [number, ...infer Rest] ? Rest : never) =>
  (await place.persons(1, ...args))[0] ?? '';

async function rowsOf(subject: string): Promise<Record<string, unknown>[]> {
  return place.owner.query<Record<string, unknown>[]>(
    `SELECT ordinal, value, channel, entered_by, office, category, region, window_id FROM consent.decision
     WHERE subject = $1 ORDER BY ordinal`,
    [subject],
  );
}

async function isOpposed(subject: string, today: string, db = place.owner): Promise<unknown> {
  const [row] = await db.query<[{ opposed: boolean }]>('SELECT consent.is_opposed($1, $2) AS opposed', [
    [subject],
    today,
  ]);
  return row.opposed;
}

describe('in a window', () => {
  test('an opposition is recorded and counts once the window has ended; its notification waits for the end of the window', async () => {
    const subject = await person();
    expect(await place.service.express(place.expression(subject))).toMatchObject({
      kind: 'recorded',
      category: 2,
      messageId: undefined,
    });
    expect(await rowsOf(subject)).toEqual([
      {
        ...{ ordinal: 1, value: 'opposition', channel: 'digital_identity', entered_by: subject, office: null },
        ...{ category: 2, region: '120', window_id: open },
      },
    ]);
    expect(await isOpposed(subject, '2026-12-17')).toBe(false);
    expect(await isOpposed(subject, '2026-12-18')).toBe(true);
    expect(await place.owner.query('SELECT 1 FROM consent.notification WHERE subject = $1', [subject])).toEqual([]);
  });

  test('the day is in Rome: a decision at half past eleven in the evening UTC is on the next day', async () => {
    const subject = await person();
    place.clock.set('2026-12-02T23:30:00Z');
    await place.service.express(place.expression(subject));
    expect(
      await place.owner.query(
        `SELECT (decided_at AT TIME ZONE 'Europe/Rome')::date::text AS day FROM consent.decision WHERE subject = $1`,
        [subject],
      ),
    ).toEqual([{ day: '2026-12-03' }]);
  });

  test.each([
    ['2026-11-17T22:59:59.999Z', 'refused'],
    ['2026-11-17T23:00:00.000Z', 'recorded'], // midnight in Rome
    ['2026-12-17T22:59:59.999Z', 'recorded'],
    ['2026-12-17T23:00:00.000Z', 'refused'],
  ])('at %s: %s', async (now, kind) => {
    const subject = await person();
    place.clock.set(now);
    expect(await place.service.express(place.expression(subject))).toMatchObject({ kind });
  });

  test('the history is kept and the last decision counts', async () => {
    const subject = await person();
    for (const value of ['opposition', 'revocation', 'opposition', 'revocation'] as const) {
      expect(await place.service.express(place.expression(subject, { value }))).toMatchObject({ kind: 'recorded' });
    }
    expect((await rowsOf(subject)).map(({ value }) => value)).toEqual([
      ...['opposition', 'revocation', 'opposition', 'revocation'],
    ]);
    expect(await isOpposed(subject, '2026-12-18')).toBe(false);
  });

  test('ten concurrent requests of one person: one is recorded, the others get its result', async () => {
    const subject = await person();
    const expression = place.expression(subject);
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => place.service.express(expression)));
    expect(outcomes.filter(({ kind }) => kind === 'recorded')).toHaveLength(1);
    const others = outcomes.filter(({ kind }) => kind !== 'recorded');
    expect(others).toEqual(Array.from({ length: 9 }, () => ({ kind: 'refused', reason: 'already-opposed' })));
    expect(await rowsOf(subject)).toHaveLength(1);
  });

  test('a racing opposition and revocation end in one of the two possible orders', async () => {
    const subject = await person();
    await place.service.express(place.expression(subject));
    const outcomes = await Promise.all(
      Array.from({ length: 6 }, (_, index) =>
        place.service.express(place.expression(subject, { value: index % 2 === 0 ? 'revocation' : 'opposition' })),
      ),
    );
    const recorded = outcomes.filter(({ kind }) => kind === 'recorded').length;
    const values = (await rowsOf(subject)).map(({ value }) => value);
    expect(values).toHaveLength(1 + recorded);
    // Never the same twice in a row: each was decided on the history before it.
    expect(values.every((value, index) => value !== values[index - 1])).toBe(true);
  });
});

describe('refusals before the rules of the table', () => {
  test.each([
    ['no acknowledgement of the notice [O-2]', { notice: undefined }, 'notice-not-acknowledged'],
    ['for another person without being an operator', { enteredBy: codiceFiscale(7) }, 'not-for-another'],
    ['STP area with a codice fiscale', { channel: 'free_area_stp' as const }, 'wrong-channel'],
    ['an operator without office', { ...byOperator, office: undefined }, 'operator-not-of-office'],
    ['an operator of another office', { ...byOperator, office: '030321' }, 'operator-not-of-office'],
    ['not an operator', { ...byOperator, enteredBy: codiceFiscale(7) }, 'operator-not-of-office'],
  ])('%s', async (_what, changes, reason) => {
    const subject = await person();
    expect(await place.service.express(place.expression(subject, changes))).toEqual({ kind: 'refused', reason });
    expect(await rowsOf(subject)).toEqual([]);
  });

  test('refuses an invalid identifier, and an unknown one', async () => {
    const nobody = codiceFiscale(900_000);
    expect(await place.service.express(place.expression(`${nobody.slice(0, 15)}#`))).toMatchObject({
      reason: 'invalid-identifier',
    });
    expect(await place.service.express(place.expression(nobody))).toMatchObject({ reason: 'unknown-person' });
  });

  test('an STP holder in the free area; not with a digital identity, which an STP code does not have', async () => {
    const subject = 'STP1202010000001';
    await place.registry.query(
      `INSERT INTO registry.person (identifier, surname, given_name, birth_date, region_code, asl_code, status, care_since,
         stp_region, stp_issued_on, updated_on)
       VALUES ($1, 'A', 'B', '1980-01-01', '120', '120201', 'in_care', '2026-01-01', '120', '2026-01-01', '2026-01-01')`,
      [subject],
    );
    expect(await place.service.express(place.expression(subject))).toMatchObject({ reason: 'wrong-channel' });
    const expression = place.expression(subject, { channel: 'free_area_stp' });
    expect(await place.service.express(expression)).toMatchObject({ kind: 'recorded', category: 2 });
  });

  test('an office acts only for regions that have authorised it [O-7]', async () => {
    const subject = await person();
    await place.owner.query(
      `INSERT INTO consent.intermediary_office VALUES ('030999', '030', 'usmaf_sasn', 'Malpensa')`,
    );
    await place.owner.query('INSERT INTO consent.office_operator VALUES ($1, $2)', [operator, '030999']);
    const expression = place.expression(subject, { ...byOperator, office: '030999' });
    expect(await place.service.express(expression)).toMatchObject({ reason: 'office-not-authorised' });
    const lombard = await person({ region: '030' });
    expect(await place.service.express({ ...expression, subject: lombard })).toMatchObject({ kind: 'recorded' });
  });
});

describe('after the window', () => {
  beforeEach(() => {
    place.clock.set(afterWindow);
  });

  test('a late opposition and its notification are recorded together', async () => {
    const subject = await person({ since: '2027-02-20', region: '030' });
    const outcome = await place.service.express(place.expression(subject, byOperator));
    expect(outcome).toMatchObject({ kind: 'recorded', category: 3 });
    const messageId = outcome.kind === 'recorded' ? outcome.messageId : undefined;
    expect(
      await place.owner.query(
        'SELECT message_id, subject, region, opposed_on, window_id, state, attempts FROM consent.notification WHERE subject = $1',
        [subject],
      ),
    ).toEqual([
      {
        ...{ message_id: messageId, subject, region: '030', opposed_on: '2027-03-01', window_id: null },
        ...{ state: 'queued', attempts: 0 },
      },
    ]);
  });

  test('a new adult born on 29 February may express until the thirtieth day, not later', async () => {
    const birthDate = '2008-02-29'; // of age on 28 February 2026
    const early = await oppositionPlace('2026-02-27T22:59:59Z');
    try {
      await early.window('2024-04-22', '2024-06-30');
      const [first = '', second = ''] = await early.persons(2, { birthDate });
      const tell = async (subject: string, now: string) => {
        early.clock.set(now);
        return early.service.express(early.expression(subject, byOperator));
      };
      expect(await tell(first, '2026-02-27T22:59:59Z')).toMatchObject({ reason: 'minor' });
      expect(await tell(first, '2026-02-27T23:00:00Z')).toMatchObject({ kind: 'recorded', category: 4 });
      expect(await tell(second, '2026-03-30T22:00:00Z')).toMatchObject({ reason: 'term-over' }); // summer time: 31 March
      expect(await tell(second, '2026-03-30T21:59:59Z')).toMatchObject({ kind: 'recorded', category: 4 });
    } finally {
      await early.close();
    }
  });

  test('ten concurrent operators for one person: one decision, one notification', async () => {
    const subject = await person({ since: '2027-02-20' });
    const expression = place.expression(subject, byOperator);
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => place.service.express(expression)));
    expect(outcomes.filter(({ kind }) => kind === 'recorded')).toHaveLength(1);
    expect(await rowsOf(subject)).toHaveLength(1);
    expect(await place.owner.query('SELECT 1 FROM consent.notification WHERE subject = $1', [subject])).toHaveLength(1);
  });
});

describe('the database itself', () => {
  test('decisions can be added and read, never changed or removed, by the role that works on them', async () => {
    for (const forbidden of [
      `UPDATE consent.decision SET value = 'revocation'`,
      'DELETE FROM consent.decision',
      'TRUNCATE consent.decision',
      'DELETE FROM consent.notification',
      `UPDATE consent.notification SET subject = 'x'`,
      `UPDATE consent.notification SET message_id = gen_random_uuid()`,
      `UPDATE consent.acquisition_window SET closes_on = '2030-01-01'`,
      `INSERT INTO consent.office_operator VALUES ('x', 'y')`,
      `UPDATE consent.region SET endpoint = 'https://elsewhere'`,
      `UPDATE consent.block_setting SET mode = 'off'`,
    ]) {
      await expect(place.db.query(forbidden)).rejects.toMatchObject({ code: '42501' });
    }
  });

  test('the reader sees one view, may query one person, and nothing else', async () => {
    const subject = await person();
    await place.service.express(place.expression(subject));
    const connection = { url: place.ownerUrl, role: consentReaderRole, poolSize: 1, applicationName: 'test' } as const;
    const reader = await openConsentDatabase({ ...connection, statementTimeoutMs: 5_000 }, createLogger('silent'));
    try {
      expect(await isOpposed(subject, '2026-12-18', reader)).toBe(true);
      expect(await reader.query('SELECT active FROM consent.block_state')).toEqual([{ active: false }]);
      for (const table of ['decision', 'notification', 'region', 'acquisition_window', 'block_setting']) {
        await expect(reader.query(`SELECT 1 FROM consent.${table}`)).rejects.toMatchObject({ code: '42501' });
      }
    } finally {
      await reader.destroy();
    }
  });

  test('a login of the TS database cannot even connect', async () => {
    const login = `gateway_login_${process.pid}`;
    await place.owner.query(`CREATE ROLE ${login} LOGIN PASSWORD 'public' IN ROLE ${runtimeRole}`);
    try {
      const url = new URL(place.ownerUrl);
      url.username = login;
      url.password = 'public';
      const client = new pg.Client({ connectionString: url.toString() });
      await expect(client.connect()).rejects.toMatchObject({ code: '42501' });
      await place.owner.query(`GRANT ${consentReaderRole} TO ${login}`);
      const admitted = new pg.Client({ connectionString: url.toString() });
      await admitted.connect();
      await admitted.end();
    } finally {
      await place.owner.query(`DROP ROLE ${login}`);
    }
  });

  test('windows cannot overlap or end before they begin', async () => {
    await expect(place.window('2026-12-17', '2027-01-10')).rejects.toMatchObject({
      constraint: 'acquisition_window_overlap',
    });
    await expect(place.window('2029-02-02', '2029-02-01')).rejects.toMatchObject({
      constraint: 'acquisition_window_term',
    });
  });

  test('entities and tables agree', async () => {
    const { upQueries } = await place.owner.driver.createSchemaBuilder().log();
    const kept = [/^ALTER TABLE \S+ DROP CONSTRAINT /, /^DROP INDEX /]; // rules are in the tables, not in the entities
    const drift = upQueries.map(({ query }) => query).filter((sql) => !kept.some((rule) => rule.test(sql)));
    expect(drift).toEqual([]);
  });
});

test('[O-5] new adults can decide after the window, through each channel, and are notified at once', async () => {
  place.clock.set(afterWindow);
  for (const channel of ['digital_identity', 'free_area_card'] as const) {
    const subject = await person({ birthDate: '2009-02-20' });
    const outcome = await place.service.express(place.expression(subject, { channel }));
    expect(outcome).toMatchObject({ kind: 'recorded', category: 4, messageId: expect.any(String) });
    expect(await rowsOf(subject)).toMatchObject([{ channel, entered_by: subject, category: 4, window_id: null }]);
  }
  const reactivated = await person({ since: '2027-02-20' });
  expect(await place.service.express(place.expression(reactivated))).toEqual({
    ...{ kind: 'refused', reason: 'operator-only' },
  });
});

test('[G-5] the history covers every identifier, the decision is stored under the current one', async () => {
  const [former, present] = [await person(), await person()];
  expect(await place.service.express(place.expression(former))).toMatchObject({ kind: 'recorded' });
  await place.registry.query('INSERT INTO registry.former_identifier VALUES ($1, $2)', [former, present]);
  await place.registry.query(
    `UPDATE registry.person SET status = 'ended' WHERE identifier IN (SELECT former FROM registry.former_identifier)`,
  );
  expect(await place.service.express(place.expression(present))).toEqual({
    ...{ kind: 'refused', reason: 'already-opposed' },
  });
  expect(await place.service.express(place.expression(former, { value: 'revocation' }))).toMatchObject({
    kind: 'recorded',
  });
  expect(await rowsOf(present)).toMatchObject([{ ordinal: 2, value: 'revocation', entered_by: present }]);
  const raced = await Promise.all([present, former].map((subject) => place.service.express(place.expression(subject))));
  expect(raced.map(({ kind }) => kind).sort()).toEqual(['recorded', 'refused']);
});
