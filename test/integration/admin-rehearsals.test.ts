/**
 * Every command, every form of its usage: without --apply nothing changes in either database, and the rows have the
 * outcome «rehearsed»; with it the same arguments change something, and the rows have «done» [S-3].
 */
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { configSchema } from '../../src/config/index.js';
import type { DataSource } from '../../src/platform/db/index.js';
import { createLogger } from '../../src/platform/log.js';
import { COMMANDS, runAdmin } from '../../src/roles/admin.js';
import { testPki } from '../support/people.js';
import { oppositionPlace, operator } from './opposition-fixture.js';
import type { OppositionPlace } from './opposition-fixture.js';
import { codiceFiscale, doctor } from './registry-fixture.js';

const HOLDER = codiceFiscale(700_001);
const ASL_OPERATOR = codiceFiscale(700_002);
const [EXHAUSTED, WAITING] = ['11111111-1111-4111-8111-111111111111', '22222222-2222-4222-8222-222222222222'];

let place: OppositionPlace;
let folder: string;
let persons: string[];

/** A command line; `{…}` is replaced by what earlier examples created. @param arrange runs before */
interface Example {
  readonly line: string;
  readonly isRead?: true;
  readonly arrange?: () => Promise<unknown>;
}
const reads = (...lines: string[]): Example[] => lines.map((line) => ({ line, isRead: true }));

/** In this order: later examples use what earlier ones created. A number drawn in a rehearsal is not used again. */
const EXAMPLES: readonly Example[] = [
  ...reads(
    'migrate',
    'jobs list',
    'jobs',
    `substitution list --titular ${doctor}`,
    'audit search --reason controllo-di-novembre --from 2026-11-01 --to 2026-11-22',
    'audit search --log consent --reason controllo-di-novembre --from 2026-11-01 --to 2026-11-22',
    'roster-results',
    'statistics',
    'statistics --out {folder}/figures',
    'statistics-deliveries',
    'statistics-deliveries 1',
    'opposition-window list',
    'opposition-office list',
    'opposition-notice list',
    'opposition-region list',
    'opposition-status',
    'opposition-parked',
    'opposition-export --out {folder}/all.csv',
    'opposition-outdated',
    'opposition-block',
  ),
  { line: 'jobs run retention' },
  { line: `jobs retry ${EXHAUSTED}` },
  { line: `jobs cancel ${WAITING}` },
  {
    line: 'retention',
    arrange: () =>
      place.registry.query(
        `INSERT INTO jobs.job (kind, state, due_at, created_at, finished_at)
         SELECT 'old', 'done', t, t, t FROM (SELECT timestamptz '2020-01-01' AS t) of_then`,
      ),
  },
  { line: `account create --user-id NEW1 --codice-fiscale ${HOLDER} --role doctor` },
  { line: `account create --user-id OPASL1 --codice-fiscale ${ASL_OPERATOR} --role asl_operator --asl 120201` },
  { line: 'account grant --user-id NEW1 --role asl_operator --asl 120201' },
  { line: 'account assign --user-id NEW1 --asl 030321' },
  { line: 'account withdraw --user-id NEW1 --role asl_operator' },
  { line: 'account reset --user-id NEW1' },
  { line: 'account email --user-id NEW1 --email new1@studio.example' },
  { line: 'account invite --user-id NEW1' },
  { line: 'account link --user-id NEW1' },
  { line: 'account suspend --user-id NEW1' },
  { line: 'account restore --user-id NEW1' },
  {
    line: 'account unlock --user-id NEW1',
    arrange: () =>
      place.registry.query(`INSERT INTO auth.sign_in_attempt (user_id, origin, failures) VALUES ('NEW1', '*', 3)`),
  },
  { line: `substitution add --titular ${doctor} --substitute ${HOLDER} --from 2026-11-22 --to 2026-11-30` },
  { line: 'substitution revoke --id 2' },
  { line: 'account remove --user-id NEW1' },
  { line: `asl numbers --operator ${ASL_OPERATOR}`, isRead: true },
  { line: `asl unmatched --operator ${ASL_OPERATOR}`, isRead: true },
  { line: `asl history --operator ${ASL_OPERATOR}`, isRead: true },
  { line: 'asl daily --operator {asl} --date 2026-11-20 --tests 7' },
  { line: 'registry-import regions {folder}/regions.csv --rejects {folder}/regions.scarti.csv' },
  { line: 'roster-intake {folder}/staff.csv --rejects {folder}/staff.scarti.csv' },
  { line: 'roster-results --intake 2', isRead: true },
  { line: 'roster-withdraw --person {person}' },
  { line: 'roster-withdraw --intake 2' },
  { line: 'statistics --send' },
  { line: 'statistics-resend 1' },
  { line: 'opposition-window add --opens 2026-10-01 --closes 2026-11-22' },
  { line: 'opposition-window add --opens 2027-01-01 --closes 2027-01-31' },
  { line: 'opposition-window move --id 2 --opens 2027-01-02' },
  { line: 'opposition-window remove --id 2' },
  { line: 'opposition-window hold --id 1' },
  { line: 'opposition-window release --id 1' },
  { line: 'opposition-office authorise --office 777777 --region 120 --kind asl --name Roma' },
  { line: `opposition-office admit --office 777777 --operator ${HOLDER}` },
  { line: `opposition-office dismiss --office 777777 --operator ${HOLDER}` },
  { line: 'opposition-office withdraw --office 777777 --region 120' },
  { line: 'opposition-region set --region 120 --endpoint https://fse.example/ --anchors {folder}/anchors.pem' },
  { line: 'opposition-region pause --region 120' },
  { line: 'opposition-region resume --region 120' },
  {
    line: `opposition-express --subject {person} --value opposition --office 120201 --operator ${operator} --notice-acknowledged`,
  },
  { line: 'opposition-notice publish --version 2 --language it --file {folder}/notice.txt' },
  { line: 'opposition-window add --opens 2024-04-22 --closes 2024-06-30' },
  { line: 'opposition-import {folder}/first-term.csv --rejects {folder}/first-term.scarti.csv' },
  {
    line: 'opposition-plan --window 1',
    arrange: () => {
      place.clock.set('2026-11-23T09:00:00Z');
      return Promise.resolve();
    },
  },
  {
    line: 'opposition-retry --all',
    arrange: () =>
      place.owner.query(`UPDATE consent.notification SET state = 'parked', last_code = 'X', finished_at = now()`),
  },
  { line: 'opposition-block on' },
  { line: 'opposition-block off' },
  { line: 'opposition-block automatic' },
];

beforeAll(async () => {
  place = await oppositionPlace('2026-11-22T09:00:00Z');
  folder = await mkdtemp(join(tmpdir(), 'passerella-rehearsals-'));
  persons = await place.persons(3);
  await place.registry.query('UPDATE registry.person SET doctor = $1', [doctor]);
  await place.registry.query(
    `INSERT INTO jobs.job (id, kind, state, due_at, created_at, finished_at)
     VALUES ($1, 'a', 'exhausted', $3, $3, $3), ($2, 'b', 'queued', $3, $3, NULL), (DEFAULT, 'retention', 'done', $3, $3, $3),
            (DEFAULT, 'statistics.deliver', 'done', $3, $3, $3)`,
    [EXHAUSTED, WAITING, place.clock.now()],
  );
  await place.registry.query(
    `WITH made AS (
       INSERT INTO statistics.delivery (request, taken_at, recipient, file_name, archive, password)
       VALUES ('r', $1, 'a@example.it', 'f.zip', 'x', 'p') RETURNING id
     ) INSERT INTO statistics.mail (delivery_id, part, message_id, state, next_attempt_at)
       SELECT id, part, '<' || part || '@example.it>', state, $1
       FROM made, (VALUES ('archive', 'refused'), ('password', 'waiting')) AS m (part, state)`,
    [place.clock.now()],
  );
  await writeFile(join(folder, 'notice.txt'), 'Informativa sul pregresso.\n');
  await writeFile(join(folder, 'regions.csv'), 'codice;denominazione\n010;Piemonte\n');
  await writeFile(join(folder, 'staff.csv'), `codice_fiscale\n${persons.join('\n')}\n`);
  await writeFile(
    join(folder, 'first-term.csv'),
    'identificativo_soggetto;opposizione;data_opposizione;soggetto_accesso;ruolo_accesso;regione\n' +
      `${persons[1]};OPPOSIZIONE;2024-05-01;${persons[1]};cittadino;120\n`,
  );
  await copyFile((await testPki()).server.ca, join(folder, 'anchors.pem'));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await place.close();
});

/** @returns exit code, output, and the command's rows in the access log of the TS database */
async function admin(line: string): Promise<{ code: number; text: string; rows: unknown }> {
  const words = line
    .replace('{person}', persons[0] ?? '')
    .replace('{asl}', ASL_OPERATOR)
    .split(' ')
    .map((word) => word.replace('{folder}', folder));
  const config = configSchema.parse({ databaseUrl: place.registryUrl, consentDatabaseUrl: place.ownerUrl });
  const printed: string[] = [];
  const code = await runAdmin(words, config, place.clock, createLogger('silent'), (text) => printed.push(text));
  const rows = await place.registry.query<{ operation: string; outcome: string }[]>(
    `SELECT operation, outcome FROM audit.access_log
     WHERE operation LIKE 'admin:%' AND request_id =
       (SELECT request_id FROM audit.access_log WHERE outcome = 'begun' ORDER BY transaction_id DESC LIMIT 1)
     ORDER BY transaction_id`,
  );
  return { code, text: printed.join('\n'), rows: rows.map(({ operation, outcome }) => `${operation} ${outcome}`) };
}

/** Every row of every table except those of the access log. */
async function contents(): Promise<unknown> {
  const digest = async (db: DataSource) => {
    const tables = await db.query<{ name: string }[]>(
      `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
       WHERE schemaname NOT IN ('pg_catalog', 'information_schema', 'audit') ORDER BY 1`,
    );
    const found: Record<string, unknown> = {};
    for (const { name } of tables)
      found[name] = await db.query(`SELECT count(*), md5(string_agg(t::text, ',' ORDER BY t::text)) FROM ${name} t`);
    return found;
  };
  return [await digest(place.registry), await digest(place.owner)];
}

/** The command in the rows, and its action if it has one. */
function nameOf(line: string): string {
  const [name = '', first = ''] = line.split(' ');
  if (name === 'statistics' && line.includes('--send')) return 'admin:statistics send';
  return /^[a-z]+$/.test(first) ? `admin:${name} ${first}` : `admin:${name}`;
}

test.each(EXAMPLES)('«$line» changes nothing without --apply', async ({ line, isRead = false, arrange }) => {
  await arrange?.();
  const before = await contents();
  const { code, text, rows } = await admin(line);
  const [name, told] = [nameOf(line), expect.stringContaining('Add --apply')];
  expect({ code, text, rows }).toEqual({
    ...{ code: 0, text: isRead ? expect.not.stringContaining('--apply') : told },
    rows: [`${name} begun`, `${name} ${isRead ? 'done' : 'rehearsed'}`],
  });
  // a download is recorded (4.5)
  if (!/^asl (?:numbers|unmatched)/.test(line)) expect(await contents()).toEqual(before);
  if (isRead) return;
  const done = await admin(`${line} --apply`);
  expect({ code: done.code, rows: done.rows }).toEqual({ code: 0, rows: [`${name} begun`, `${name} done`] });
  expect(await contents()).not.toEqual(before);
});

/**
 * `opposition-office admit|dismiss … [--apply]` is two forms of the usage; a form without action is named by the
 * command.
 */
function formsOf(name: string, usage: string): { form: string; changes: boolean }[] {
  const lines = usage.split('\n').filter((line) => line === name || line.startsWith(`${name} `));
  return lines.flatMap((line) => {
    const [, first = ''] = line.split(' ');
    const actions = /^[a-z]+(?:\|[a-z]+)*$/.test(first) ? first.split('|') : [undefined];
    return actions.map((action) => ({
      form: action === undefined ? name : `${name} ${action}`,
      changes: line.includes('[--apply]'),
    }));
  });
}

test('every command and every form of its usage is among the examples, with its declared kind', () => {
  const exampleOf = ({ line }: Example): string =>
    nameOf(line).replace('admin:', '').replace('statistics send', 'statistics');
  const all = EXAMPLES.map(exampleOf);
  const changes = EXAMPLES.filter(({ isRead }) => !isRead).map(exampleOf);
  for (const { name, usage } of COMMANDS) {
    const forms = formsOf(name, usage);
    expect({ name, forms: forms.length > 0 }).toEqual({ name, forms: true });
    for (const { form, changes: isChange } of forms) {
      const isShown = (isChange ? changes : all).some((shown) => shown === form || shown.startsWith(`${form} `));
      expect({ form, isShown }).toEqual({ form, isShown: true });
    }
  }
});

test.each(COMMANDS.map(({ name }) => name))('%s: an unknown word is logged in no row', async (name) => {
  for (const words of [`${HOLDER} x y`, `x y ${HOLDER}`]) {
    const { code, text, rows } = await admin(`${name} ${words}`);
    expect({ words, code }).toEqual({ words, code: 2 });
    expect(text).not.toContain(HOLDER);
    expect(JSON.stringify(rows)).not.toContain(HOLDER);
    expect(rows).toEqual([`admin:${name} begun`, `admin:${name} misused`]);
  }
});
