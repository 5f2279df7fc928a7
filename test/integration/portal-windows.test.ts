/** Two windows of one browser: an act is done by and for the persons that its form showed, or it is refused. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { aslTies } from '../../src/asl/index.js';
import { createAccountDesk } from '../../src/auth/index.js';
import { substitutionTies } from '../../src/screening/index.js';
import { operatorCall } from '../support/calls.js';
import { addSubstitution, patientQueue } from '../support/doctors.js';
import { testPeople } from '../support/people.js';
import { startTestPortal } from '../support/portal.js';
import type { Arrived, Fields, PageAnswer, TestPortal, Visitor } from '../support/portal.js';
import { rowsOf } from '../support/portal-pages.js';
import { dayFields } from '../support/portal-work.js';

let portal: TestPortal;
const patients = { doctor: patientQueue('doctor'), secondDoctor: patientQueue('secondDoctor') };
const DAY = dayFields('eseguito', '2027-05-03');

beforeAll(async () => {
  portal = await startTestPortal();
});
beforeEach(async () => {
  portal.setNow(new Date('2027-05-10T10:00:00Z'));
  await portal.db.query('TRUNCATE screening.substitution');
});
afterAll(() => portal.stop());

/** The hidden fields of a page’s form, as its browser sends them. */
function hiddenIn({ text }: PageAnswer): Fields {
  const main = /<main.*<\/main>/s.exec(text)?.[0] ?? '';
  return Object.fromEntries(
    [...main.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)].map(([, name = '', value = '']) => [
      name,
      value,
    ]),
  );
}

const testsOf = (person: string): Promise<{ doctor: string; titular: string }[]> =>
  portal.db.query('SELECT doctor, titular FROM screening.test_submission WHERE person = $1', [person]);

/** From the form to the check. */
function checkOf(visitor: Visitor, base: string, person: string): Promise<Arrived> {
  return visitor.fill(`${base}/test/nuovo`, { assistito: person, controlla: '1', ...DAY });
}

describe('a substitute of two titulars', () => {
  test('fills in both forms, and each test is for the titular whom its form shows', async () => {
    const acting = await portal.signedIn('substitute');
    const { codiceFiscale: substitute } = portal.account('substitute');
    const sent: [string, string, string, Fields][] = [];
    const checks: string[] = [];
    for (const role of ['doctor', 'secondDoctor'] as const) {
      const titular = portal.account(role).codiceFiscale;
      const base = `/medico/${await addSubstitution(portal, titular, substitute, '2027-05-01', '2027-05-12')}`;
      const person = patients[role]();
      const check = await checkOf(acting, base, person);
      expect([check.text.includes(titular), check.text.includes(person)]).toEqual([true, true]);
      sent.push([base, titular, person, hiddenIn(check)]);
      checks.push(check.at);
    }
    // The first form's check, shown again, is still for the first titular.
    const [first] = sent;
    expect((await acting.get(checks[0] ?? '')).text).toContain(first?.[2]);
    for (const [path, titular, person, hidden] of sent) {
      expect((await acting.post(`${path}/test/conferma`, hidden)).status).toBe(303);
      expect(await testsOf(person)).toEqual([{ doctor: substitute, titular }]);
    }
  });

  test('sends the form of one on the other’s page: the person is not on that list', async () => {
    const acting = await portal.signedIn('substitute');
    const { codiceFiscale: substitute } = portal.account('substitute');
    const own = portal.account('doctor').codiceFiscale;
    const other = portal.account('secondDoctor').codiceFiscale;
    const person = patients.doctor();
    const base = `/medico/${await addSubstitution(portal, own, substitute, '2027-05-01', '2027-05-12')}`;
    const otherBase = `/medico/${await addSubstitution(portal, other, substitute, '2027-05-01', '2027-05-12')}`;
    const hidden = hiddenIn(await checkOf(acting, base, person));
    const answer = await acting.fill(`${otherBase}/test/conferma`, hidden);
    expect([answer.status, await testsOf(person)]).toEqual([422, []]);
    expect((await rowsOf(portal, answer.first)).at(-1)).toEqual({ operation: 'test-submission', outcome: '2004' });
  });
});

test('a form that does not name the acting person is not ours', async () => {
  const [doctor, operator] = [await portal.signedIn('doctor'), await portal.signedIn('aslOperator')];
  const person = patients.doctor();
  const term = { ...dayFields('dal', '2027-05-10'), ...dayFields('al', '2027-05-12') };
  const substitute = { sostituto: portal.account('substitute').codiceFiscale, ...term, operatore: '' };
  const answers = [
    await doctor.post('/medico/proprio/test/conferma', { assistito: person, ...DAY, operatore: '' }),
    await doctor.post('/medico/proprio/test/piu/conferma', {
      ...{ scelti: person, invio: randomUUID(), ...DAY, operatore: '' },
    }),
    await doctor.post('/medico/sostituti/conferma', substitute),
    await operator.post('/asl/test/conferma', { numero: '5', invio: randomUUID(), ...DAY, operatore: '' }),
  ];
  expect(answers.map(({ status }) => status)).toEqual([400, 400, 400, 400]);
  expect(await testsOf(person)).toEqual([]);
});

describe('another person has signed in in the other window', () => {
  const said = 'Questa pagina è stata aperta con un’altra utenza';

  test('a test is not sent in that person’s name', async () => {
    const person = patients.secondDoctor();
    const former = hiddenIn(await checkOf(await portal.signedIn('doctor'), '/medico/proprio', patients.doctor()));
    const other = await portal.signedIn('secondDoctor');
    const answer = await other.fill('/medico/proprio/test/conferma', { ...former, assistito: person });
    expect([answer.status, answer.text.includes(said), await testsOf(person)]).toEqual([422, true, []]);
    expect(await rowsOf(portal, answer.first)).toEqual([{ operation: 'test-submission', outcome: '1002' }]);
    // Seen and sent again it is the new person's own.
    expect(
      (await other.post('/medico/proprio/test/conferma', hiddenIn(await checkOf(other, '/medico/proprio', person))))
        .status,
    ).toBe(303);
  });

  test('nor are several', async () => {
    const person = patients.secondDoctor();
    const former = await portal.signedIn('doctor');
    const hidden = hiddenIn(await former.fill('/medico/proprio/test/piu', { altri: person, controlla: '1', ...DAY }));
    const other = await portal.signedIn('secondDoctor');
    const answer = await other.fill('/medico/proprio/test/piu/conferma', hidden);
    expect([answer.status, answer.text.includes(said), await testsOf(person)]).toEqual([422, true, []]);
  });

  test('no substitute is added for that person', async () => {
    const former = await portal.signedIn('doctor');
    const term = { ...dayFields('dal', '2027-05-10'), ...dayFields('al', '2027-05-12') };
    const sostituto = portal.account('substitute').codiceFiscale;
    const hidden = hiddenIn(await former.fill('/medico/sostituti/nuovo', { sostituto, ...term }));
    const other = await portal.signedIn('secondDoctor');
    const answer = await other.fill('/medico/sostituti/conferma', hidden);
    expect([answer.status, answer.text.includes(said)]).toEqual([422, true]);
    expect(await portal.db.query('SELECT 1 FROM screening.substitution')).toEqual([]);
  });

  test('no number is sent for that person’s ASL', async () => {
    const operator = await portal.signedIn('aslOperator');
    const typed = { numero: '5', ...DAY };
    const hidden = hiddenIn(await operator.fill('/asl/test/nuovo', typed));
    expect(hidden['operatore']).toBe(testPeople.aslOperator.codiceFiscale);
    const answer = await operator.fill('/asl/test/conferma', {
      ...hidden,
      operatore: portal.account('doctor').codiceFiscale,
    });
    expect([answer.status, answer.text.includes(said)]).toEqual([422, true]);
    expect(
      await portal.db.query('SELECT 1 FROM asl.daily_count WHERE request = $1', [hidden['invio'] ?? randomUUID()]),
    ).toEqual([]);
  });

  test('an operator who was moved to another ASL must sign in again before sending for it', async () => {
    const operator = await portal.signedIn('aslOperator');
    const hidden = hiddenIn(await operator.fill('/asl/test/nuovo', { numero: '5', ...DAY }));
    const ties = { ...aslTies(portal.db), ...substitutionTies(portal.db) };
    const desk = createAccountDesk(portal.db, { now: () => portal.now() }, ties);
    const { userId, asl = '' } = testPeople.aslOperator;
    const other = testPeople.identities.secondDoctor.aslCode;
    expect((await desk.assign(operatorCall(portal.now()), { userId, asl: other })).refusals).toEqual([]);
    expect((await operator.post('/asl/test/conferma', hidden)).location).toMatch(/^\/accesso\?/);
    await desk.assign(operatorCall(portal.now()), { userId, asl });
    expect(await portal.db.query('SELECT 1 FROM asl.daily_count')).toEqual([]);
  });

  test('a role changed in one window is changed in the other: acts started in the former role are refused', async () => {
    const { userId } = portal.account('coded');
    await portal.db.query(`INSERT INTO auth.capacity VALUES ($1, 'asl_operator')`, [userId]);
    try {
      const visitor = await portal.signedIn('coded');
      await visitor.post('/accesso/profilo', { ruolo: 'doctor' });
      const hidden = hiddenIn(await checkOf(visitor, '/medico/proprio', patients.doctor()));
      await visitor.post('/accesso/profilo', { ruolo: 'asl_operator' });
      expect((await visitor.post('/medico/proprio/test/conferma', hidden)).status).toBe(403);
    } finally {
      await portal.db.query(`DELETE FROM auth.capacity WHERE user_id = $1 AND role = 'asl_operator'`, [userId]);
    }
  });
});
