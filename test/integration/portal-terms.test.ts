/** A substitute can act from the first midnight of the term to the last, in Rome, unless it is ended (3.3.1) [T-2]. */
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { REFUSALS } from '../../src/screening/index.js';
import { addSubstitution, patientQueue } from '../support/doctors.js';
import { startTestPortal } from '../support/portal.js';
import type { TestPortal } from '../support/portal.js';
import { rowsOf } from '../support/portal-pages.js';
import { dayFields } from '../support/portal-work.js';

let portal: TestPortal;
const nextPatient = patientQueue('doctor');

beforeAll(async () => {
  portal = await startTestPortal();
});
beforeEach(() => portal.db.query('TRUNCATE screening.substitution'));
afterAll(() => portal.stop());

async function baseFor(from: string, to: string): Promise<string> {
  const [titular, substitute] = [portal.account('doctor').codiceFiscale, portal.account('substitute').codiceFiscale];
  return `/medico/${await addSubstitution(portal, titular, substitute, from, to)}`;
}

// Midnight in Rome is at 22:00 UTC in summer, at 23:00 in winter; on 28 March 2027 the clocks go forward, on 31 October
// back.
test.each([
  ['2027-05-09T21:59:59Z', '2027-05-10', '2027-05-12', 404],
  ['2027-05-09T22:00:00Z', '2027-05-10', '2027-05-12', 200],
  ['2027-05-12T21:59:59Z', '2027-05-10', '2027-05-12', 200],
  ['2027-05-12T22:00:00Z', '2027-05-10', '2027-05-12', 422],
  ['2027-02-09T22:59:59Z', '2027-02-10', '2027-02-10', 404],
  ['2027-02-09T23:00:00Z', '2027-02-10', '2027-02-10', 200],
  ['2027-02-10T22:59:59Z', '2027-02-10', '2027-02-10', 200],
  ['2027-02-10T23:00:00Z', '2027-02-10', '2027-02-10', 422],
  ['2027-03-27T23:00:00Z', '2027-03-28', '2027-03-28', 200],
  ['2027-03-28T21:59:59Z', '2027-03-28', '2027-03-28', 200],
  ['2027-03-28T22:00:00Z', '2027-03-28', '2027-03-28', 422],
  ['2027-10-30T22:00:00Z', '2027-10-31', '2027-10-31', 200],
  ['2027-10-31T22:59:59Z', '2027-10-31', '2027-10-31', 200],
  ['2027-10-31T23:00:00Z', '2027-10-31', '2027-10-31', 422],
])('at %s, from %s to %s: %i', async (at, from, to, status) => {
  portal.setNow(new Date(at));
  const base = await baseFor(from, to);
  const acting = await portal.signedIn('substitute');
  const form = { assistito: nextPatient(), ...dayFields('eseguito', '2027-01-20') };
  expect((await acting.fill(`${base}/test/conferma`, form)).status).toBe(status);
  expect((await acting.get(`${base}/assistiti`)).status).toBe(status);
});

test('ended between the form and its confirmation: nothing is sent, and the page gives the reason', async () => {
  portal.setNow(new Date('2027-05-10T10:00:00Z'));
  const base = await baseFor('2027-05-10', '2027-05-12');
  const [acting, titular] = [await portal.signedIn('substitute'), await portal.signedIn('doctor')];
  const form = { assistito: nextPatient(), ...dayFields('eseguito', '2027-05-03') };
  expect((await acting.get(`${base}/assistiti`)).status).toBe(200);
  expect((await acting.fill(`${base}/test/nuovo`, { ...form, controlla: '1' })).at).toContain('/test/conferma?');
  await titular.post(`/medico/sostituti/${base.split('/')[2] ?? ''}/termina`);
  const answer = await acting.fill(`${base}/test/conferma`, form);
  expect([answer.status, answer.text.includes(REFUSALS['no-substitution'].text)]).toEqual([422, true]);
  expect(answer.text).not.toContain('name="assistito"'); // nothing is left to send
  expect(await rowsOf(portal, answer.first)).toEqual([{ operation: 'test-submission', outcome: '1003' }]);
  const sent: unknown = await portal.db.query('SELECT 1 FROM screening.test_submission WHERE person = $1', [
    form.assistito,
  ]);
  expect(sent).toEqual([]);
  // The substitute cannot turn the pages of a previously read list either.
  expect((await acting.get(`${base}/assistiti?cerca`)).status).toBe(422);
});
