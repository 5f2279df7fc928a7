/**
 * Races [T-20] [T-30] [T-50]: many concurrent calls, through one gateway and through two on one database, resolved by
 * constraints alone.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { romeDate } from '../../src/platform/clock.js';
import {
  DONE_VERDICT,
  detailsOf,
  doctorByCard,
  doctorByPassword,
  patientQueue,
  patientsOf,
  transactionOf,
  verdictOf,
} from '../support/doctors.js';
import type { Doctor } from '../support/doctors.js';
import { startTestGateway, textOf, textsOf } from '../support/gateway.js';
import type { Reply, TestGateway } from '../support/gateway.js';

let gateway: TestGateway;
/** Equivalent to a second process: separate pool and memory, same database. */
let sibling: TestGateway;
let doctors: readonly Doctor[];
let today: string;
const nextPatient = patientQueue('doctor');

beforeAll(async () => {
  gateway = await startTestGateway();
  sibling = await startTestGateway({ databaseUrl: gateway.databaseUrl });
  doctors = [
    doctorByCard(gateway, 'doctor'),
    doctorByCard(sibling, 'doctor'),
    doctorByPassword(gateway, 'doctor'),
    doctorByPassword(sibling, 'doctor'),
  ];
  today = romeDate(gateway.now());
  await Promise.all(doctors.map((doctor) => doctor.testList(today, today))); // connections and sign-ins are warm
});

afterAll(async () => {
  await sibling.stop();
  await gateway.stop();
});

function allAtOnce(count: number, call: (doctor: Doctor) => Promise<Reply>): Promise<Reply[]> {
  return Promise.all(
    Array.from({ length: count }, (_, index) => {
      const doctor = doctors[index % doctors.length];
      if (doctor === undefined) throw new Error('no doctor');
      return call(doctor);
    }),
  );
}

const withOutcome = (replies: readonly Reply[], esito: string) =>
  replies.filter((reply) => textOf(reply, 'esito') === esito);

const rowsOf = (table: string, where: string, value: string) =>
  gateway.db.query<unknown[]>(`SELECT 1 FROM ${table} WHERE ${where} = $1`, [value]);

test('[T-20, decision] of 30 identical submissions one is accepted and 29 get its id; each has a row in the log', async () => {
  for (let round = 0; round < 5; round++) {
    const person = nextPatient();
    const replies = await allAtOnce(30, (doctor) => doctor.submit(person, today));
    const [accepted, ...more] = withOutcome(replies, '0000');
    expect(more).toEqual([]);
    const duplicates = withOutcome(replies, '2005');
    expect(duplicates).toHaveLength(29);
    const originals = duplicates.map((reply) => detailsOf(reply)[0]?.identificativoTransazione);
    expect(new Set(originals)).toEqual(new Set([accepted && transactionOf(accepted)]));
    expect(await rowsOf('screening.test_submission', 'person', person)).toHaveLength(1);
    const ids = replies.map(transactionOf);
    expect(new Set(ids).size).toBe(30);
    const logged = await gateway.db.query<{ id: string; outcome: string }[]>(
      'SELECT transaction_id AS id, outcome FROM audit.access_log WHERE transaction_id = ANY ($1::bigint[])',
      [ids],
    );
    expect(new Map(logged.map(({ id, outcome }) => [id, outcome]))).toEqual(
      new Map(replies.map((reply) => [transactionOf(reply), textOf(reply, 'esito')])),
    );
  }
});

test('[T-30, decision] of 30 identical cancellations one succeeds, 29 are too late', async () => {
  for (let round = 0; round < 5; round++) {
    const person = nextPatient();
    const [doctor] = doctors;
    const submission = doctor && transactionOf(await doctor.submit(person, today));
    const replies = await allAtOnce(30, (each) => each.cancel(person, submission ?? ''));
    expect(withOutcome(replies, '0000')).toHaveLength(1);
    expect(withOutcome(replies, '3002')).toHaveLength(29);
    expect(await rowsOf('screening.test_cancellation', 'submission', submission ?? '')).toHaveLength(1);
  }
});

test('[T-20] [T-30] concurrent cancellations and submissions of one test: never two active, every answer is true', async () => {
  const person = nextPatient();
  const [doctor] = doctors;
  let active = doctor && transactionOf(await doctor.submit(person, today));
  for (let round = 0; round < 10; round++) {
    const target = active ?? '';
    const replies = await Promise.all([
      ...doctors.map((each) => each.cancel(person, target)),
      ...doctors.map((each) => each.submit(person, today)),
    ]);
    const cancellations = replies.slice(0, doctors.length);
    const submissions = replies.slice(doctors.length);
    expect(withOutcome(cancellations, '0000')).toHaveLength(1);
    expect(withOutcome(cancellations, '3002')).toHaveLength(doctors.length - 1);
    const accepted = withOutcome(submissions, '0000');
    expect(accepted.length).toBeLessThanOrEqual(1);
    expect(withOutcome(submissions, '2005')).toHaveLength(doctors.length - accepted.length);
    const rows = await gateway.db.query<{ id: string }[]>(
      'SELECT transaction_id AS id FROM screening.test_submission WHERE person = $1 AND cancelled_by IS NULL',
      [person],
    );
    expect(rows.map(({ id }) => id)).toEqual(accepted.map(transactionOf));
    active = rows[0]?.id ?? (doctor && transactionOf(await doctor.submit(person, today)));
  }
});

test('[T-20] submissions of different persons do not block each other', async () => {
  const persons = Array.from({ length: 30 }, nextPatient);
  const replies = await allAtOnce(30, (doctor) => doctor.submit(persons.pop() ?? '', today));
  for (const reply of replies) expect(verdictOf(reply)).toEqual(DONE_VERDICT);
});

test('[T-10] [T-40] concurrent lists, which share statements, each reach their caller, with the number of their own row', async () => {
  const [first, second] = [doctorByCard(gateway, 'doctor'), doctorByCard(gateway, 'secondDoctor')];
  const person = nextPatient();
  await first.submit(person, today);
  const asked = Array.from({ length: 24 }, (_, index) => {
    const doctor = index % 3 === 0 ? first : second;
    return { doctor, operation: 'patient-list', reply: doctor.patientList() };
  });
  const tested = Array.from({ length: 24 }, (_, index) => {
    const doctor = index % 2 === 0 ? first : second;
    return { doctor, operation: 'test-list', reply: doctor.testList(today, today) };
  });
  const patientsOfEach = new Map(
    (['doctor', 'secondDoctor'] as const).map((role) => [
      gateway.account(role).codiceFiscale,
      patientsOf(role).map(({ identifier }) => identifier),
    ]),
  );
  const numbers = new Map<string, { operation: string; doctor: string }>();
  for (const { doctor, operation, reply } of [...asked, ...tested]) {
    const { codiceFiscale } = doctor;
    const answer = await reply;
    expect(verdictOf(answer)).toEqual(DONE_VERDICT);
    const persons = textsOf(answer, 'codiceFiscaleAssistito');
    if (operation === 'patient-list')
      expect(persons.sort()).toEqual([...(patientsOfEach.get(codiceFiscale) ?? [])].sort());
    else if (doctor === first) expect(persons).toContain(person);
    else expect(persons).toEqual([]);
    numbers.set(transactionOf(answer), { operation, doctor: codiceFiscale });
  }
  const rows = await gateway.db.query<{ id: string; operation: string; doctor: string }[]>(
    'SELECT transaction_id AS id, operation, doctor FROM audit.access_log WHERE transaction_id = ANY ($1::bigint[])',
    [[...numbers.keys()]],
  );
  expect(new Map(rows.map(({ id, ...row }) => [id, row]))).toEqual(numbers);
  expect(numbers.size).toBe(48);
});

test('[T-20] the other gateway sees an accepted submission at once', async () => {
  const person = nextPatient();
  const here = doctorByCard(gateway, 'doctor');
  const there = doctorByCard(sibling, 'doctor');
  const id = transactionOf(await here.submit(person, today));
  expect(detailsOf(await there.submit(person, today))[0]?.identificativoTransazione).toBe(id);
  expect(verdictOf(await there.cancel(person, id))).toEqual(DONE_VERDICT);
  expect(verdictOf(await here.submit(person, today))).toEqual(DONE_VERDICT);
});
