/** [T-40] 3.4.4: the list of tests of an interval, and [T-10] the names on both lists as the registry has them. */
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { romeDate } from '../../src/platform/clock.js';
import {
  DONE_VERDICT,
  doctorByCard,
  doctorByPassword,
  patientQueue,
  patientsOf,
  refused,
  transactionOf,
  unescapeXml,
  verdictOf,
} from '../support/doctors.js';
import type { Doctor } from '../support/doctors.js';
import { startTestGateway, textOf, textsOf } from '../support/gateway.js';
import type { Reply, TestGateway } from '../support/gateway.js';

let gateway: TestGateway;
let doctor: Doctor;
let secondDoctor: Doctor;
const nextPatient = patientQueue('doctor');

beforeAll(async () => {
  gateway = await startTestGateway();
  doctor = doctorByCard(gateway, 'doctor');
  secondDoctor = doctorByCard(gateway, 'secondDoctor');
});

beforeEach(() => {
  gateway.setNow(new Date());
});

afterAll(() => gateway.stop());

const daysOf = (reply: Reply) => textsOf(reply, 'dataEsecuzioneTest');

test('[T-40] an interval without tests is done and empty', async () => {
  const reply = await doctor.testList('2021-01-01', '2021-01-31');
  expect(verdictOf(reply)).toEqual(DONE_VERDICT);
  expect(daysOf(reply)).toEqual([]);
});

test('[T-40, decision] both ends are included, by execution date, in order', async () => {
  const person = nextPatient();
  const days = ['2020-10-04', '2020-10-01', '2020-09-30', '2020-10-05', '2020-10-02'];
  for (const day of days) await doctor.submit(person, day);
  expect(daysOf(await doctor.testList('2020-10-01', '2020-10-04'))).toEqual(['2020-10-01', '2020-10-02', '2020-10-04']);
  expect(daysOf(await doctor.testList('2020-10-05', '2020-10-05'))).toEqual(['2020-10-05']);
});

test('[T-40] every field of a test, with the day in Rome on which it was communicated', async () => {
  const person = patientsOf('doctor')[4];
  const traveller = doctorByPassword(gateway, 'doctor');
  gateway.setNow(new Date('2027-07-10T22:30:00Z')); // 11 July, half past midnight in Rome
  const id = transactionOf(await traveller.submit(person?.identifier ?? '', '2027-07-09'));
  const reply = await traveller.testList('2027-07-09', '2027-07-09');
  expect(textOf(reply, 'codiceFiscaleAssistito')).toBe(person?.identifier);
  expect(unescapeXml(textOf(reply, 'nomeAssistito') ?? '')).toBe(person?.givenName);
  expect(unescapeXml(textOf(reply, 'cognomeAssistito') ?? '')).toBe(person?.surname);
  expect(daysOf(reply)).toEqual(['2027-07-09']);
  expect(textsOf(reply, 'identificativoTransazioneComunicazione')).toEqual([id]);
  expect(textsOf(reply, 'dataInserimento')).toEqual(['2027-07-11']);
});

test('[T-40, decision] cancelled tests are omitted, one submitted again is listed', async () => {
  const person = nextPatient();
  const cancelled = transactionOf(await doctor.submit(person, '2020-11-02'));
  await doctor.cancel(person, cancelled);
  expect(daysOf(await doctor.testList('2020-11-01', '2020-11-30'))).toEqual([]);
  const again = transactionOf(await doctor.submit(person, '2020-11-02'));
  const reply = await doctor.testList('2020-11-01', '2020-11-30');
  expect(textsOf(reply, 'identificativoTransazioneComunicazione')).toEqual([again]);
});

test('[T-40, decision] 366 days are the longest interval, even across a leap day; 367 are refused', async () => {
  expect(verdictOf(await doctor.testList('2021-01-01', '2022-01-01'))).toEqual(DONE_VERDICT);
  expect(verdictOf(await doctor.testList('2021-01-01', '2022-01-02'))).toEqual(refused('4002 dataFineIntervallo'));
  expect(verdictOf(await doctor.testList('2024-01-01', '2024-12-31'))).toEqual(DONE_VERDICT);
  expect(verdictOf(await doctor.testList('2024-01-01', '2025-01-01'))).toEqual(refused('4002 dataFineIntervallo'));
});

test('[T-40] a reversed interval is refused, by one day and by years', async () => {
  expect(verdictOf(await doctor.testList('2021-03-02', '2021-03-01'))).toEqual(refused('4001 dataFineIntervallo'));
  expect(verdictOf(await doctor.testList('2024-03-02', '2021-03-01'))).toEqual(refused('4001 dataFineIntervallo'));
});

test('[T-40] a doctor sees only their own tests, also of a person who changed doctor since', async () => {
  const person = nextPatient();
  await doctor.submit(person, '2020-12-01');
  await gateway.db.query('UPDATE registry.person SET doctor = $2 WHERE identifier = $1', [
    person,
    secondDoctor.codiceFiscale,
  ]);
  await secondDoctor.submit(person, '2020-12-02');
  expect(daysOf(await doctor.testList('2020-12-01', '2020-12-31'))).toEqual(['2020-12-01']);
  expect(daysOf(await secondDoctor.testList('2020-12-01', '2020-12-31'))).toEqual(['2020-12-02']);
});

test('[T-40] a test of a person who has died since is still listed', async () => {
  const person = nextPatient();
  await doctor.submit(person, '2021-06-01');
  await gateway.db.query(`UPDATE registry.person SET status = 'deceased' WHERE identifier = $1`, [person]);
  expect(daysOf(await doctor.testList('2021-06-01', '2021-06-01'))).toEqual(['2021-06-01']);
});

test('[T-10] the patient list has the names as the registry does: accents, apostrophes, blanks, signs of XML', async () => {
  const changed = nextPatient();
  await gateway.db.query(`UPDATE registry.person SET surname = $2 WHERE identifier = $1`, [
    changed,
    `D'Aost & "Così" <sic> ]]>`,
  ]);
  const reply = await secondDoctor.patientList();
  expect(verdictOf(reply)).toEqual(DONE_VERDICT);
  const now = await gateway.db.query<{ identifier: string; given_name: string; surname: string }[]>(
    `SELECT identifier, given_name, surname FROM registry.person WHERE doctor = $1 AND status = 'in_care'
     AND identifier IN (SELECT person FROM roster.listed_person) ORDER BY surname, given_name, identifier`,
    [doctor.codiceFiscale],
  );
  const own = await doctor.patientList();
  expect(textsOf(own, 'codiceFiscaleAssistito')).toEqual(now.map((row) => row.identifier));
  expect(textsOf(own, 'cognomeAssistito').map(unescapeXml)).toEqual(now.map((row) => row.surname));
  expect(textsOf(own, 'nomeAssistito').map(unescapeXml)).toEqual(now.map((row) => row.given_name));
  const letters = now.map((row) => `${row.surname} ${row.given_name}`).join();
  for (const trap of ["D'A", 'ò', '& "Così" <sic> ]]>']) expect(letters).toContain(trap);
});

test('[T-10] last update: the later of listing and change of the person; a person who leaves disappears at once', async () => {
  const person = nextPatient();
  const on = (reply: Reply) => {
    const index = textsOf(reply, 'codiceFiscaleAssistito').indexOf(person);
    return index < 0 ? undefined : textsOf(reply, 'dataUltimoAggiornamento')[index];
  };
  await gateway.db.query(`UPDATE registry.person SET updated_on = '2024-05-06' WHERE identifier = $1`, [person]);
  await gateway.db.query(`UPDATE roster.listed_person SET listed_on = '2023-01-02' WHERE person = $1`, [person]);
  expect(on(await doctor.patientList())).toBe('2024-05-06');
  await gateway.db.query(`UPDATE roster.listed_person SET listed_on = '2024-06-07' WHERE person = $1`, [person]);
  expect(on(await doctor.patientList())).toBe('2024-06-07');
  await gateway.db.query(`UPDATE registry.person SET status = 'emigrated' WHERE identifier = $1`, [person]);
  expect(on(await doctor.patientList())).toBeUndefined();
});

test('[T-10] a doctor without listed patients has an empty list', async () => {
  const nobodys = doctorByPassword(gateway, 'coded');
  await gateway.db.query('UPDATE registry.person SET doctor = NULL WHERE doctor = $1', [nobodys.codiceFiscale]);
  const reply = await nobodys.patientList();
  expect(verdictOf(reply)).toEqual(DONE_VERDICT);
  expect(textsOf(reply, 'codiceFiscaleAssistito')).toEqual([]);
  expect(textOf(reply, 'dataOra')?.slice(0, 10)).toBe(romeDate(gateway.now()));
});
