/** The operator's commands on the opposition: dry-run by default, effect, refusal; and the worker that they control. */
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ConfigError, configSchema } from '../../src/config/index.js';
import { createOfficeDesk } from '../../src/opposition/index.js';
import { systemClock } from '../../src/platform/clock.js';
import { createLogger } from '../../src/platform/log.js';
import { runAdmin } from '../../src/roles/admin.js';
import { startWorker } from '../../src/roles/worker.js';
import type { RegionPki } from '../../src/dev/sandbox/region-pki.js';
import { createTestDatabase } from '../support/database.js';
import { operator, oppositionPlace } from './opposition-fixture.js';
import type { OppositionPlace } from './opposition-fixture.js';
import { regionPki, startRegion } from './opposition-regions.js';
import type { TestRegion } from './opposition-regions.js';

const log = createLogger('silent');
let place: OppositionPlace;
let pki: RegionPki;
let region: TestRegion;
let folder: string;
const inWindow = '2026-12-01T10:00:00Z';
const afterWindow = '2027-01-10T10:00:00Z';

beforeAll(async () => {
  place = await oppositionPlace(inWindow);
  pki = await regionPki();
  region = await startRegion(pki);
  folder = await mkdtemp(join(tmpdir(), 'passerella-opposition-'));
});
afterAll(async () => {
  await region.stop();
  await place.close();
  await rm(folder, { recursive: true });
});

async function admin(line: string): Promise<{ code: number; text: string }> {
  const printed: string[] = [];
  const config = configSchema.parse({ databaseUrl: place.registryUrl, consentDatabaseUrl: place.ownerUrl });
  const code = await runAdmin(line.split(' '), config, place.clock, log, (text) => printed.push(text));
  return { code, text: printed.join('\n') };
}

/** Rehearses a command, which changes nothing, then applies it. */
async function both(line: string): Promise<{ tried: string; done: string }> {
  const tried = await admin(line);
  const done = await admin(`${line} --apply`);
  expect([tried.code, done.code]).toEqual([0, 0]);
  expect(tried.text).toMatch(/Nothing was changed\. Add --apply/);
  return { tried: tried.text, done: done.text };
}

test('a window: added, moved, listed; not twice, not with reversed days', async () => {
  expect((await admin('opposition-window list')).text).toBe('no windows');
  await both('opposition-window add --opens 2024-04-22 --closes 2024-06-30');
  await both('opposition-window add --opens 2026-11-18 --closes 2026-12-10');
  expect(await admin('opposition-window add --opens 2026-12-01 --closes 2026-12-20 --apply')).toEqual({
    code: 1,
    text: 'refused: the windows would overlap',
  });
  expect((await admin('opposition-window add --opens 2026-12-31 --closes 2026-12-30')).code).toBe(1);
  const [, second] = await place.owner.query<{ id: string }[]>('SELECT id FROM consent.acquisition_window ORDER BY id');
  const id = second?.id ?? '';
  expect((await admin(`opposition-window move --id ${id} --closes 2026-11-30 --apply`)).text).toContain('has passed');
  expect((await both(`opposition-window move --id ${id} --closes 2026-12-17`)).done).toContain('2026-12-17');
  const listed = (await admin('opposition-window list')).text;
  expect(listed).toMatch(
    /2024-04-22 – 2024-06-30 {2}ended before it was added; its decisions are notified with the next window/,
  );
  expect(listed).toMatch(/2026-11-18 – 2026-12-17 {2}open/);
});

test('a window can be changed or removed before it opens, and not afterwards', async () => {
  const [, open] = await place.owner.query<{ id: string }[]>('SELECT id FROM consent.acquisition_window ORDER BY id');
  const refusedOf = async (line: string) => (await admin(`opposition-window ${line} --apply`)).text;
  const [over] = await place.owner.query<{ id: string }[]>('SELECT id FROM consent.acquisition_window ORDER BY id');
  expect(await refusedOf(`move --id ${over?.id ?? ''} --closes 2027-06-30`)).toMatch(/^refused: this window has ended/);
  expect(await refusedOf(`move --id ${open?.id ?? ''} --opens 2026-12-02`)).toBe(
    'refused: this window has opened: it cannot be removed, and only its last day can be moved (move --closes)',
  );
  expect(await refusedOf(`remove --id ${open?.id ?? ''}`)).toMatch(/has opened: it cannot be removed/);
  for (const line of ['move --id 999 --closes 2027-01-01', 'remove --id 999', 'hold --id 999', 'release --id 999'])
    expect(await refusedOf(line)).toMatch(/^refused: no window has this number/);
  expect(await refusedOf(`release --id ${open?.id ?? ''}`)).toMatch(/is not held/);

  const added = (await both('opposition-window add --opens 2027-03-01 --closes 2027-03-31')).done;
  const id = /window (\d+) added/.exec(added)?.[1] ?? '';
  await admin('opposition-window add --opens 2028-03-01 --closes 2028-03-31'); // a rehearsal uses no number
  const next = (await both('opposition-window add --opens 2028-03-01 --closes 2028-03-31')).done;
  expect(next).toContain(`window ${Number(id) + 1} added`);
  await both(`opposition-window remove --id ${Number(id) + 1}`);
  expect((await both(`opposition-window move --id ${id} --opens 2027-03-05 --closes 2027-04-05`)).done).toBe(
    `window ${id} now begins on 2027-03-05 and ends on 2027-04-05`,
  );
  await both(`opposition-window move --id ${id} --opens 2027-03-10`);
  expect(await refusedOf(`move --id ${id} --opens 2026-11-30`)).toBe('refused: the day given with --opens has passed');
  expect(await refusedOf(`move --id ${id} --opens 2026-12-05`)).toBe('refused: the windows would overlap');
  expect(await refusedOf(`move --id ${id} --opens 2027-05-01`)).toBe('refused: the window would end before it begins');
  expect((await admin('opposition-window list')).text).toContain(`${id}  2027-03-10 – 2027-04-05  to come`);
  expect((await both(`opposition-window remove --id ${id}`)).done).toBe(`window ${id} removed`);
  expect((await admin('opposition-window list')).text).not.toContain('2027-03-10');
});

test('a region: added, changed, paused, resumed; anchors are checked', async () => {
  const set = `opposition-region set --region 120 --endpoint ${region.endpoint} --anchors ${pki.regionCa}`;
  expect((await admin('opposition-region set --region 120 --concurrency 3')).code).toBe(1);
  expect((await admin(set.replace('https', 'http'))).text).toContain('https://');
  expect((await admin(`${set}.none`)).text).toContain('not a readable file of PEM certificates');
  expect((await admin(set.replace(pki.regionCa, pki.region.key))).text).toContain('not a readable file of PEM');
  expect((await both(set)).done).toBe('region 120 added');
  for (const slip of ['--concurrency 0x3', '--concurrency 1e1', '--rate 1e3', '--rate 0', '--rate 0x10'])
    expect((await admin(`opposition-region set --region 120 ${slip}`)).code).toBe(1);
  expect((await both('opposition-region set --region 120 --rate 100 --patient-id cx --concurrency 3')).done).toBe(
    'region 120 changed',
  );
  expect((await admin('opposition-region list')).text).toMatch(/^120 {3}https:\S+ {2}3 at once, 100\/s {2}cx$/);
  expect((await admin('opposition-region set --region 120 --tls-max 1.1')).text).toContain('1.2 or 1.3');
  await both('opposition-region set --region 120 --tls-max 1.2');
  expect((await admin('opposition-region list')).text).toContain('cx  TLS 1.2');
  expect(await admin(`${set.replace('120', '999')} --apply`)).toMatchObject({
    code: 1,
    text: expect.stringMatching(/^refused: --region is not the code of a region: 010, .*, 200, SASN$/),
  });
  await both('opposition-region pause --region 120');
  expect((await admin('opposition-region list')).text).toContain('PAUSED (operator)');
  expect((await admin('opposition-region pause --region 120')).code).toBe(1);
  await both('opposition-region resume --region 120');
  expect((await admin('opposition-region resume --region 030')).code).toBe(1);
});

test('an office and its operator', async () => {
  await both('opposition-office authorise --office 120999 --region 120 --kind usmaf_sasn --name Fiumicino');
  expect(
    await admin('opposition-office authorise --office 120999 --region 999 --kind asl --name X --apply'),
  ).toMatchObject({ code: 1, text: expect.stringContaining('--region is not the code of a region') });
  await both(`opposition-office admit --office 120999 --operator ${operator}`);
  expect((await admin(`opposition-office admit --office 120999 --operator ${operator} --apply`)).code).toBe(1);
  expect((await admin(`opposition-office admit --office 999999 --operator ${operator}`)).code).toBe(1);
  expect((await admin('opposition-office list')).text).toContain('120   120999  usmaf_sasn  Fiumicino');
  await both(`opposition-office dismiss --office 120999 --operator ${operator}`);
  await both('opposition-office withdraw --office 120999 --region 120');
  expect((await admin('opposition-office withdraw --office 120999 --region 120')).code).toBe(1);

  // Authorised by two regions: its operators stay as long as one region authorises it, and do not return with the
  // office.
  for (const code of ['120', '030'])
    await both(`opposition-office authorise --office 120999 --region ${code} --kind usmaf_sasn --name Fiumicino`);
  await both(`opposition-office admit --office 120999 --operator ${operator}`);
  expect((await both('opposition-office withdraw --office 120999 --region 030')).done).toBe(
    'office 120999 no longer acts for region 030',
  );
  expect((await both('opposition-office withdraw --office 120999 --region 120')).done).toBe(
    'office 120999 no longer acts for region 120 or any other region; operators dismissed: 1',
  );
  await both('opposition-office authorise --office 120999 --region 120 --kind usmaf_sasn --name Fiumicino');
  await both(`opposition-office admit --office 120999 --operator ${operator}`);
  await both('opposition-office withdraw --office 120999 --region 120');
});

test('two regions that withdraw an office concurrently: the second learns that it was the last', async () => {
  const desk = createOfficeDesk(place.owner, place.clock);
  for (const region of ['030', '120'])
    await desk.authorise(place.call(), { code: '120998', region, kind: 'usmaf_sasn', name: 'Malpensa' });
  await desk.admit(place.call(), { operator, office: '120998' });
  const first = place.owner.createQueryRunner();
  await first.startTransaction();
  const inTransaction = createOfficeDesk(first.manager, place.clock);
  expect(await inTransaction.withdraw(place.call(), { code: '120998', region: '030' })).toMatchObject({ dismissed: 0 });
  const second = desk.withdraw(place.call(), { code: '120998', region: '120' });
  const waits = `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%office_operator%'`;
  while ((await place.owner.query<unknown[]>(waits)).length === 0);
  await first.commitTransaction();
  await first.release();
  expect(await second).toMatchObject({ refusals: [], dismissed: 1 });
  expect(await place.owner.query(`SELECT FROM consent.office_operator WHERE office = '120998'`)).toEqual([]);
});

test('[O-2] a notice: each version is published once; an invisible text is refused', async () => {
  const file = join(folder, 'informativa.txt');
  await writeFile(file, 'Informativa\n\n- primo punto\n');
  expect((await admin('opposition-notice list')).text).toMatch(/^1 {2}it {2}published /); // from the fixture
  const again = await admin(`opposition-notice publish --version 1 --language it --file ${file} --apply`);
  expect(again).toMatchObject({ code: 1, text: expect.stringContaining('a published text never changes') });
  expect((await both(`opposition-notice publish --version 1 --language de --file ${file}`)).done).toBe(
    'notice 1 (de) published',
  );
  await writeFile(file, 'a\u202Eb');
  for (const wrong of [file, `${file}.none`])
    expect((await admin(`opposition-notice publish --version 1 --language en --file ${wrong}`)).text).toContain(
      'or invisible ones',
    );
});

test('oppositions, their bulk, the worker, stuck notifications, and the lists', async () => {
  const subjects = await place.persons(6);
  const express = (subject: string): string =>
    `opposition-express --subject ${subject} --value opposition --office 120201 --operator ${operator}`;
  expect(await admin(express(subjects[0] ?? ''))).toEqual({
    code: 1,
    text: 'refused (notice-not-acknowledged): Occorre prima confermare la presa visione dell’informativa.',
  });
  for (const subject of subjects) await both(`${express(subject)} --notice-acknowledged`);
  expect((await admin(`${express(subjects[0] ?? '')} --notice-acknowledged --apply`)).text).toContain(
    'already-opposed',
  );

  const [again = ''] = await place.persons(1);
  await both(`${express(again)} --notice-acknowledged`);
  const revoked = await both(
    `${express(again).replace('opposition --office', 'revocation --office')} --notice-acknowledged`,
  );
  expect(revoked.done).toContain('a revocation is not notified');

  const [window] = await place.owner.query<{ id: string }[]>(
    `SELECT id FROM consent.acquisition_window WHERE closes_on = '2026-12-17'`,
  );
  const plan = `opposition-plan --window ${window?.id ?? ''}`;
  expect(await admin(`${plan} --apply`)).toEqual({ code: 1, text: 'refused: the window has not ended' });
  place.clock.set(afterWindow);
  expect((await admin('opposition-status')).text).toMatch(/ended on 2026-12-17 and is not planned: OVERDUE/);
  await both(`opposition-window hold --id ${window?.id ?? ''}`);
  expect((await admin('opposition-status')).text).toMatch(/ended on 2026-12-17 and is not planned: HELD/);
  expect((await admin(`${plan} --apply`)).text).toMatch(/^refused: .*is held/);
  await both(`opposition-window release --id ${window?.id ?? ''}`);
  expect((await admin(`opposition-window release --id ${window?.id ?? ''}`)).text).toMatch(/is not held/);
  const planned = await both(plan);
  expect(planned.tried).toContain('Would queue 6 notifications.');
  expect(planned.done).toContain('6 notifications queued');
  const status = (await admin('opposition-status')).text;
  expect(status).toMatch(/^120 {3}\[\.{24}\] {3}0 % {2}sent 0 {2}waiting 6$/m);
  expect(status).toContain('region 120: 6 waiting, waited for until 2027-01-17 11:00 if it stays silent');
  expect(status).not.toMatch(/only partly|not planned/); // the first term is planned with the next window

  const [refused = ''] = subjects;
  const description = '=assistito; "sconosciuto"';
  region.behave(({ subject }) => (subject === refused ? { code: 'XDSUnknownPatientId', description } : 'success'));
  const config = configSchema.parse({
    ...{ consentDatabaseUrl: place.ownerUrl, opsPort: 0 },
    ...{ notificationCertificate: pki.sender.certificate, notificationKey: pki.sender.key },
  });
  const worker = await startWorker(config, place.clock, log);
  const ops = `http://127.0.0.1:${worker.opsPort}`;
  try {
    await region.arrived(6);
    expect((await fetch(`${ops}/readyz`)).status).toBe(200);
    let metrics = '';
    while (!metrics.includes('state="parked"} 1')) metrics = await (await fetch(`${ops}/metrics`)).text();
    // The worker notices that no notification of the window is waiting any more.
    for (let active = false; !active;) {
      const [row] = await place.owner.query<[{ active: boolean }]>(
        'SELECT active, pg_sleep(0.05) FROM consent.block_state',
      );
      active = row.active;
    }
    expect(metrics).toContain('passerella_notifications_total{region="120",outcome="sent"} 5\n');
    expect(metrics).toContain('passerella_region_paused{region="120"} 0\n');
    for (const subject of subjects) expect(metrics).not.toContain(subject);
  } finally {
    await worker.stop();
  }
  expect((await admin('opposition-status')).text).toMatch(
    /^120 {3}\[#{20}\.{4}\] {2}83 % {2}sent 5 {2}waiting 0 {2}parked 1$/m,
  );
  expect((await admin('opposition-block')).text).toBe('block of past documents: active (automatic)');

  const parked = (await admin('opposition-parked')).text;
  expect(parked).toMatch(
    /^120 {9}1 {2}XDSUnknownPatientId\n[0-9a-f-]{36} {2}120 {2}parked since .* after 1 attempt {2}XDSUnknownPatientId/,
  );
  expect(parked).not.toContain(refused);

  const file = join(folder, 'lazio.csv');
  expect(await admin(`opposition-export --out ${file} --region 120 --state parked`)).toMatchObject({ code: 0 });
  const [header = '', line = '', ...rest] = (await readFile(file, 'utf8')).split('\n');
  expect(header).toMatch(/^identificativo_messaggio;identificativo_soggetto;/);
  expect(line).toMatch(
    new RegExp(`^[0-9a-f-]{36};${refused};120;2026-12-01;parked;XDSUnknownPatientId;"'=assistito; ""sc`),
  );
  expect(rest).toEqual(['']);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect((await admin(`opposition-export --out ${file}`)).code).toBe(1);

  expect((await admin('opposition-retry')).code).toBe(2);
  expect((await admin('opposition-retry --all --region 120')).code).toBe(2);
  expect((await both('opposition-retry --region 120')).done).toBe('1 notifications queued again');
  expect((await admin('opposition-parked')).text).toBe('nothing is parked');
  // The region's reply, which explains why a tried notification waits.
  expect((await admin('opposition-status')).text).toMatch(
    /waiting 1\n {6}1 tried: XDSUnknownPatientId: =assistito; "sconosciuto"$/m,
  );
});

test('the block as the operator sets it', async () => {
  expect((await both('opposition-block off')).tried).toContain('would be not active (off)');
  expect((await admin('opposition-block')).text).toBe('block of past documents: not active (off)');
  await both('opposition-block automatic');
  // [S-3] In the consent database, with the change; a rehearsal leaves nothing there.
  const set = { operation: 'block-set', outcome: 'changed', method: 'admin', caller: 'operator' };
  expect(
    await place.owner.query(
      `SELECT operation, outcome, method, caller FROM audit.access_log WHERE operation = 'block-set'`,
    ),
  ).toEqual([set, set]);
  const [login] = await place.owner.query<{ login: string }[]>('SELECT session_user AS login');
  const rows = await place.registry.query<unknown[]>(
    `SELECT outcome, database_login AS login FROM audit.access_log WHERE operation = 'admin:opposition-block off' ORDER BY transaction_id`,
  );
  expect(rows).toEqual(['begun', 'rehearsed', 'begun', 'done'].map((outcome) => ({ outcome, ...login })));
});

test.each([
  'opposition-window',
  'opposition-window add --opens 2026-02-30 --closes 2026-03-01',
  'opposition-region set --region 12',
  'opposition-office authorise --office 1 --region 120 --kind other --name X',
  'opposition-office authorise --office 1 --region 120 --kind asl --name =1+1',
  'opposition-office authorise --office A\u200B --region 120 --kind asl --name X',
  'opposition-express --subject X',
  'opposition-plan',
  'opposition-status now',
  'opposition-parked --limit many',
  'opposition-parked --limit 0x10',
  'opposition-retry --message x',
  'opposition-export',
  'opposition-block maybe',
  'opposition-notice',
  'opposition-notice publish --version 0 --language it --file x',
  'opposition-notice publish --version 1 --language IT --file x',
  'opposition-plan --unknown',
])('%s: wrong arguments', async (line) => {
  const { code, text } = await admin(line);
  expect(code).toBe(2);
  expect(text).toContain('opposition-');
});

test('without a consent database, or with one of another release, commands report it', async () => {
  const empty = await createTestDatabase('empty');
  const run = (line: string, settings: Record<string, string>) =>
    runAdmin(
      line.split(' '),
      configSchema.parse({ databaseUrl: place.registryUrl, ...settings }),
      systemClock,
      log,
      () => undefined,
    );
  try {
    await expect(run('opposition-status', {})).rejects.toThrow(ConfigError);
    await expect(run('opposition-import decisions.csv', {})).rejects.toThrow(ConfigError);
    await expect(run('opposition-status', { consentDatabaseUrl: empty.ownerUrl })).rejects.toThrow(
      /lacks \d+ migration/,
    );
    expect(await run('migrate', { consentDatabaseUrl: empty.ownerUrl })).toBe(0);
    expect(await run('opposition-status', { consentDatabaseUrl: empty.ownerUrl })).toBe(0);
    await expect(startWorker(configSchema.parse({}), systemClock, log)).rejects.toThrow(
      /consentDatabaseUrl[\s\S]*notificationCertificate[\s\S]*notificationKey/,
    );
  } finally {
    await empty.drop();
  }
});
