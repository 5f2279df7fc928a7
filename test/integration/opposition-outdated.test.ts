/** [O-9] Outdated notifications: counts on the screen, persons only in a private file. */
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { configSchema } from '../../src/config/index.js';
import { createOfficeDesk, createOutdatedDesk } from '../../src/opposition/index.js';
import { createOutboxStore } from '../../src/opposition/sending/outbox/store.js';
import type { OutboxStore, Settlement } from '../../src/opposition/sending/outbox/store.js';
import { createLogger } from '../../src/platform/log.js';
import { runAdmin } from '../../src/roles/admin.js';
import { oppositionPlace } from './opposition-fixture.js';
import type { OppositionPlace } from './opposition-fixture.js';

const OPERATOR = 'RSSMRA80A01H501U';
const inFirst = '2024-05-10T10:00:00Z';
const inSecond = '2026-12-01T10:00:00Z';
const after = '2027-01-10T10:00:00Z';

const LAST_WINDOW = 'SELECT id FROM consent.acquisition_window ORDER BY closes_on DESC LIMIT 1';

let place: OppositionPlace;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'passerella-outdated-'));
  place = await oppositionPlace(inFirst);
});
afterAll(async () => {
  await place.close();
  await rm(folder, { recursive: true });
});

async function admin(line: string): Promise<{ code: number; text: string }> {
  const printed: string[] = [];
  const config = configSchema.parse({ databaseUrl: place.registryUrl, consentDatabaseUrl: place.ownerUrl });
  const log = createLogger('silent');
  const code = await runAdmin(line.split(' '), config, place.clock, log, (text) => printed.push(text));
  return { code, text: printed.join('\n') };
}

test('revoked in a closed window, moved, renamed: one line per person and region, by the last message sent', async () => {
  const first = await place.window('2024-04-22', '2024-06-30');
  const second = await place.window('2026-11-18', '2026-12-17');
  const [stays = '', revoked = '', moved = '', former = '', present = '', both = '', waiting = '', gone = ''] =
    await place.persons(8);
  const express = async (now: string, value: 'opposition' | 'revocation', ...subjects: string[]) => {
    place.clock.set(now);
    for (const subject of subjects) {
      expect(await place.service.express(place.expression(subject, { value }))).toMatchObject({ kind: 'recorded' });
    }
  };
  const sendAll = () => place.owner.query(`UPDATE consent.notification SET state = 'sent', finished_at = now()`);
  await express(inFirst, 'opposition', stays, revoked, moved, former, both, gone);
  place.clock.set('2024-07-02T10:00:00Z');
  await place.planning.plan(first);

  // The consequence of a revocation depends on what was sent to the region.
  const revocation = (subject: string, more = '') =>
    admin(
      `opposition-express --subject ${subject} --value revocation --office 120201 --operator ${OPERATOR} --notice-acknowledged${more}`,
    );
  const desk = createOfficeDesk(place.owner, place.clock);
  await desk.authorise(place.call(), { code: '120201', region: '120', kind: 'asl', name: 'ASL' });
  await desk.admit(place.call(), { operator: OPERATOR, office: '120201' });
  expect((await revocation(revoked)).text).toMatch(/^refused: the operator has no account/);
  const account = `account create --user-id OPER01 --codice-fiscale ${OPERATOR} --role intermediary --card-only --apply`;
  expect(await admin(account)).toMatchObject({ code: 0 });
  const told =
    /region 120 was notified of the earlier opposition on \d{4}-\d\d-\d\d; no message retracts it: .*opposition-outdated/;
  place.clock.set(inSecond);
  expect((await revocation(revoked)).text).toMatch(
    /to region 120 is not sent yet: it is withdrawn with the revocation/,
  );
  await place.owner.query(`UPDATE consent.notification SET state = 'parked', finished_at = now() WHERE subject = $1`, [
    revoked,
  ]);
  expect((await revocation(revoked)).text).toMatch(/region 120 did not accept .*it is withdrawn with the revocation/);
  await sendAll();
  await express(inSecond, 'opposition', both, waiting);
  place.clock.set(inSecond);
  expect((await revocation(revoked)).text).toMatch(told); // rehearsed
  expect((await revocation(revoked, ' --apply')).text).toMatch(told);
  const move = (subject: string) =>
    place.registry.query(`UPDATE registry.person SET region_code = '030', asl_code = '030321' WHERE identifier = $1`, [
      subject,
    ]);
  for (const subject of [moved, both]) await move(subject);
  await place.registry.query(`UPDATE registry.person SET status = 'emigrated' WHERE identifier = $1`, [gone]);
  await place.registry.query('INSERT INTO registry.former_identifier VALUES ($1, $2)', [former, present]);
  await place.registry.query(
    `UPDATE registry.person SET status = 'ended' WHERE identifier IN (SELECT former FROM registry.former_identifier)`,
  );

  // The window is open: a revocation may still be withdrawn [O-8], and nobody was notified to the new region.
  expect((await admin('opposition-outdated')).text).toBe('120   revoked 0  moved 2  renamed 1');
  place.clock.set(after);
  await place.planning.plan(second);
  await place.owner.query(`UPDATE consent.notification SET state = 'sent', finished_at = now() WHERE subject = $1`, [
    both,
  ]);
  // Persons notified to the new region since have left the former one nevertheless.
  expect((await admin('opposition-outdated')).text).toBe('120   revoked 1  moved 2  renamed 1');
  expect((await admin('opposition-outdated --region 030')).text).toBe('nobody');
  expect((await admin('opposition-outdated --region lazio')).code).toBe(2);

  const path = join(folder, 'lazio.csv');
  const written = await admin(`opposition-outdated --region 120 --out ${path}`);
  expect(written.text).toMatch(/^4 persons written to /);
  for (const subject of [revoked, moved, former, present]) expect(written.text).not.toContain(subject);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  const lines = (await readFile(path, 'utf8')).trim().split('\n');
  expect(lines[0]).toMatch(/^identificativo_messaggio;identificativo_notificato;identificativo_attuale;/);
  expect(
    lines
      .slice(1)
      .map((line) => line.split(';').slice(1).join(';'))
      .sort(),
  ).toEqual(
    [
      `${revoked};${revoked};120;120;REVOCA;2024-05-10;2026-12-01`,
      `${moved};${moved};120;030;TRASFERIMENTO;2024-05-10;`,
      `${both};${both};120;030;TRASFERIMENTO;2024-05-10;`,
      `${former};${present};120;120;NUOVO_IDENTIFICATIVO;2024-05-10;`,
    ].sort(),
  );
  expect((await admin(`opposition-outdated --out ${path}`)).text).toMatch(/^refused: .* exists/);
});

test('[G-5] notified under one identifier and again under another: only the last one counts', async () => {
  await place.window('2027-02-01', '2027-02-28');
  const [code = '', stp = ''] = await place.persons(2);
  for (const [now, subject] of [
    ['2027-02-10T10:00:00Z', stp],
    ['2027-02-11T10:00:00Z', code],
  ] as const) {
    place.clock.set(now);
    expect(await place.service.express(place.expression(subject))).toMatchObject({ kind: 'recorded' });
  }
  const before = (await admin('opposition-outdated')).text;
  place.clock.set('2027-03-10T10:00:00Z');
  await place.owner.query(
    `INSERT INTO consent.notification (decision_id, subject, region, opposed_on, next_attempt_at, created_at, state, finished_at)
     SELECT id, subject, '120', '2027-02-10', now(), now(), 'sent', now() FROM consent.decision WHERE subject = ANY ($1)`,
    [[code, stp]],
  );
  await place.registry.query('INSERT INTO registry.former_identifier VALUES ($1, $2)', [stp, code]);
  await place.registry.query(
    `UPDATE registry.person SET status = 'ended' WHERE identifier IN (SELECT former FROM registry.former_identifier)`,
  );
  expect((await admin('opposition-outdated')).text).toBe(before);
});

describe('every region that knows, or may know, the person', () => {
  let other: OppositionPlace;
  let first: string;
  let store: OutboxStore;
  beforeEach(async () => {
    other = await oppositionPlace(inFirst);
    first = await other.window('2024-04-22', '2024-06-30');
    await other.window('2026-11-18', '2026-12-17');
    store = createOutboxStore(other.db, 7);
  });
  afterEach(() => other.close());

  const express = async (now: string, value: 'opposition' | 'revocation', ...subjects: string[]) => {
    other.clock.set(now);
    for (const subject of subjects)
      expect(await other.service.express(other.expression(subject, { value }))).toMatchObject({ kind: 'recorded' });
  };
  const claim = async (region = '120') => {
    const now = other.clock.now();
    const claimed = await store.claim(region, 10, now, new Date(now.getTime() + 60_000));
    return new Map(claimed.map((one) => [one.subject, one]));
  };
  const listed = async () => {
    const all = [];
    const { pages = [] } = await createOutdatedDesk(other.db, other.ana, other.clock).list(other.call(), {});
    for await (const page of pages) all.push(...page);
    return all.map(({ subject, presentSubject, region, reason }) => [subject, presentSubject, region, reason]).sort();
  };

  test('[G-5] notified to one region as STP, to another with the codice fiscale, then revoked under a third: both are listed', async () => {
    const [stp = '', code = '', anew = ''] = await other.persons(3);
    const isNow = async (former: string, current: string, region: string) => {
      await other.registry.query(`UPDATE registry.person SET status = 'ended' WHERE identifier = $1`, [former]);
      await other.registry.query('UPDATE registry.former_identifier SET current = $2 WHERE current = $1', [
        former,
        current,
      ]);
      await other.registry.query('INSERT INTO registry.former_identifier VALUES ($1, $2)', [former, current]);
      await other.registry.query(
        `UPDATE registry.person SET region_code = $2::text, asl_code = CASE $2 WHEN '120' THEN '120201' ELSE '030321' END
         WHERE identifier = $1`,
        [current, region],
      );
    };
    const sendTo = async (region: string) => {
      const [one] = (await claim(region)).values();
      if (one === undefined) throw new Error('not claimed');
      await store.settle([{ ...one, at: other.clock.now(), state: 'sent' }]);
    };
    await express(inFirst, 'opposition', stp);
    other.clock.set('2024-07-02T10:00:00Z');
    await other.planning.plan(first);
    await sendTo('120');
    await isNow(stp, code, '030');
    expect(await listed()).toEqual([[stp, code, '120', 'moved']]);
    await express(inSecond, 'opposition', code);
    other.clock.set(after);
    await other.planning.plan((await other.owner.query<[{ id: string }]>(LAST_WINDOW))[0].id);
    await sendTo('030');
    expect(await listed()).toEqual([[stp, code, '120', 'moved']]);
    await other.window('2027-02-01', '2027-02-28');
    await isNow(code, anew, '030');
    await express('2027-02-10T10:00:00Z', 'revocation', anew);
    expect(await listed()).toEqual(
      [
        [stp, anew, '120', 'moved'],
        [code, anew, '030', 'renamed'],
      ].sort(),
    );
    other.clock.set('2027-03-01T10:00:00Z');
    expect(await listed()).toEqual(
      [
        [stp, anew, '120', 'revoked'],
        [code, anew, '030', 'revoked'],
      ].sort(),
    );
  });

  test('[N-3] an attempt with unknown result is still counted when the region refuses the next one', async () => {
    const [unanswered = '', died = '', refused = '', givenUp = ''] = await other.persons(4);
    await express(inFirst, 'opposition', unanswered, died, refused, givenUp);
    other.clock.set('2024-07-02T10:00:00Z');
    await other.planning.plan(first);
    const settleAll = async (answers: Record<string, Partial<Settlement>>) => {
      const claimed = await claim();
      const at = other.clock.now();
      const settlements = Object.entries(answers).map(([subject, answer]) => {
        const one = claimed.get(subject);
        if (one === undefined) throw new Error('not claimed');
        return { ...one, at, state: 'queued' as const, nextAttemptAt: at, ...answer };
      });
      expect(await store.settle(settlements)).toBe(settlements.length);
    };
    const busy = { code: 'XDSRegistryBusy', mayBeKnown: false };
    const silent = { code: 'irraggiungibile', mayBeKnown: true };
    await settleAll({ [unanswered]: silent, [refused]: busy, [givenUp]: silent }); // the sender of one died
    other.clock.set('2024-07-02T11:00:00Z');
    await settleAll({
      ...{ [unanswered]: busy, [died]: busy, [refused]: busy },
      [givenUp]: { ...busy, code: 'XDSUnknownPatientId', state: 'parked' },
    });
    await other.registry.query(
      `UPDATE registry.person SET region_code = '030', asl_code = '030321' WHERE identifier = $1`,
      [givenUp],
    );
    await express(inSecond, 'revocation', unanswered, died, refused);
    other.clock.set(after);
    expect(await listed()).toEqual(
      [
        [unanswered, unanswered, '120', 'revoked'],
        [died, died, '120', 'revoked'],
        [givenUp, givenUp, '120', 'moved'],
      ].sort(),
    );
  });
});
