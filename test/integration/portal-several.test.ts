/** [T-20] Tests of several persons in one form: each is a separate submission, with its own outcome, once. */
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { REFUSALS } from '../../src/screening/index.js';
import { it } from '../../src/portal/texts/index.js';
import { patientQueue } from '../support/doctors.js';
import { shownIn, startTestPortal } from '../support/portal.js';
import type { PageAnswer, TestPortal, Visitor } from '../support/portal.js';

let portal: TestPortal;
let doctor: Visitor;
const nextPatient = patientQueue('doctor');
const FORM = '/medico/proprio/test/piu';
const DAY = { 'eseguito-giorno': '3', 'eseguito-mese': '5', 'eseguito-anno': '2027' };

beforeAll(async () => {
  portal = await startTestPortal();
});
beforeEach(async () => {
  await portal.db.query('TRUNCATE screening.substitution');
  portal.setNow(new Date('2027-05-10T10:00:00Z'));
  doctor = await portal.signedIn('doctor');
});
afterAll(() => portal.stop());

const rowsSince = async (act: () => Promise<unknown>): Promise<{ operation: string; outcome: string }[]> => {
  const [{ last }] = await portal.db.query<[{ last: string }]>(
    'SELECT coalesce(max(transaction_id), 0) AS last FROM audit.access_log',
  );
  await act();
  return portal.db.query(
    'SELECT operation, outcome, titular, doctor FROM audit.access_log WHERE transaction_id > $1 ORDER BY transaction_id',
    [last],
  );
};

const testsOf = (persons: readonly string[]) =>
  portal.db.query<{ person: string; number: string }[]>(
    `SELECT person, transaction_id AS number FROM screening.test_submission
     WHERE person = ANY($1) AND cancelled_by IS NULL ORDER BY transaction_id`,
    [persons],
  );

/** The hidden fields of the form on a page, as a browser sends them. */
function hiddenIn({ text }: PageAnswer): Record<string, string> {
  const fields = [...text.matchAll(/<input type="hidden" name="([^"]+)"(?: value(?:="([^"]*)")?)?/g)];
  return Object.fromEntries(fields.map(([, name = '', value = '']) => [name, value]));
}

/** From the input to the form on the check page. */
async function checked(visitor: Visitor, typed: string, form = FORM): Promise<Record<string, string>> {
  const answer = await visitor.fill(form, { ...DAY, altri: typed, controlla: '1' });
  if (!answer.at.startsWith(`${form}/conferma?`)) throw new Error(answer.text);
  return hiddenIn(answer);
}

test('persons chosen on two pages of the list and one entered are sent together, each with its own number', async () => {
  const typed = nextPatient();
  const first = await doctor.open(FORM);
  const boxesOf = ({ text }: PageAnswer) => [...text.matchAll(/name="(scelto-[^"]+)"[^>]*>/g)];
  const [, one = ''] = boxesOf(first)[3] ?? [];
  const second = await doctor.fill(first.at, { ...DAY, altri: typed, [one]: '1', cerca: '', pagina: '2' });
  expect(second.at).toBe(`${first.at}&cerca#elenco`);
  expect(second.text).toContain('pagina 2 di');
  expect(second.text).toContain('1 assistito scelto');
  expect(second.text).toContain(typed);
  const [, other = ''] = boxesOf(second)[5] ?? [];
  const wanted = { ...DAY, altri: typed, [one]: '1', [other]: '1', cerca: 'nessuno così', pagina: '1' };
  const none = await doctor.fill(first.at, wanted);
  expect(boxesOf(none).map(([, name]) => name)).toEqual([one, other]);

  const persons = [one, other].map((name) => name.slice('scelto-'.length));
  const choice = { ...DAY, altri: ` ${typed.toLowerCase()}\n\n${persons[0] ?? ''}`, [one]: '1', [other]: '1' };
  const check = await doctor.fill(first.at, { ...choice, controlla: '1' });
  expect(check.at).toBe(first.at.replace('?', '/conferma?'));
  expect(shownIn(check, 'h1')).toBe('Controlla i test prima di inviare');
  expect(check.text).toContain('3 test');
  const rows = await rowsSince(async () => {
    const { location = '' } = await doctor.post(check.at, hiddenIn(check));
    const outcome = await doctor.get(location);
    expect(shownIn(outcome, 'title')).toContain('Esito dell’invio di più test');
    expect(outcome.text).toContain('3 test registrati');
    for (const { person, number } of await testsOf([...persons, typed])) {
      expect(outcome.text).toContain(person);
      expect(outcome.text).toContain(`href="/medico/proprio/test/${number}"`);
    }
    expect((await doctor.get(location)).text).toContain('3 test registrati'); // reload
  });
  expect(rows.map(({ operation, outcome }) => `${operation} ${outcome}`)).toEqual([
    ...Array.from({ length: 3 }, () => 'test-submission 0000'),
    ...Array.from({ length: 2 }, () => 'test-receipt 0000'),
  ]);
  expect(await testsOf([...persons, typed])).toHaveLength(3);
  // Submitted tests are not in the form any more.
  expect((await doctor.get(check.at)).location).toBe(first.at);
});

test('each line has its own outcome: done, done before with the original number, refused with code and remedy', async () => {
  const [before, fresh] = [nextPatient(), nextPatient()];
  const earlier = await doctor.post('/medico/proprio/test/conferma', { ...DAY, assistito: before });
  const number = earlier.location?.split('/').at(-1);
  const fields = await checked(doctor, [before, fresh, 'RSSMRA80A01H501U', 'RSSMRA80A01H501X'].join('\n'));
  let again = '';
  const rows = await rowsSince(async () => {
    const { location = '' } = await doctor.post(`${FORM}/conferma`, fields);
    const { text } = await doctor.get(location);
    again = /href="([^"]+modulo=[^"]+)"/.exec(text)?.[1] ?? '';
    expect(text).toContain('1 test registrato, 1 test già registrato, 2 test non registrati');
    expect(text).toContain('Era già registrato');
    expect(text).toContain(`/test/${number ?? ''}"`);
    for (const refusal of ['not-on-list', 'invalid-identifier'] as const) {
      const { code, text: words } = REFUSALS[refusal];
      // An identifier that is not correct is on no list: only the first is shown.
      expect(text.split(`${words} ${it.doctor.remedies[refusal]} (codice ${code})`)).toHaveLength(2);
    }
  });
  expect(rows.map(({ operation, outcome }) => `${operation} ${outcome}`).toSorted()).toEqual([
    'test-receipt 0000',
    'test-submission 0000',
    'test-submission 2001',
    'test-submission 2004',
    'test-submission 2005',
  ]);
  // The form contains the refused ones again.
  expect((await doctor.get(again)).text).toContain('RSSMRA80A01H501U\nRSSMRA80A01H501X</textarea>');
});

test('pressed twice, concurrently, after Back or after an interruption, each test is one test', async () => {
  const persons = Array.from({ length: 25 }, () => nextPatient());
  // An interruption: some of them were submitted, and the answer was lost.
  for (const person of persons.slice(0, 3)) {
    await doctor.post('/medico/proprio/test/conferma', { ...DAY, assistito: person });
  }
  const entered = await testsOf(persons);
  const fields = await checked(doctor, persons.join('\n'));
  const answers = await Promise.all(Array.from({ length: 4 }, () => doctor.post(`${FORM}/conferma`, fields)));
  expect(new Set(answers.map(({ location }) => location)).size).toBe(1);
  const tests = await testsOf(persons);
  expect(tests).toHaveLength(25);
  expect(tests.slice(0, 3)).toEqual(entered);
  const { location = '' } = await doctor.post(`${FORM}/conferma`, fields);
  const { text } = await doctor.get(location);
  expect(text).toContain('25 test già registrati');
  for (const { number } of tests) expect(text).toContain(`/test/${number}"`);
});

test('a database that fails in between leaves the form unchanged, and sent again it completes', async () => {
  const persons = Array.from({ length: 30 }, () => nextPatient());
  const check = await doctor.fill(FORM, { ...DAY, altri: persons.join('\n'), controlla: '1' });
  await portal.db.query(`
    CREATE FUNCTION screening.break() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF NEW.person = '${persons[25] ?? ''}' THEN RAISE EXCEPTION 'broken'; END IF;
      RETURN NEW;
    END $$;
    CREATE TRIGGER break BEFORE INSERT ON screening.test_submission FOR EACH ROW EXECUTE FUNCTION screening.break()`);
  try {
    expect((await doctor.post(check.at, hiddenIn(check))).status).toBe(500);
  } finally {
    await portal.db.query('DROP FUNCTION screening.break() CASCADE');
  }
  const entered = (await testsOf(persons)).length;
  expect(entered).toBeGreaterThanOrEqual(20);
  expect(entered).toBeLessThan(30);
  const { location = '' } = await doctor.post(check.at, hiddenIn(await doctor.get(check.at)));
  const { text } = await doctor.get(location);
  expect(text).toMatch(new RegExp(`${30 - entered} test registrat[oi], ${entered} test già registrati\\.`));
  expect([text.includes('non registrat'), text.split('Era già registrato').length - 1]).toEqual([false, entered]);
});

test.each([
  ['nothing', '', 'Scegli almeno un assistito'],
  ['a line that is not a codice fiscale', 'RSSMRA80A01H501U\n\nRossi Mario\n123', 'Controlla le righe 3, 4'],
  [
    'too many',
    Array.from({ length: 101 }, (_, index) => String(10_000_000_000 + index)).join('\n'),
    'Gli assistiti sono 101',
  ],
])('%s is reported at the field, and the input is kept', async (_, typed, said) => {
  const answer = await doctor.fill(FORM, { ...DAY, altri: typed, controlla: '1' });
  expect([answer.status, answer.text.includes(said)]).toEqual([422, true]);
  expect(answer.text).toContain(`${typed}</textarea>`);
  expect(answer.text).toContain('href="#altri"');
});

test('Enter continues, and searches if the search has changed', async () => {
  const form = await doctor.open(FORM);
  expect(/<button[^>]* name="([^"]+)"/.exec(form.text.slice(form.text.indexOf('novalidate')))?.[1]).toBe(
    'invio-da-tastiera',
  );
  const entered = { ...DAY, altri: nextPatient(), 'invio-da-tastiera': '1', cerca: 'rossi' };
  expect((await doctor.fill(form.at, { ...entered, cercato: 'rossi' })).at).toContain('/conferma?');
  expect((await doctor.fill(form.at, { ...entered, cercato: '' })).at).toContain('&cerca');
});

test('blanks within a codice fiscale and several in a line are accepted', async () => {
  const [one, two, three] = [nextPatient(), nextPatient(), nextPatient()];
  const apart = `${one.slice(0, 6)} ${one.slice(6, 11)} ${one.slice(11)}`;
  const fields = await checked(doctor, `${apart}\r\n${two}, ${three.toLowerCase()};\r\n${one}`);
  expect(fields['scelti']).toBe(`${one} ${two} ${three}`);
});

test('a form of a hundred is accepted, and a forged one of more is refused', async () => {
  const persons = Array.from({ length: 100 }, (_, index) => String(10_000_000_000 + index));
  const fields = await checked(doctor, persons.join('\n'));
  const rows = await rowsSince(() => doctor.post(`${FORM}/conferma`, fields));
  expect(rows.filter(({ operation }) => operation === 'test-submission')).toHaveLength(100);
  const forged = { ...fields, scelti: `${fields['scelti'] ?? ''} RSSMRA80A01H501U` };
  expect((await doctor.fill(`${FORM}/conferma`, forged)).status).toBe(422);
  expect((await doctor.post(`${FORM}/conferma`, { ...fields, invio: '../x' })).status).toBe(400);
});

test('a substitute acts for the titular named on every page; results of others are not shown', async () => {
  const { codiceFiscale: titular } = portal.account('doctor');
  const { codiceFiscale: substitute } = portal.account('substitute');
  const [row] = await portal.db.query<{ id: string }[]>(
    `INSERT INTO screening.substitution (titular, substitute, valid_from, valid_to, created_at)
     VALUES ($1, $2, '2027-05-10', '2027-05-12', '2027-05-09') RETURNING id`,
    [titular, substitute],
  );
  const form = `/medico/${row?.id ?? ''}/test/piu`;
  const acting = await portal.signedIn('substitute');
  const [doctorRow] = await portal.db.query<{ name: string }[]>(
    `SELECT surname || ' ' || given_name AS name FROM registry.doctor WHERE codice_fiscale = $1`,
    [titular],
  );
  const named = `Operi in sostituzione del medico titolare ${doctorRow?.name ?? ''} (${titular}), fino al 12 maggio 2027`;
  expect((await acting.open(form)).text).toContain(named);
  const person = nextPatient();
  const check = await acting.fill(form, { ...DAY, altri: person, controlla: '1' });
  expect(check.text).toContain(named);
  const rows = await rowsSince(async () => {
    const { location = '' } = await acting.post(check.at, hiddenIn(check));
    const outcome = await acting.get(location);
    expect([outcome.text.includes(named), outcome.text.includes('1 test registrato')]).toEqual([true, true]);
    for (const other of [await portal.signedIn('secondDoctor'), doctor]) {
      const path = location.replace(row?.id ?? '', 'proprio');
      expect((await other.get(path)).location).toBe('/medico/proprio/test');
    }
  });
  expect(rows[0]).toEqual({ operation: 'test-submission', outcome: '0000', titular, doctor: substitute });

  const late = await checked(acting, nextPatient(), form);
  portal.setNow(new Date('2027-05-12T22:01:00Z'));
  const later = await portal.signedIn('substitute');
  const { location = '' } = await later.post(`${form}/conferma`, late);
  expect((await later.get(location)).text).toContain(REFUSALS['no-substitution'].text);
});

test('names of the list are shown as text', async () => {
  const person = nextPatient();
  await portal.db.query('UPDATE registry.person SET surname = $2 WHERE identifier = $1', [person, '"><svg onload=x>']);
  const check = await doctor.fill(FORM, { ...DAY, altri: person, controlla: '1' });
  const outcome = await doctor.fill(check.at, hiddenIn(check));
  for (const { text } of [check, outcome]) {
    expect([text.includes('&lt;svg onload=x>'), text.includes('<svg onload')]).toEqual([true, false]);
  }
});
