/**
 * The pages of the ASLs' operators (chapter 4): downloads are recorded, numbers are sent once, other ASLs' data are
 * inaccessible.
 */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { ASL_REFUSALS } from '../../src/asl/index.js';
import type { AslRefusal } from '../../src/asl/index.js';
import { shownIn, startTestPortal } from '../support/portal.js';
import type { Arrived, Fields, PageAnswer, TestPortal, Visitor } from '../support/portal.js';
import { testPeople } from '../support/people.js';

let portal: TestPortal;
let operator: Visitor;
const NOW = new Date('2027-05-10T10:00:00Z');
const { asl = '', userId } = testPeople.aslOperator;

beforeAll(async () => {
  portal = await startTestPortal();
});
beforeEach(async () => {
  portal.setNow(NOW);
  await portal.db.query('TRUNCATE asl.daily_count, asl.download');
  await portal.db.query('UPDATE asl.operator SET asl_code = $1', [asl]);
  operator = await portal.signedIn('aslOperator');
});
afterAll(() => portal.stop());

const dailyOf = (tests: string, day = '9', request: string = randomUUID()): Fields => ({
  ...{ 'eseguito-giorno': day, 'eseguito-mese': 'maggio', 'eseguito-anno': '2027', numero: tests, invio: request },
});
const send = (fields: Fields): Promise<Arrived> => operator.fill('/asl/test/conferma', fields);
const sent = (): Promise<{ tests: number; asl: string; operator: string }[]> =>
  portal.db.query('SELECT tests, asl_code AS asl, operator FROM asl.daily_count ORDER BY transaction_id');

test('from the start to the receipt, and the number again', async () => {
  const home = await operator.get('/asl');
  expect([shownIn(home, 'h1'), home.text.includes(asl)]).toEqual(['ASL', true]);
  expect(home.text).toContain('non ha ancora comunicato');
  const typed = dailyOf('120', '9', 'one of its own');
  const check = await operator.fill('/asl/test/nuovo', typed);
  expect(check.at).toMatch(/^\/asl\/test\/conferma\?/);
  expect(check.text).toContain('9 maggio 2027');
  const request = /name="invio" value="([^"]+)"/.exec(check.text)?.[1];
  const receipt = await operator.fill(check.at, dailyOf('120', '9', request));
  expect([shownIn(receipt, 'h1'), receipt.text.includes(asl)]).toEqual(['Numero comunicato', true]);
  expect(await sent()).toEqual([{ tests: 120, asl, operator: testPeople.aslOperator.codiceFiscale }]);
  expect((await operator.open(check.at)).at).toBe(check.at.replace('conferma', 'nuovo')); // nothing is left to send

  const next = await operator.fill('/asl/test/nuovo', { ...typed, numero: '12 5' });
  expect(next.text).toContain('Il nuovo numero lo sostituisce');
  await send(dailyOf('125'));
  expect((await operator.get(receipt.at)).text).toContain('non conta più');
  expect((await operator.get('/asl/test')).text).toMatch(/125.*in vigore.*120.*sostituito/s);
  expect((await operator.get('/asl')).text).toContain('9 maggio 2027, 125 test');
});

test('after a double press, concurrently or with Back, a number is sent once and has one receipt', async () => {
  const request = randomUUID();
  const answers = await Promise.all(Array.from({ length: 6 }, () => send(dailyOf('7', '9', request))));
  expect(new Set(answers.map(({ at }) => at)).size).toBe(1);
  expect(answers[0]?.status).toBe(200);
  expect(await sent()).toHaveLength(1);
});

describe('a refusal is shown at its field, and the input is kept', () => {
  const wrong: readonly [string, Fields, AslRefusal][] = [
    ['tomorrow', dailyOf('1', '11'), 'executed-in-future'],
    ['before the campaign', { ...dailyOf('1'), 'eseguito-anno': '2019' }, 'executed-before-campaign'],
    ['more than there are', dailyOf('100000'), 'not-a-count'],
  ];
  test.each(wrong)('%s', async (_, fields, refusal) => {
    for (const answer of [await operator.fill('/asl/test/nuovo', fields), await send(fields)]) {
      expect(answer.status).toBe(422);
      expect(answer.text).toContain(ASL_REFUSALS[refusal].text);
      expect(answer.text).toContain(`value="${fields['numero'] ?? ''}"`);
      expect(shownIn(answer, 'title')).toMatch(/^Errore: /);
    }
    expect(await sent()).toEqual([]);
  });

  test('the first day of the campaign is written out', async () => {
    const { text } = await operator.fill('/asl/test/nuovo', { ...dailyOf('1'), 'eseguito-anno': '2019' });
    expect(text).toMatch(/Primo giorno: [0-9]{1,2} [a-z]+ 20[0-9]{2}\./);
  });

  test.each([
    ['nothing', { 'eseguito-giorno': '', numero: '' }, 'Scrivi il numero di test eseguiti'],
    ['a number with a point', dailyOf('1.200'), 'Scrivi il numero senza punti né virgole: 1200'],
    ['a number with a comma', dailyOf('1,200'), 'Scrivi il numero senza punti né virgole: 1200'],
    ['a number below zero', dailyOf('-1'), 'non può essere negativo'],
    ['a number that is none', dailyOf('molti'), 'sole cifre'],
    ['a part of a number', dailyOf('12,5'), 'numero intero'],
    ['a number of ten digits', dailyOf('1234567890'), 'un numero da 0 a 99999'],
    ['a number of twenty digits', dailyOf('1'.repeat(20)), 'un numero da 0 a 99999'],
    ['a future day', dailyOf('1', '31'), 'dal primo giorno della campagna fino a oggi'],
    [
      'a day of no calendar',
      { ...dailyOf('1'), 'eseguito-mese': 'febbraio', 'eseguito-giorno': '30' },
      'nel calendario non c’è',
    ],
  ] as const)('%s', async (_, fields, words) => {
    const answer = await operator.fill('/asl/test/nuovo', fields);
    expect([answer.status, answer.text.includes(words)]).toEqual([422, true]);
    const kept = (fields as Fields)['numero'] ?? '';
    expect(answer.text).toContain(kept === '' ? 'name="numero" value' : `value="${kept}"`);
  });

  test('a manipulated form is refused', async () => {
    expect((await send(dailyOf('1', '9', 'x'))).status).toBe(400);
    expect(await sent()).toEqual([]);
  });
});

describe('the files of numbers', () => {
  test.each([
    ['numero-assistiti', 'doctor-numbers', 'codice_fiscale_medico;numero_assistiti', 'asl-doctor-numbers'],
    ['senza-medico', 'unmatched-numbers', 'elaborazione;tracciato;data_elaborazione;', 'asl-unmatched-numbers'],
  ])('the download of %s is recorded', async (name, file, header, operation) => {
    const answer = await operator.get(`/asl/scambio-file/${name}.csv`);
    expect(answer.headers['content-disposition']).toBe(`attachment; filename="${name}.csv"`);
    expect(answer.text.startsWith(`\uFEFF${header}`)).toBe(true);
    const rows = await portal.db.query<unknown[]>(
      `SELECT d.file, d.user_id, d.asl_code, l.operation, l.caller, l.outcome
       FROM asl.download d JOIN audit.access_log l USING (transaction_id)`,
    );
    expect(rows).toEqual([
      { file, user_id: userId, asl_code: asl, operation, caller: 'asl_operator', outcome: '0000' },
    ]);
  });

  test('the numbers are those of the ASL’s doctors', async () => {
    const { text } = await operator.get('/asl/scambio-file/numero-assistiti.csv');
    const doctors = testPeople.doctors.filter(({ aslCode }) => aslCode === asl).map((doctor) => doctor.codiceFiscale);
    const lines = text.trim().split(/\r?\n/).slice(1);
    expect(lines.map((line) => line.split(';')[0])).toEqual(doctors.toSorted());
    expect(lines).toContain(`${testPeople.identities.doctor.codiceFiscale};1500`);
  });
});

test('another ASL’s number is not found, and a doctor’s pages are refused', async () => {
  const { at: location } = await send(dailyOf('5'));
  await portal.db.query('UPDATE asl.operator SET asl_code = $1', [testPeople.identities.secondDoctor.aslCode]);
  expect((await operator.get(location)).status).toBe(404);
  expect((await operator.get('/asl/test/1')).status).toBe(404);
  expect((await operator.get('/asl/test')).text).not.toContain(location);
  expect((await operator.get('/medico/proprio/assistiti')).status).toBe(403);
  expect((await (await portal.signedIn('doctor')).get('/asl/scambio-file')).status).toBe(403);
});

test('without an ASL every page names the contact', async () => {
  await portal.db.query('DELETE FROM asl.operator');
  const refused: PageAnswer[] = await Promise.all(
    ['/asl', '/asl/test', '/asl/scambio-file/numero-assistiti.csv', '/asl/scambio-file/senza-medico.csv'].map((path) =>
      operator.get(path),
    ),
  );
  refused.push(await send(dailyOf('5')));
  for (const { status, text } of refused)
    expect([status, text.includes(ASL_REFUSALS['no-asl'].text)]).toEqual([422, true]);
  await portal.db.query('INSERT INTO asl.operator (user_id, asl_code) VALUES ($1, $2)', [userId, asl]);
});
