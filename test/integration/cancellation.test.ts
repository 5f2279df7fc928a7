/** [T-30] 3.4.3: the cancellation of a submission, by the id of its transaction. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { romeDate } from '../../src/platform/clock.js';
import {
  DONE_VERDICT,
  doctorByCard,
  doctorByPassword,
  patientQueue,
  patientsOf,
  refused,
  transactionOf,
  verdictOf,
} from '../support/doctors.js';
import type { Doctor } from '../support/doctors.js';
import { startTestGateway, textOf } from '../support/gateway.js';
import type { TestGateway } from '../support/gateway.js';

const UNKNOWN = '3001 identificativoTransazione';
const ALREADY = '3002 identificativoTransazione';
const OTHER_PERSON = '3003 codiceFiscaleAssistito';

let gateway: TestGateway;
let doctor: Doctor;
let secondDoctor: Doctor;
let today: string;
const nextPatient = patientQueue('doctor');

beforeAll(async () => {
  gateway = await startTestGateway();
  doctor = doctorByCard(gateway, 'doctor');
  secondDoctor = doctorByPassword(gateway, 'secondDoctor');
  today = romeDate(gateway.now());
});

afterAll(() => gateway.stop());

async function submitted(person: string, executedOn = today): Promise<string> {
  const reply = await doctor.submit(person, executedOn);
  expect(verdictOf(reply)).toEqual(DONE_VERDICT);
  return transactionOf(reply);
}

test('[T-30, decision] a cancellation is a new fact with its own id; the submission stays', async () => {
  const person = nextPatient();
  const submission = await submitted(person);
  const reply = await doctor.cancel(person, submission);
  expect(verdictOf(reply)).toEqual(DONE_VERDICT);
  const cancellation = transactionOf(reply);
  expect(cancellation).not.toBe(submission);
  const rows = await gateway.db.query<unknown[]>(
    `SELECT s.executed_on, s.cancelled_by, c.doctor, c.cancelled_at FROM screening.test_submission s
     JOIN screening.test_cancellation c ON c.submission = s.transaction_id WHERE s.transaction_id = $1`,
    [submission],
  );
  expect(rows).toEqual([
    {
      executed_on: today,
      cancelled_by: cancellation,
      doctor: doctor.codiceFiscale,
      cancelled_at: expect.any(Date),
    },
  ]);
});

test('[T-30, decision] cancelling twice is refused with a separate code', async () => {
  const person = nextPatient();
  const submission = await submitted(person);
  await doctor.cancel(person, submission);
  expect(verdictOf(await doctor.cancel(person, submission))).toEqual(refused(ALREADY));
});

test('[T-30] an old id does not cancel a test that was submitted again', async () => {
  const person = nextPatient();
  const first = await submitted(person);
  await doctor.cancel(person, first);
  const second = await submitted(person);
  expect(verdictOf(await doctor.cancel(person, first))).toEqual(refused(ALREADY));
  expect(verdictOf(await doctor.cancel(person, second))).toEqual(DONE_VERDICT);
});

test('[T-30] an id that is not of a submission is unknown: never used, of a list, a refusal, a cancellation', async () => {
  const person = nextPatient();
  const submission = await submitted(person);
  const list = transactionOf(await doctor.patientList());
  const refusal = transactionOf(await doctor.submit(person, today));
  for (const id of ['999999999999999', list, refusal]) {
    expect(verdictOf(await doctor.cancel(person, id))).toEqual(refused(UNKNOWN));
  }
  const cancellation = transactionOf(await doctor.cancel(person, submission));
  expect(verdictOf(await doctor.cancel(person, cancellation))).toEqual(refused(UNKNOWN));
});

test('[T-30] [T-3] another doctor cannot cancel a test, nor distinguish it from one that never existed', async () => {
  const person = nextPatient();
  const submission = await submitted(person);
  const stranger = await secondDoctor.cancel(person, submission);
  const never = await secondDoctor.cancel(person, '999999999999999');
  expect(verdictOf(stranger)).toEqual(refused(UNKNOWN));
  expect(textOf(stranger, 'descrizioneEsito')).toBe(textOf(never, 'descrizioneEsito'));
  expect(verdictOf(await doctor.cancel(person, submission))).toEqual(DONE_VERDICT);
});

test('[T-30] the person must be the test’s, before and after the cancellation', async () => {
  const [person, other] = [nextPatient(), nextPatient()];
  const submission = await submitted(person);
  expect(verdictOf(await doctor.cancel(other, submission))).toEqual(refused(OTHER_PERSON));
  expect(verdictOf(await doctor.cancel(person, submission))).toEqual(DONE_VERDICT);
  expect(verdictOf(await doctor.cancel(other, submission))).toEqual(refused(OTHER_PERSON));
});

test('[T-30] a test can be cancelled after the person left the list', async () => {
  const person = nextPatient();
  const submission = await submitted(person);
  await gateway.db.query(`UPDATE registry.person SET status = 'deceased', doctor = NULL WHERE identifier = $1`, [
    person,
  ]);
  expect(verdictOf(await doctor.cancel(person, submission))).toEqual(DONE_VERDICT);
});

test('[T-30] cancelling one day leaves the other days of the same person', async () => {
  const person = nextPatient();
  const kept = await submitted(person, '2020-09-01');
  await doctor.cancel(person, await submitted(person, '2020-09-02'));
  const rows = await gateway.db.query<{ id: string }[]>(
    'SELECT transaction_id AS id FROM screening.test_submission WHERE person = $1 AND cancelled_by IS NULL',
    [person],
  );
  expect(rows).toEqual([{ id: kept }]);
});

test('[T-50] an id of more than 15 digits is no valid message', async () => {
  const reply = await doctor.cancel(patientsOf('doctor')[0]?.identifier ?? '', '1000000000000000');
  expect(reply.status).toBe(500);
  expect(textOf(reply, 'campo')).toBe('identificativoTransazione');
});
