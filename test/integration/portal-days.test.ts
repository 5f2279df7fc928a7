/** Days are those in Rome, on every form and at every hour: today may be submitted, tomorrow may not. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { patientQueue } from '../support/doctors.js';
import { startTestPortal } from '../support/portal.js';
import type { TestPortal } from '../support/portal.js';
import { dayFields } from '../support/portal-work.js';

let portal: TestPortal;
const nextPatient = patientQueue('doctor');
beforeAll(async () => {
  portal = await startTestPortal();
});
afterAll(() => portal.stop());

test.each([
  ['at 23:30 in summer', '2027-05-10T21:30:00Z', '2027-05-10', '2027-05-11'],
  ['at 0:30 in summer, when UTC has yesterday', '2027-05-10T22:30:00Z', '2027-05-11', '2027-05-12'],
  ['at 23:30 in winter', '2027-01-10T22:30:00Z', '2027-01-10', '2027-01-11'],
  ['at 0:30 in winter, when UTC has yesterday', '2027-01-10T23:30:00Z', '2027-01-11', '2027-01-12'],
  ['in the night when the clocks go forward', '2027-03-28T00:59:59Z', '2027-03-28', '2027-03-29'],
  ['an hour after', '2027-03-28T01:00:00Z', '2027-03-28', '2027-03-29'],
  ['in the last minute of that day', '2027-03-28T21:59:00Z', '2027-03-28', '2027-03-29'],
  ['in the first of the next', '2027-03-28T22:00:00Z', '2027-03-29', '2027-03-30'],
  ['in the hour that occurs twice', '2027-10-31T00:30:00Z', '2027-10-31', '2027-11-01'],
  ['and again', '2027-10-31T01:30:00Z', '2027-10-31', '2027-11-01'],
  ['in the last minute of that day', '2027-10-31T22:59:00Z', '2027-10-31', '2027-11-01'],
  ['in the first of the next', '2027-10-31T23:00:00Z', '2027-11-01', '2027-11-02'],
  ['on the last night of a year', '2027-12-31T22:59:59Z', '2027-12-31', '2028-01-01'],
  ['on 28 February of a leap year', '2028-02-28T12:00:00Z', '2028-02-28', '2028-02-29'],
  ['on 29 February', '2028-02-28T23:00:00Z', '2028-02-29', '2028-03-01'],
])('%s (%s): %s, not %s', async (_, now, today, tomorrow) => {
  portal.setNow(new Date(now));
  const [doctor, operator] = [await portal.signedIn('doctor'), await portal.signedIn('aslOperator')];
  const person = nextPatient();
  const submit = (day: string) =>
    doctor.fill('/medico/proprio/test/conferma', { assistito: person, ...dayFields('eseguito', day) });
  const send = (day: string) =>
    operator.fill('/asl/test/conferma', { numero: '1', invio: randomUUID(), ...dayFields('eseguito', day) });
  expect([(await submit(tomorrow)).status, (await send(tomorrow)).status]).toEqual([422, 422]);
  expect([(await submit(today)).status, (await send(today)).status]).toEqual([200, 200]);
  // The list’s default interval ends today.
  const [year = '', month = '', day = ''] = today.split('-');
  const list = await doctor.get('/medico/proprio/test');
  for (const [part, value] of [
    ['giorno', day],
    ['mese', month],
    ['anno', year],
  ]) {
    expect(list.text).toMatch(new RegExp(`name="al-${part}"[^>]*value="${Number(value)}"`));
  }
  expect(list.text).toContain(person);
});
