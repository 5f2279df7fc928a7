/**
 * `admin asl` and `admin account … --asl`: what an ASL's operator reads and sends with them, every refusal, and the log
 * rows.
 */
import { mkdtemp, readFile, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { configSchema } from '../../src/config/index.js';
import { openDatabase } from '../../src/platform/db/index.js';
import type { DataSource } from '../../src/platform/db/index.js';
import { createLogger } from '../../src/platform/log.js';
import { runAdmin } from '../../src/roles/admin.js';
import { createTestDatabase } from '../support/database.js';
import type { TestDatabase } from '../support/database.js';
import { testPeople } from '../support/people.js';

const OPERATOR = 'PROVAX00X00X100X';
const { codiceFiscale: doctor, aslCode: asl } = testPeople.identities.doctor;
const otherAsl = testPeople.identities.secondDoctor.aslCode;
const clock = { now: () => new Date('2020-10-15T10:00:00.123Z') };

let database: TestDatabase;
let db: DataSource;
let home: string;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'passerella-asl-'));
  database = await createTestDatabase('peopled');
  db = await openDatabase({
    ...{ url: database.ownerUrl, entities: [], poolSize: 2, statementTimeoutMs: 10_000 },
    ...{ applicationName: 'test', log: createLogger('silent') },
  });
});

afterAll(async () => {
  await db.destroy();
  await database.drop();
  await rm(home, { recursive: true, force: true });
});

async function admin(line: string, campaignEnd?: string): Promise<{ code: number; text: string }> {
  const printed: string[] = [];
  const config = configSchema.parse({ databaseUrl: database.ownerUrl, campaignStart: '2020-08-24', campaignEnd });
  const words = line.split(' ').filter(Boolean);
  const code = await runAdmin(words, config, clock, createLogger('silent'), (text) => printed.push(text));
  return { code, text: printed.join('\n') };
}

const create = (userId: string, codiceFiscale: string, rest: string) =>
  admin(`account create --user-id ${userId} --codice-fiscale ${codiceFiscale} --role ${rest} --apply`);

const lastLogged = async (): Promise<unknown> =>
  (
    await db.query<unknown[]>(
      `SELECT operation, outcome, user_id, method, client_address, caller, region, database_login, os_user
       FROM audit.access_log 
       WHERE operation NOT LIKE 'admin:%' ORDER BY transaction_id DESC LIMIT 1`,
    )
  )[0];

test('[A-1] an ASL operator has an ASL from the start; other roles have none', async () => {
  expect((await create('OPASL01', OPERATOR, 'asl_operator')).code).toBe(2);
  expect((await create('PROVAMED', OPERATOR, `doctor --asl ${asl}`)).code).toBe(2);
  expect((await create('OPASL01', OPERATOR, 'asl_operator --asl ROMA1')).code).toBe(2);
  expect(await create('OPASL01', OPERATOR, 'asl_operator --asl 120998')).toEqual({
    ...{ code: 1, text: 'refused: the registry does not list this ASL' },
  });
  expect(await db.query(`SELECT FROM auth.account WHERE user_id = 'OPASL01'`)).toEqual([]);
  expect((await create('OPASL01', OPERATOR, `asl_operator --asl ${otherAsl}`)).code).toBe(0);
  expect(await db.query(`SELECT * FROM asl.operator WHERE user_id = 'OPASL01'`)).toEqual([
    { user_id: 'OPASL01', asl_code: otherAsl },
  ]);
});

test('[A-1] account assign: another ASL, for operators only', async () => {
  expect(await admin(`account assign --user-id ${doctor} --asl ${asl} --apply`)).toEqual({
    ...{ code: 1, text: 'refused: no ASL operator has this user id' },
  });
  expect(await admin('account assign --user-id OPASL01 --asl 120998 --apply')).toEqual({
    ...{ code: 1, text: 'refused: the registry does not list this ASL' },
  });
  expect((await admin('account assign --user-id OPASL01')).code).toBe(2);
  expect((await admin(`account suspend --user-id OPASL01 --asl ${asl}`)).code).toBe(2);
  expect(await admin(`account assign --user-id OPASL01 --asl ${asl} --apply`)).toEqual({
    ...{ code: 0, text: 'account: assign done' },
  });
  expect(await db.query(`SELECT asl_code FROM asl.operator WHERE user_id = 'OPASL01'`)).toEqual([{ asl_code: asl }]);
});

test('[A-2] asl numbers: printed, or written to a file for the owner only that never replaces another', async () => {
  const printed = await admin(`asl numbers --operator ${OPERATOR}`);
  expect(printed.code).toBe(0);
  expect(printed.text).toMatch(
    /^transaction \d+ {2}2020-10-15T12:00:00\.123\+02:00 {2}0000 {2}Operazione eseguita\.\ncodice_fiscale_medico;numero_assistiti\n/,
  );
  expect(printed.text).toContain(`\n${doctor};1500`);
  expect(await lastLogged()).toEqual({
    ...{ operation: 'asl-doctor-numbers', outcome: '0000', user_id: 'OPASL01', method: 'admin' },
    ...{ client_address: null, caller: 'asl_operator', region: asl.slice(0, 3) },
    ...{ database_login: expect.stringMatching(/./), os_user: userInfo().username },
  });

  const path = join(home, 'numeri.csv');
  expect(await admin(`asl numbers --operator ${OPERATOR} --csv ${path}`)).toMatchObject({ code: 0 });
  expect(await readFile(path, 'utf8')).toBe(`${printed.text.slice(printed.text.indexOf('\n') + 1)}\n`);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  const downloads = 'SELECT file, user_id FROM asl.download';
  expect(await db.query(downloads)).toHaveLength(2);
  expect(await admin(`asl numbers --operator ${OPERATOR} --csv ${path}`)).toEqual({
    ...{ code: 1, text: `refused: ${path} exists or cannot be written` },
  });
  expect(await db.query(downloads)).toHaveLength(2); // nothing was downloaded, nothing is recorded
  expect(await admin(`asl unmatched --operator ${OPERATOR}`)).toMatchObject({
    ...{
      code: 0,
      text: expect.stringMatching(/\nelaborazione;tracciato;data_elaborazione;numero_assistiti_senza_medico$/),
    },
  });
});

test('[A-3] asl daily and history: the answer of 4.4.2, all reasons of a refusal, replaced numbers', async () => {
  const daily = (date: string, tests: string) =>
    admin(`asl daily --operator ${OPERATOR} --date ${date} --tests ${tests} --apply`);
  expect(await daily('2020-10-15', '7')).toEqual({
    ...{ code: 0, text: expect.stringMatching(/^transaction \d+ {2}2020-10-15T12:00:00\.123\+02:00 {2}0000 {2}\S.*$/) },
  });
  expect((await daily('2020-10-15', '8')).code).toBe(0);
  const late = await admin(`asl daily --operator ${OPERATOR} --date 2020-10-10 --tests 3 --apply`, '2020-10-09');
  expect(late).toEqual({
    code: 1,
    text: expect.stringMatching(/ {2}2006 {2}.* campagna\. Ultimo giorno: 2020-10-09\./),
  });
  const early = await admin(`asl daily --operator ${OPERATOR} --date 2020-08-23 --tests 3 --apply`);
  expect(early.text).toMatch(/ {2}2003 {2}.* campagna\.\n {2}2003 {2}.* campagna\. Primo giorno: 2020-08-24\./);
  for (const slip of ['0x10', '1e3', '+8', '8.0', '٨'])
    expect((await daily('2020-10-15', slip)).text).toContain('  6002  ');
  expect(await daily('2020-10-16', '8x')).toEqual({
    code: 1,
    text: expect.stringMatching(
      /^transaction \d+ {2}\S+ {2}2002 {2}.* futura\.\n {2}2002 .*\n {2}6002 .*\(numeroTestEseguiti\)$/,
    ),
  });
  const { code, text } = await admin(`asl history --operator ${OPERATOR}`);
  expect(code).toBe(0);
  const [current, replaced, answer] = text.split('\n');
  expect(current).toMatch(/^2020-10-15 {7}8 {2}\S+ {2}\d+$/);
  expect(replaced).toMatch(/^2020-10-15 {7}7 {2}\S+ {2}\d+ {2}replaced$/);
  expect(answer).toMatch(/^transaction /);
});

test('the service refuses a caller who is not an ASL operator and logs it; no file is left behind', async () => {
  const path = join(home, 'altrui.csv');
  const refused = await admin(`asl numbers --operator ${doctor} --csv ${path}`);
  expect(refused).toMatchObject({ code: 1, text: expect.stringMatching(/ {2}1001 {2}/) });
  expect(await readdir(home)).not.toContain('altrui.csv');
  expect(await lastLogged()).toMatchObject({ operation: 'asl-doctor-numbers', outcome: '1001', method: 'admin' });
  await admin('account suspend --user-id OPASL01 --apply');
  for (const nobody of [OPERATOR, 'PROVAX00X00X777Y']) {
    expect(await admin(`asl history --operator ${nobody}`)).toEqual({
      ...{ code: 1, text: 'refused: no account has this codice fiscale, or it is suspended' },
    });
  }
});

test.each([
  'asl',
  'asl numbers',
  `asl everything --operator ${OPERATOR}`,
  `asl toString --operator ${OPERATOR}`,
  `asl numbers more --operator ${OPERATOR}`,
  `asl numbers --operator ${OPERATOR} --date 2020-10-15`,
  `asl daily --operator ${OPERATOR} --date 2020-10-15`,
  `asl daily --operator ${OPERATOR} --tests 7`,
  `asl history --operator ${OPERATOR} --csv /tmp/x`,
  `asl numbers --operator ${OPERATOR} --force`,
])('%s: wrong arguments, the reason and how to get the usage', async (line) => {
  const { code, text } = await admin(line);
  expect(code).toBe(2);
  expect(text).toMatch(/^wrong arguments: .+\nsee passerella admin asl --help$/);
});
