/** [O-8] Import of the decisions of the first term: rehearsed, rejected line by line, once, even if interrupted. */
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { configSchema } from '../../src/config/index.js';
import { createDecisionImportDesk } from '../../src/opposition/index.js';
import { createLogger } from '../../src/platform/log.js';
import { runAdmin } from '../../src/roles/admin.js';
import { byOperator, operator, oppositionPlace } from './opposition-fixture.js';
import type { OppositionPlace } from './opposition-fixture.js';
import { codiceFiscale } from './registry-fixture.js';

const HEADER = 'identificativo_soggetto;opposizione;data_opposizione;soggetto_accesso;ruolo_accesso;regione';
const now = '2026-12-01T10:00:00Z';
const log = createLogger('silent');
const desk = () =>
  createDecisionImportDesk({
    ...{ consentDb: place.owner, registryDb: place.registry, ana: place.ana, clock: place.clock },
  });

let place: OppositionPlace;
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'passerella-import-'));
  place = await oppositionPlace(now);
});
afterEach(async () => {
  await place.close();
  await rm(folder, { recursive: true });
});

async function file(lines: readonly string[], header = HEADER): Promise<string> {
  const path = join(folder, 'primo-termine.csv');
  await writeFile(path, `${[header, ...lines].join('\n')}\n`);
  return path;
}

async function admin(path: string, ...options: string[]): Promise<{ code: number; text: string; rejects: string }> {
  const printed: string[] = [];
  const rejects = join(folder, 'scarti.csv');
  const config = configSchema.parse({ databaseUrl: place.registryUrl, consentDatabaseUrl: place.ownerUrl });
  const args = ['opposition-import', path, '--rejects', rejects, ...options];
  const code = await runAdmin(args, config, place.clock, log, (text) => printed.push(text));
  return { code, text: printed.join('\n'), rejects: await readFile(rejects, 'utf8').catch(() => '') };
}

const stored = () =>
  place.owner.query<Record<string, unknown>[]>(
    `SELECT subject, value, decided_at, entered_by, entered_role, region, channel, category FROM consent.decision
     ORDER BY decided_at, id`,
  );

test('a rehearsal changes nothing; then every valid line is stored once, with date, author and role', async () => {
  await place.window('2024-04-22', '2024-06-30');
  const [self = '', byOffice = ''] = await place.persons(2);
  const [gone = ''] = await place.persons(1, { status: 'emigrated', region: '030' });
  const path = await file([
    `${self};OPPOSIZIONE;2024-05-10;${self};CITTADINO;`,
    `${self};REVOCA OPPOSIZIONE;2024-05-11T23:30:00+02:00;${self};CITTADINO;120`,
    `${byOffice};OPPOSIZIONE;2024-06-30T21:59:59.5Z;${operator};OPERATORE ASL;`,
    `${gone};OPPOSIZIONE;2024-04-22;${gone};CITTADINO;`,
  ]);
  const tried = await admin(path);
  expect(tried).toMatchObject({ code: 0, rejects: '', text: expect.stringContaining('No line was rejected.') });
  expect(tried.text).toContain('Would import: 4 valid lines (4 new, 0 imported before), 0 rejected.');
  expect(tried.text).toContain('Nothing was changed. Add --apply to apply it.');
  expect(await stored()).toEqual([]);
  expect((await admin(path, '--apply')).text).toContain('Imported: 4 valid lines (4 new, 0 imported before)');
  const row = (subject: string, value: string, decided: string, by: string, role: string, region: string) => ({
    ...{ subject, value, decided_at: new Date(decided), entered_by: by, entered_role: role, region },
    ...{ channel: null, category: 2 },
  });
  const expected = [
    row(gone, 'opposition', '2024-04-21T22:00:00Z', gone, 'CITTADINO', '030'), // the region of the last care
    row(self, 'opposition', '2024-05-09T22:00:00Z', self, 'CITTADINO', '120'),
    row(self, 'revocation', '2024-05-11T21:30:00Z', self, 'CITTADINO', '120'),
    row(byOffice, 'opposition', '2024-06-30T21:59:59.5Z', operator, 'OPERATORE ASL', '120'),
  ];
  expect(await stored()).toEqual(expected);
  expect((await admin(path, '--apply')).text).toContain('4 valid lines (0 new, 4 imported before), 0 rejected');
  expect(await stored()).toEqual(expected);

  // In the register's own log, with the request of the command; one row for each transaction [S-3].
  const logged = await place.owner.query<Record<string, unknown>[]>(
    `SELECT outcome, affected, method, caller, request_id AS request, database_login = session_user AS "isLogin"
     FROM audit.access_log WHERE operation = 'opposition-import' ORDER BY transaction_id`,
  );
  const commands = await place.registry.query<{ request: string }[]>(
    `SELECT request_id AS request FROM audit.access_log
     WHERE operation = 'admin:opposition-import' AND outcome = 'begun' ORDER BY transaction_id`,
  );
  const entry = (outcome: string, affected: string) => ({
    ...{ outcome, affected, method: 'admin', caller: 'operator', isLogin: true },
  });
  expect(logged).toEqual(
    [entry('rehearsed', '4'), entry('imported', '4'), entry('imported', '0')].map((row, index) => ({
      ...row,
      ...commands[index],
    })),
  );
});

test('a bad line is reported with its reason, masked, and does not affect valid ones', async () => {
  await place.window('2024-04-22', '2024-06-30');
  const [good = '', other = '', twice = ''] = await place.persons(3);
  const unknown = codiceFiscale(77_777);
  const line = (subject: string, value = 'OPPOSIZIONE', date = '2024-05-10', by = subject, region = '') =>
    `${subject};${value};${date};${by};CITTADINO;${region}`;
  const path = await file([
    line(`${good.slice(0, 15)}${good.endsWith('A') ? 'B' : 'A'}`),
    line(good),
    line(good),
    line(other, 'NON ESPRESSO'),
    line(other, 'FORSE'),
    line(other, 'OPPOSIZIONE', '2024-07-01'),
    line(other, 'OPPOSIZIONE', '2024-06-30T22:00:00Z'), // 1 July in Rome
    line(other, 'OPPOSIZIONE', '2024-05-32'),
    line(twice, 'OPPOSIZIONE', '2024-05-10'),
    line(twice, 'REVOCA OPPOSIZIONE', '2024-05-10'),
    line(unknown),
    line(unknown, 'REVOCA OPPOSIZIONE', '2024-05-12', unknown, '120'),
    line(other, 'OPPOSIZIONE', '2024-05-10', 'STP1202010000009'),
    line(other, 'OPPOSIZIONE', '2024-05-10', other, '999'),
    `${other};OPPOSIZIONE`,
  ]);
  const { text, rejects } = await admin(path, '--apply');
  expect(text).toContain('Imported: 2 valid lines (2 new, 0 imported before), 13 rejected.');
  expect((await stat(join(folder, 'scarti.csv'))).mode & 0o777).toBe(0o600);
  expect(rejects.split('\n').slice(1, -1)).toEqual([
    expect.stringMatching(/^2;"identificativo_soggetto";"codice fiscale o STP non valido.*";"A{6}99A99A999A"$/),
    expect.stringMatching(/^2;"soggetto_accesso";"codice fiscale o STP non valido/),
    expect.stringMatching(
      /^4;"data_opposizione";"decisione già presente in una riga precedente del file \(riga 3\)";""$/,
    ),
    expect.stringMatching(/^5;"opposizione";"NON ESPRESSO è l’assenza di decisioni/),
    expect.stringMatching(/^6;"opposizione";"valore sconosciuto: ammessi OPPOSIZIONE, REVOCA OPPOSIZIONE";"AAAAA"$/),
    expect.stringMatching(/^7;"data_opposizione";"data fuori dal primo termine/),
    expect.stringMatching(/^8;"data_opposizione";"data fuori dal primo termine/),
    expect.stringMatching(/^9;"data_opposizione";"data inesistente/),
    expect.stringMatching(/^10;"data_opposizione";"più decisioni diverse.* \(riga 11\)"/),
    expect.stringMatching(/^11;"data_opposizione";"più decisioni diverse.* \(riga 10\)"/),
    expect.stringMatching(/^12;"regione";"regione assente e persona sconosciuta all’anagrafe/),
    expect.stringMatching(/^14;"soggetto_accesso";"chi inserisce per conto di un altro/),
    expect.stringMatching(/^15;"regione";"regione sconosciuta/),
    expect.stringMatching(/^16;"";"numero di colonne errato/),
  ]);
  expect(rejects).not.toMatch(new RegExp([good, other, twice, unknown].join('|')));

  const contradiction = await admin(await file([line(good, 'REVOCA OPPOSIZIONE')]), '--apply');
  expect(contradiction.text).toContain('0 valid lines (0 new, 0 imported before), 1 rejected');
  expect(contradiction.rejects).toContain('già stata importata con un altro valore');
  expect((await stored()).map(({ subject, value }) => [subject, value])).toEqual([
    [good, 'opposition'],
    [unknown, 'revocation'],
  ]);
});

test('an unsuitable file or register changes nothing', async () => {
  const [subject = ''] = await place.persons(1);
  const line = `${subject};OPPOSIZIONE;2024-05-10;${subject};CITTADINO`;
  const short = HEADER.replace(';regione', '');
  expect((await admin(await file([line], short), '--apply')).text).toMatch(/no window of the first term/);
  await place.window('2024-04-22', '2024-06-30');
  expect((await admin(await file([line], 'codice;data'), '--apply')).text).toMatch(/not the header of this file/);
  expect(await admin(join(folder, 'none.csv'))).toMatchObject({ code: 1 });
  expect(await stored()).toEqual([]);
  expect((await admin(await file([line], short), '--apply')).text).toContain('1 new'); // the region may be missing
});

test.each([
  ['repetitions', () => codiceFiscale(1), 'OPPOSIZIONE', true],
  ['faults', codiceFiscale, 'FORSE', true],
  ['persons whom nobody knows', codiceFiscale, 'OPPOSIZIONE', false],
] as const)('refuses a file with too many invalid lines, %s', async (_what, subjectOf, value, isEarly) => {
  await place.window('2024-04-22', '2024-06-30');
  const lines = Array.from({ length: isEarly ? 100_000 : 50 }, (_, index) => {
    const subject = subjectOf(index);
    return `${subject};${value};2024-05-10;${subject};CITTADINO;`;
  });
  let read = 0;
  const refused = await desk().import(place.call(), {
    ...{ source: await file(lines), rejectPath: join(folder, 'scarti.csv'), dryRun: false, maxRejected: 40 },
    onProgress: (_phase, percent) => (read = percent),
  });
  expect(refused).toMatchObject({ refusals: ['too_many_rejects'] });
  expect(await place.owner.query(`SELECT outcome FROM audit.access_log WHERE operation = 'opposition-import'`)).toEqual(
    [{ outcome: 'too_many_rejects' }],
  );
  if (isEarly) expect(read).toBeLessThan(20);
  expect(await stored()).toEqual([]);
  expect(await readFile(join(folder, 'scarti.csv'), 'utf8').catch(() => undefined)).toBeUndefined();
});

test('repeating an interrupted import continues it', async () => {
  await place.window('2024-04-22', '2024-06-30');
  const subjects = await place.persons(5);
  const source = await file(subjects.map((subject) => `${subject};OPPOSIZIONE;2024-05-10;${subject};CITTADINO;120`));
  const options = { source, rejectPath: join(folder, 'scarti.csv'), dryRun: false, batchLines: 2 };
  const cut = desk().import(place.call(), {
    ...options,
    onProgress: (phase) => {
      if (phase === 'write') throw new Error('cut');
    },
  });
  await expect(cut).rejects.toThrow('cut');
  const half = (await stored()).length;
  expect(half).toBeGreaterThan(0);
  expect(half).toBeLessThan(5);
  // The row of what was written before the interruption exists.
  const affected = `SELECT sum(affected)::integer AS decisions FROM audit.access_log WHERE operation = 'opposition-import'`;
  expect(await place.owner.query(affected)).toEqual([{ decisions: half }]);
  expect(await desk().import(place.call(), options)).toMatchObject({
    ...{ refusals: [], accepted: 5, rejected: 0, already: half, inserted: 5 - half },
  });
  expect(await place.owner.query(affected)).toEqual([{ decisions: 5 }]);
  expect(await stored()).toHaveLength(5);
});

test('an imported decision counts: as expressed before, first in the history, in the bulk, in the block', async () => {
  await place.window('2024-04-22', '2024-06-30');
  const second = await place.window('2026-11-18', '2026-12-17');
  const [silent = '', decidedSince = '', confirms = ''] = await place.persons(3);
  const [gone = ''] = await place.persons(1, { status: 'emigrated' });
  const [late = ''] = await place.persons(1, { since: '2026-12-20' });
  place.clock.set(now);
  expect(await place.service.express(place.expression(decidedSince))).toMatchObject({ category: 2 });
  const path = await file([
    `${silent};OPPOSIZIONE;2024-05-10;${silent};CITTADINO;120`,
    `${decidedSince};REVOCA OPPOSIZIONE;2024-05-10;${decidedSince};CITTADINO;120`,
    `${confirms};REVOCA OPPOSIZIONE;2024-05-10;${confirms};CITTADINO;120`,
    `${gone};OPPOSIZIONE;2024-05-10;${gone};CITTADINO;120`,
    `${late};REVOCA OPPOSIZIONE;2024-05-10;${late};CITTADINO;120`,
  ]);
  expect((await admin(path, '--apply')).text).toContain('5 new');

  const express = (subject: string, value: 'opposition' | 'revocation') =>
    place.service.express(place.expression(subject, { value }));
  expect(await express(confirms, 'revocation')).toMatchObject({ kind: 'recorded', category: 1 });
  expect(await express(gone, 'revocation')).toMatchObject({ kind: 'recorded', category: 1 });
  expect(await express(decidedSince, 'opposition')).toEqual({ kind: 'refused', reason: 'already-opposed' });

  place.clock.set('2026-12-28T10:00:00Z');
  expect(await place.service.express(place.expression(late, byOperator))).toEqual({
    ...{ kind: 'refused', reason: 'already-expressed' },
  });
  expect(await place.planning.plan(second)).toMatchObject({ queued: 2 });
  const notified = await place.owner.query<{ subject: string; opposed_on: string }[]>(
    'SELECT subject, opposed_on FROM consent.notification ORDER BY opposed_on',
  );
  expect(notified).toEqual([
    { subject: silent, opposed_on: '2024-05-10' },
    { subject: decidedSince, opposed_on: '2026-12-01' },
  ]);
  const opposed = async (subject: string) => {
    const [row] = await place.owner.query<[{ opposed: boolean }]>(
      `SELECT consent.is_opposed(ARRAY[$1::text], '2026-12-28') AS opposed`,
      [subject],
    );
    return row.opposed;
  };
  expect(await Promise.all([silent, decidedSince, confirms, gone].map(opposed))).toEqual([true, true, false, false]);
});
