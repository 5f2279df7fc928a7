/** [T-20] 3.4.2: the submission of a test, its refusals and its dates, as seen by a doctor's software. */
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { romeDate } from '../../src/platform/clock.js';
import {
  DONE_VERDICT,
  addSubstitution,
  detailsOf,
  doctorByCard,
  doctorByPassword,
  patientQueue,
  patientsOf,
  refused,
  transactionOf,
  verdictOf,
} from '../support/doctors.js';
import type { Doctor } from '../support/doctors.js';
import { startTestGateway, textOf, textsOf } from '../support/gateway.js';
import type { TestGateway } from '../support/gateway.js';
import { testPeople } from '../support/people.js';

const NOT_LISTED = '2004 codiceFiscaleAssistito';
const DUPLICATE = '2005 dataEsecuzioneTest';

let gateway: TestGateway;
let doctor: Doctor;
let secondDoctor: Doctor;
/** By password: a card is not valid at every time to which the clock is set. */
let traveller: Doctor;
let today: string;
const nextPatient = patientQueue('doctor');

beforeAll(async () => {
  gateway = await startTestGateway();
  doctor = doctorByCard(gateway, 'doctor');
  secondDoctor = doctorByCard(gateway, 'secondDoctor');
  traveller = doctorByPassword(gateway, 'doctor');
});

beforeEach(() => {
  gateway.setNow(new Date());
  today = romeDate(gateway.now());
});

afterAll(() => gateway.stop());

interface StoredTest {
  transaction_id: string;
  person: string;
  titular: string;
  doctor: string;
  executed_on: string;
  communicated_at: Date;
}

const stored = (person: string) =>
  gateway.db.query<StoredTest[]>(
    `SELECT transaction_id, person, titular, doctor, executed_on, communicated_at
     FROM screening.test_submission WHERE person = $1 ORDER BY transaction_id`,
    [person],
  );

test('[T-20] [T-60] a submission is stored as sent, with the id of the answer and the instant of access', async () => {
  const person = nextPatient();
  const began = gateway.now().getTime();
  const reply = await doctor.submit(person, today);
  expect(verdictOf(reply)).toEqual(DONE_VERDICT);
  expect(textOf(reply, 'descrizioneEsito')).toBe('Operazione eseguita.');
  expect(textOf(reply, 'dataOra')).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0[12]:00$/);
  const [test] = await stored(person);
  expect(test?.communicated_at.getTime()).toBeGreaterThanOrEqual(began);
  expect(test?.communicated_at.getTime()).toBeLessThanOrEqual(new Date(textOf(reply, 'dataOra') ?? '').getTime());
  expect(await stored(person)).toEqual([
    {
      transaction_id: transactionOf(reply),
      person,
      titular: doctor.codiceFiscale,
      doctor: doctor.codiceFiscale,
      executed_on: today,
      communicated_at: test?.communicated_at,
    },
  ]);
});

test('[G-1] every kind of identifier is accepted as issued: STP, provisional, omocodia', async () => {
  const kinds = [/^STP\d{13}$/, /^\d{11}$/, /^[A-Z]{6}.{8}[0-9]*[LMNPQRSTUV][0-9LMNPQRSTUV]*[A-Z]$/];
  for (const form of kinds) {
    const person = patientsOf('doctor').find(({ identifier }) => form.test(identifier));
    expect(person).toBeDefined();
    expect(verdictOf(await doctor.submit(person?.identifier ?? '', today))).toEqual(DONE_VERDICT);
  }
});

test('[T-20] a wrong check letter is refused, naming the person', async () => {
  const person = nextPatient();
  const wrong = person.slice(0, 15) + (person.endsWith('A') ? 'B' : 'A');
  expect(verdictOf(await doctor.submit(wrong, today))).toEqual(refused('2001 codiceFiscaleAssistito', NOT_LISTED));
  expect(await stored(wrong)).toEqual([]);
});

test('[T-20, decision] the day starts at midnight in Rome, in summer and in winter', async () => {
  const midnights = [
    { before: '2027-07-10T21:59:00Z', at: '2027-07-10T22:00:00Z', day: '2027-07-11', offset: '+02:00' },
    { before: '2027-01-10T22:59:00Z', at: '2027-01-10T23:00:00Z', day: '2027-01-11', offset: '+01:00' },
  ];
  for (const { before, at, day, offset } of midnights) {
    const person = nextPatient();
    gateway.setNow(new Date(before));
    expect(verdictOf(await traveller.submit(person, day))).toEqual(refused('2002 dataEsecuzioneTest'));
    gateway.setNow(new Date(at));
    const reply = await traveller.submit(person, day);
    expect(verdictOf(reply)).toEqual(DONE_VERDICT);
    expect(textOf(reply, 'dataOra')).toMatch(new RegExp(`^${day}T00:00:.*\\${offset}$`));
  }
});

test('[T-20, decision] a test may be executed on the first day of the campaign and not before', async () => {
  const person = nextPatient();
  expect(verdictOf(await doctor.submit(person, '2020-08-23'))).toEqual(refused('2003 dataEsecuzioneTest'));
  expect(verdictOf(await doctor.submit(person, '2020-08-24'))).toEqual(DONE_VERDICT);
});

test('[T-20] the leap day is a day, and is in the future until it comes', async () => {
  const person = nextPatient();
  gateway.setNow(new Date('2028-02-28T12:00:00Z'));
  expect(verdictOf(await traveller.submit(person, '2028-02-29'))).toEqual(refused('2002 dataEsecuzioneTest'));
  gateway.setNow(new Date('2028-03-01T12:00:00Z'));
  expect(verdictOf(await traveller.submit(person, '2028-02-29'))).toEqual(DONE_VERDICT);
  // In a common year it does not exist: the message is invalid.
  const reply = await traveller.submit(person, '2027-02-29');
  expect(reply.status).toBe(500);
  expect(textOf(reply, 'campo')).toBe('dataEsecuzioneTest');
});

test('[T-20] all reasons are returned together, each with its field, and nothing is stored', async () => {
  const person = nextPatient();
  const wrong = person.slice(0, 15) + (person.endsWith('A') ? 'B' : 'A');
  expect(verdictOf(await doctor.submit(wrong, '2099-12-31'))).toEqual(
    refused('2001 codiceFiscaleAssistito', '2002 dataEsecuzioneTest', NOT_LISTED),
  );
  expect(verdictOf(await doctor.submit(wrong, '2020-01-01'))).toEqual(
    refused('2001 codiceFiscaleAssistito', '2003 dataEsecuzioneTest', NOT_LISTED),
  );
  expect(await stored(wrong)).toEqual([]);
});

test('[T-20] a duplicate is not searched if there is another reason, which must be corrected first', async () => {
  const person = nextPatient();
  await doctor.submit(person, today);
  await gateway.db.query(`UPDATE registry.person SET status = 'ended' WHERE identifier = $1`, [person]);
  expect(verdictOf(await doctor.submit(person, today))).toEqual(refused(NOT_LISTED));
});

test.each(['deceased', 'emigrated', 'ended'])(
  '[T-20] [G-1] a person who is %s is no longer on the list',
  async (status) => {
    const person = nextPatient();
    await gateway.db.query('UPDATE registry.person SET status = $2 WHERE identifier = $1', [person, status]);
    expect(verdictOf(await doctor.submit(person, today))).toEqual(refused(NOT_LISTED));
    expect(await stored(person)).toEqual([]);
  },
);

test('[T-20] [R-4] a person without doctor, of another doctor, not listed or unknown is not on the list', async () => {
  const withoutDoctor = nextPatient();
  await gateway.db.query('UPDATE registry.person SET doctor = NULL WHERE identifier = $1', [withoutDoctor]);
  const unlisted = nextPatient();
  await gateway.db.query('DELETE FROM roster.listed_person WHERE person = $1', [unlisted]);
  const ofAnother = patientsOf('secondDoctor')[1]?.identifier ?? '';
  const nobody = 'RSSMRA80A01H501U';
  expect(testPeople.persons.map(({ identifier }) => identifier)).not.toContain(nobody);
  for (const person of [withoutDoctor, unlisted, ofAnother, nobody]) {
    expect(verdictOf(await doctor.submit(person, today))).toEqual(refused(NOT_LISTED));
    expect(await stored(person)).toEqual([]);
  }
});

test('[T-20, decision] a second active test of a day is refused with the original id; another day is another test', async () => {
  const person = nextPatient();
  const original = transactionOf(await doctor.submit(person, today));
  const repeated = await doctor.submit(person, today);
  expect(verdictOf(repeated)).toEqual(refused(DUPLICATE));
  expect(detailsOf(repeated)[0]?.identificativoTransazione).toBe(original);
  expect(transactionOf(repeated)).not.toBe(original);
  expect(verdictOf(await doctor.submit(person, '2020-09-01'))).toEqual(DONE_VERDICT);
  expect(await stored(person)).toHaveLength(2);
});

test('[T-2] [T-20] the original id of a duplicate is returned only to callers who may see the test', async () => {
  const substitute = doctorByCard(gateway, 'substitute');
  const titular = doctor.codiceFiscale;
  await addSubstitution(gateway, titular, substitute.codiceFiscale, today, today);
  const person = nextPatient();

  transactionOf(await doctor.submit(person, today)); // the titular's own, which the substitute may not see
  const hidden = await substitute.submit(person, today, titular);
  expect(verdictOf(hidden)).toEqual(refused(DUPLICATE));
  expect(detailsOf(hidden)[0]?.identificativoTransazione).toBeUndefined();
  expect(textsOf(hidden, 'identificativoTransazione')).toEqual([transactionOf(hidden)]);
  expect(hidden.text).not.toContain('originaria');

  const ofSubstitute = transactionOf(await substitute.submit(person, '2020-09-02', titular));
  for (const who of [doctor, substitute]) {
    const reply = await who.submit(person, '2020-09-02', titular);
    expect(detailsOf(reply)[0]?.identificativoTransazione).toBe(ofSubstitute);
  }
});

test('[T-20] a person who changed doctor: the new doctor learns of the duplicate, but not its id', async () => {
  const person = nextPatient();
  const original = transactionOf(await doctor.submit(person, today));
  await gateway.db.query('UPDATE registry.person SET doctor = $2 WHERE identifier = $1', [
    person,
    secondDoctor.codiceFiscale,
  ]);
  const reply = await secondDoctor.submit(person, today);
  expect(verdictOf(reply)).toEqual(refused(DUPLICATE));
  // Not anywhere: the answer's own number may have any value, a time may look like one.
  expect(textsOf(reply, 'identificativoTransazione')).toEqual([transactionOf(reply)]);
  expect(transactionOf(reply)).not.toBe(original);
  expect(reply.text).not.toContain('originaria');
});

test('[T-30] after a cancellation the same test can be entered again, once', async () => {
  const person = nextPatient();
  const first = transactionOf(await doctor.submit(person, today));
  expect(verdictOf(await doctor.cancel(person, first))).toEqual(DONE_VERDICT);
  const again = await doctor.submit(person, today);
  expect(verdictOf(again)).toEqual(DONE_VERDICT);
  const third = await doctor.submit(person, today);
  expect(detailsOf(third)[0]?.identificativoTransazione).toBe(transactionOf(again));
  expect(await stored(person)).toHaveLength(2);
});

test('[T-20] [R-7] after the campaign: its last day can still be submitted, no later one', async () => {
  const after = await startTestGateway({ campaignEnd: '2027-06-30', databaseUrl: gateway.databaseUrl });
  try {
    after.setNow(new Date('2027-07-20T10:00:00Z'));
    const late = doctorByPassword(after, 'doctor');
    expect(verdictOf(await late.submit(nextPatient(), '2027-06-30'))).toEqual(DONE_VERDICT);
    const reply = await late.submit(nextPatient(), '2027-07-01');
    expect(verdictOf(reply)).toEqual(refused('2006 dataEsecuzioneTest'));
    const text = 'La data di esecuzione del test segue la fine della campagna.';
    expect(textOf(reply, 'descrizioneEsito')).toBe(text); // as published
    expect(textOf(reply, 'descrizione')).toBe(`${text} Ultimo giorno: 2027-06-30.`);
    expect(verdictOf(await late.submit(nextPatient(), '2027-07-21'))).toEqual(
      refused('2002 dataEsecuzioneTest', '2006 dataEsecuzioneTest'),
    );
  } finally {
    await after.stop();
  }
});

test('[T-20] a campaign that has not started: today is too early, and the first day is in the future', async () => {
  const early = await startTestGateway({ campaignStart: '2099-09-01', databaseUrl: gateway.databaseUrl });
  try {
    const waiting = doctorByCard(early, 'doctor');
    expect(verdictOf(await waiting.submit(nextPatient(), today))).toEqual(refused('2003 dataEsecuzioneTest'));
    expect(verdictOf(await waiting.submit(nextPatient(), '2099-08-31'))).toEqual(
      refused('2003 dataEsecuzioneTest', '2002 dataEsecuzioneTest'),
    );
  } finally {
    await early.stop();
  }
});
