/** What a check page shows before an act: the person, and every reason for a refusal (3.4.2, 3.3.1). */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { REFUSALS } from '../../src/screening/index.js';
import type { RefusalCode } from '../../src/screening/index.js';
import { it } from '../../src/portal/texts/index.js';
import { addSubstitution, patientQueue, patientsOf } from '../support/doctors.js';
import { shownIn, startTestPortal } from '../support/portal.js';
import type { Fields, PageAnswer, TestPortal, Visitor } from '../support/portal.js';
import { rowsOf } from '../support/portal-pages.js';
import { dayFields } from '../support/portal-work.js';

let portal: TestPortal;
let doctor: Visitor;
const nextPatient = patientQueue('doctor');
const DAY = '2027-05-03';
const CHECK = '/medico/proprio/test/conferma';

beforeAll(async () => {
  portal = await startTestPortal({ campaignStart: '2026-09-01', campaignEnd: '2027-05-08' });
});
beforeEach(async () => {
  await portal.db.query('TRUNCATE screening.substitution');
  portal.setNow(new Date('2027-05-10T10:00:00Z'));
  doctor = await portal.signedIn('doctor');
});
afterAll(() => portal.stop());

/** The page after «Continua», and the answer of the check page. */
interface Checked extends PageAnswer {
  readonly check: PageAnswer;
  readonly at: string;
}

async function checked(visitor: Visitor, form: string, fields: Fields): Promise<Checked> {
  const { location = '' } = await visitor.post(form, fields);
  expect(location).toMatch(/\/conferma\?modulo=[0-9a-f-]{36}$/);
  const check = await visitor.get(location);
  return { ...(check.location === undefined ? check : await visitor.get(check.location)), check, at: location };
}

const checkOf = (visitor: Visitor, person: string, day = DAY, base = '/medico/proprio'): Promise<Checked> =>
  checked(visitor, `${base}/test/nuovo`, { assistito: person, ...dayFields('eseguito', day), controlla: '1' });

const tests = async (): Promise<unknown> =>
  (await portal.db.query<unknown[]>('SELECT count(*)::int AS number FROM screening.test_submission'))[0];

const nameOf = (person: string): string => {
  const found = [...patientsOf('doctor'), ...patientsOf('secondDoctor')].find(
    ({ identifier }) => identifier === person,
  );
  return `${found?.surname ?? ''} ${found?.givenName ?? ''}`;
};

describe('a test', () => {
  test('is checked with the person’s name, weekday and titular; opening the page leaves a row', async () => {
    const person = nextPatient();
    const answer = await checkOf(doctor, person);
    expect([answer.status, shownIn(answer, 'h1')]).toEqual([200, 'Controlla prima di inviare']);
    for (const part of [nameOf(person), person, 'lunedì 3 maggio 2027', portal.account('doctor').codiceFiscale]) {
      expect(answer.text).toContain(part);
    }
    const [row] = await portal.db.query<unknown[]>(
      `SELECT operation, outcome, doctor, titular, subject_kind FROM audit.access_log WHERE request_id = $1`,
      [answer.headers['x-request-id']],
    );
    const { codiceFiscale } = portal.account('doctor');
    expect(row).toEqual({
      ...{ operation: 'test-check', outcome: '0000', doctor: codiceFiscale, titular: codiceFiscale },
      subject_kind: 'codice-fiscale',
    });
  });

  test.each<[string, () => string, string, RefusalCode, string]>([
    ['not on the list', () => 'RSSMRA80A01H501U', DAY, 'not-on-list', 'assistito'],
    ['of another doctor', () => patientsOf('secondDoctor')[0]?.identifier ?? '', DAY, 'not-on-list', 'assistito'],
    ['a wrong check letter', () => 'RSSMRA80A01H501X', DAY, 'invalid-identifier', 'assistito'],
    ['of tomorrow', nextPatient, '2027-05-11', 'executed-in-future', 'eseguito'],
    ['after the campaign', nextPatient, '2027-05-09', 'executed-after-campaign', 'eseguito'],
    ['before the campaign', nextPatient, '2026-08-31', 'executed-before-campaign', 'eseguito'],
  ])(
    '%s: refused before it is confirmed, at its field, with code and remedy',
    async (_, personOf, day, refusal, field) => {
      const [person, before] = [personOf(), await tests()];
      const answer = await checkOf(doctor, person, day);
      expect([answer.status, shownIn(answer, 'title')]).toEqual([422, expect.stringMatching(/^Errore: /)]);
      const { text, code } = REFUSALS[refusal];
      const [, said = ''] = new RegExp(`href="#${field}">([^<]*)<`).exec(answer.text) ?? [];
      for (const part of [text, it.doctor.remedies[refusal], `(codice ${code})`]) expect(said).toContain(part);
      expect(answer.text).toContain(`value="${person}"`);
      expect(answer.text).not.toContain(it.doctor.report.send);
      expect(await tests()).toEqual(before);
      // The operation gives the same reason if the form is sent nevertheless.
      const sent = await doctor.fill(CHECK, { assistito: person, ...dayFields('eseguito', day) });
      expect([sent.status, sent.text.includes(said)]).toEqual([422, true]);
    },
  );

  test('days of the campaign are written out', async () => {
    expect((await checkOf(doctor, nextPatient(), '2026-08-31')).text).toContain('Primo giorno: 1 settembre 2026.');
    expect((await checkOf(doctor, nextPatient(), '2027-05-09')).text).toContain('Ultimo giorno: 8 maggio 2027.');
  });

  test('submitted before: refused with the number of the test, if the doctor may see it', async () => {
    const person = nextPatient();
    const { location = '' } = await doctor.post(CHECK, { assistito: person, ...dayFields('eseguito', DAY) });
    const number = location.split('/').at(-1) ?? '';
    const answer = await checkOf(doctor, person);
    expect([answer.status, answer.text.includes(REFUSALS['duplicate-test'].text)]).toEqual([422, true]);
    expect(answer.text).toContain(`Il test già comunicato ha il numero ${number}.`);
    // The titular's test: a substitute learns that it exists, as with a submission, and nothing else.
    const [titular, substitute] = [portal.account('doctor').codiceFiscale, portal.account('substitute').codiceFiscale];
    const base = `/medico/${await addSubstitution(portal, titular, substitute, '2027-05-10', '2027-05-12')}`;
    const other = await checkOf(await portal.signedIn('substitute'), person, DAY, base);
    expect([other.status, other.text.includes(REFUSALS['duplicate-test'].text)]).toEqual([422, true]);
    expect(other.text).not.toContain('ha il numero');
    // After its cancellation it can be submitted again.
    await doctor.post(`${location}/annulla`);
    expect((await checkOf(doctor, person)).status).toBe(200);
  });

  test('for another doctor’s patient the answer is the same as for an unknown person', async () => {
    const person = patientsOf('secondDoctor')[1]?.identifier ?? '';
    const second = await portal.signedIn('secondDoctor');
    await second.post(CHECK, { assistito: person, ...dayFields('eseguito', DAY) });
    const said = async (whom: string): Promise<string> =>
      (await checkOf(doctor, whom)).text.replaceAll(whom, 'X').replace(/\d\d:\d\d|[0-9T:.-]{20,}Z|[0-9a-f-]{36}/g, '');
    expect(await said(person)).toBe(await said('RSSMRA80A01H501U'));
    expect(await said(person)).not.toContain(nameOf(person));
  });

  test('a substitution that ended meanwhile is refused at the check', async () => {
    const [titular, substitute] = [portal.account('doctor').codiceFiscale, portal.account('substitute').codiceFiscale];
    const base = `/medico/${await addSubstitution(portal, titular, substitute, '2027-05-10', '2027-05-12')}`;
    const acting = await portal.signedIn('substitute');
    const person = nextPatient();
    const before = await checkOf(acting, person, DAY, base);
    expect(before.text).toContain(nameOf(person));
    await portal.db.query('UPDATE screening.substitution SET revoked_at = $1', [portal.now()]);
    const answer = await acting.open(before.at);
    expect([answer.status, answer.text.includes(REFUSALS['no-substitution'].text)]).toEqual([422, true]);
    expect(answer.text).not.toContain(nameOf(person));
    expect(await rowsOf(portal, answer.first)).toEqual([{ operation: 'test-check', outcome: '1003' }]);
  });
});

describe('several tests', () => {
  const FORM = '/medico/proprio/test/piu';
  const check = (persons: readonly string[], day = DAY): Promise<Checked> =>
    checked(doctor, FORM, { ...dayFields('eseguito', day), altri: persons.join('\n'), controlla: '1' });

  test('each line has name and result; one row for the page', async () => {
    const [fine, before] = [nextPatient(), nextPatient()];
    const earlier = await doctor.post(CHECK, { assistito: before, ...dayFields('eseguito', DAY) });
    const answer = await check([fine, before, 'RSSMRA80A01H501U']);
    expect(answer.status).toBe(200);
    const lines = [...answer.text.matchAll(/<tr>.*?<\/tr>/gs)].map(([line]) => line.replace(/<[^>]*>/g, ' '));
    expect(lines[1]).toMatch(new RegExp(`${fine}.*${nameOf(fine)}.*si può comunicare`));
    expect(lines[2]).toMatch(new RegExp(`${before}.*numero ${earlier.location?.split('/').at(-1) ?? ''}`));
    expect(lines[3]).toContain('(codice 2004)');
    expect(answer.text).toContain('1 test non si può comunicare');
    expect(await rowsOf(portal, answer)).toEqual([{ operation: 'test-check', outcome: '0000' }]);
  });

  test('a day that is invalid for all is reported at the day', async () => {
    const answer = await check([nextPatient(), nextPatient()], '2027-05-11');
    expect([answer.status, answer.text.includes(REFUSALS['executed-in-future'].text)]).toEqual([422, true]);
    expect(answer.text).toContain('href="#eseguito"');
  });

  test('a hundred in one page', async () => {
    const persons = Array.from({ length: 100 }, (_, index) => patientsOf('doctor')[index + 200]?.identifier ?? '');
    const answer = await check(persons);
    expect([answer.status, answer.text.split('si può comunicare').length - 1]).toEqual([200, 100]);
    const sent = { ...dayFields('eseguito', DAY), scelti: persons.join(' '), invio: randomUUID() };
    expect((await doctor.post(`${FORM}/conferma`, sent)).status).toBe(303);
    expect((await check(persons)).text.split('già comunicato con il numero').length - 1).toBe(100);
  });
});

describe('a substitute', () => {
  const PATH = '/medico/sostituti';
  const named = (): Promise<unknown> => portal.db.query('SELECT substitute FROM screening.substitution');
  const check = (sostituto: string, from: string, to: string): Promise<Checked> =>
    checked(doctor, `${PATH}/nuovo`, { sostituto, ...dayFields('dal', from), ...dayFields('al', to) });

  test('is checked with days, duration and account, then added; opening the page adds nothing and leaves a row', async () => {
    const { codiceFiscale } = portal.account('substitute');
    const answer = await check(codiceFiscale, '2027-05-10', '2027-05-21');
    expect([answer.status, shownIn(answer, 'h1')]).toEqual([200, 'Controlla prima di nominare']);
    for (const part of [
      codiceFiscale,
      'lunedì 10 maggio 2027',
      'venerdì 21 maggio 2027',
      '12 giorni',
      'Ha un’utenza',
    ]) {
      expect(answer.text).toContain(part);
    }
    expect(await rowsOf(portal, answer)).toEqual([{ operation: 'substitution-check', outcome: '0000' }]);
    expect(await named()).toEqual([]);
    const [, change = ''] = /<a class="btn btn-outline-primary" href="([^"]+)"/.exec(answer.text) ?? [];
    expect((await doctor.get(change)).text).toContain(`value="${codiceFiscale}"`);
    const hidden = [...answer.text.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)];
    const fields = Object.fromEntries(hidden.map(([, name = '', value = '']) => [name, value]));
    expect((await doctor.post(answer.at, fields)).location).toBe(PATH);
    expect(await named()).toEqual([{ substitute: codiceFiscale }]);
    expect((await doctor.get(answer.at)).location).toBe(change);
  });

  test('without an account: reported before', async () => {
    const answer = await check('RSSMRA80A01H501U', '2027-05-10', '2027-05-10');
    expect([answer.status, answer.text.includes('1 giorno<')]).toEqual([200, true]);
    expect(answer.text).toContain(it.doctor.substitutions.noAccount);
  });

  test.each([
    ['himself', () => portal.account('doctor').codiceFiscale, '2027-05-10', '2027-05-10', 'same-doctor'],
    [
      'no doctor',
      () => portal.account('aslOperator').codiceFiscale,
      '2027-05-10',
      '2027-05-10',
      'substitute-no-doctor',
    ],
    ['a term that is over', () => portal.account('substitute').codiceFiscale, '2027-05-01', '2027-05-02', 'term-over'],
  ] as const)('%s: refused before it is confirmed, with its row', async (_, whom, from, to, refusal) => {
    const answer = await check(whom(), from, to);
    expect([answer.status, shownIn(answer, 'title')]).toEqual([422, expect.stringMatching(/^Errore: /)]);
    expect(answer.text).toContain(it.doctor.substitutions.refusals[refusal]);
    expect(await rowsOf(portal, answer.check)).toEqual([{ operation: 'substitution-check', outcome: refusal }]);
    expect(await named()).toEqual([]);
  });

  test('already added for one of the days, or too many: refused before', async () => {
    const { codiceFiscale: titular } = portal.account('doctor');
    const { codiceFiscale: substitute } = portal.account('substitute');
    await addSubstitution(portal, titular, substitute, '2027-05-12', '2027-05-20');
    const { refusals } = it.doctor.substitutions;
    expect((await check(substitute, '2027-05-10', '2027-05-12')).text).toContain(refusals['already-named']);
    for (let day = 1; day < 20; day++)
      await addSubstitution(portal, titular, substitute, `2027-06-${day}`, `2027-06-${day}`);
    expect((await check(substitute, '2027-05-10', '2027-05-11')).text).toContain(refusals['too-many']);
  });
});
