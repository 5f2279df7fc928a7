/**
 * Data of others are indistinguishable from unknown data: by every number in a URL or form, in every representation.
 */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { patientsOf } from '../support/doctors.js';
import { testPeople } from '../support/people.js';
import { identitySettings } from '../support/identity.js';
import { startTestPortal } from '../support/portal.js';
import type { Fields, PageAnswer, TestPortal } from '../support/portal.js';
import { VISITS, pathOf, rowsOf, saidBy, visit } from '../support/portal-pages.js';
import { dayFields, workOf } from '../support/portal-work.js';
import type { Work } from '../support/portal-work.js';

/** As long as our numbers may be, and unused. */
const ABSENT = '999999999';

let portal: TestPortal;
let work: Work;
/** Numbers of others: the first two for the doctor, the third for the ASL's operator. */
let others: { readonly test: string; readonly substitution: string; readonly daily: string };

beforeAll(async () => {
  portal = await startTestPortal(await identitySettings());
  portal.setNow(new Date('2027-05-10T10:00:00Z'));
  work = await workOf(portal);
  const second = await portal.signedIn('secondDoctor');
  const person = patientsOf('secondDoctor')[0]?.identifier ?? '';
  const day = dayFields('eseguito', '2027-05-03');
  const receipt = await second.post('/medico/proprio/test/conferma', { assistito: person, ...day });
  const term = { ...dayFields('dal', '2027-05-10'), ...dayFields('al', '2027-05-12') };
  await second.post('/medico/sostituti/conferma', { sostituto: portal.account('substitute').codiceFiscale, ...term });
  const [row] = await portal.db.query<{ id: string }[]>('SELECT max(id) AS id FROM screening.substitution');
  const move = (asl: string | undefined) => portal.db.query('UPDATE asl.operator SET asl_code = $1', [asl]);
  await move(testPeople.identities.secondDoctor.aslCode);
  const daily = await work.operator.post('/asl/test/conferma', { numero: '3', invio: randomUUID(), ...day });
  await move(testPeople.aslOperator.asl);
  const numberOf = ({ location = '' }: PageAnswer) => location.split('/').at(-1) ?? '';
  others = { test: numberOf(receipt), substitution: row?.id ?? '', daily: numberOf(daily) };
});
afterAll(() => portal.stop());

test('there are numbers of others to request', () => {
  for (const number of Object.values(others)) expect(number).toMatch(/^[1-9][0-9]*$/);
});

const NUMBERED = VISITS.filter(([, , { path, access }]) => path.includes(':') && access !== 'anybody');

test.each(NUMBERED)('%s', async (_, method, page) => {
  const { visitor } = work.opened(page);
  const isOfSubstitution = page.path.startsWith('/medico/sostituti');
  const isOfAsl = page.path.startsWith('/asl');
  const own = isOfSubstitution ? work.substitution : isOfAsl ? work.daily : work.test;
  const foreign = isOfSubstitution ? others.substitution : isOfAsl ? others.daily : others.test;
  const query = method === 'GET' ? `?${new URLSearchParams(interval).toString()}` : '';
  const ask = (values: Fields) => visit(visitor, method, pathOf(page, values) + query);
  const pairs: [Fields, Fields][] = [];
  if (page.path.includes(':elenco'))
    pairs.push([
      { elenco: others.substitution, numero: own },
      { elenco: ABSENT, numero: own },
    ]);
  if (page.path.includes(':numero')) pairs.push([{ numero: foreign }, { numero: ABSENT }]);
  expect(pairs).not.toHaveLength(0);
  for (const [ofAnother, absent] of pairs) {
    const [one, other] = [await ask(ofAnother), await ask(absent)];
    expect(one.status).toBe(404);
    expect(saidBy(one)).toBe(saidBy(other));
    const rows = await rowsOf(portal, one);
    expect(rows).toEqual(await rowsOf(portal, other));
    expect(rows).not.toEqual([]);
  }
  // In every spelling of a number.
  if (!page.path.includes(':numero')) return;
  for (const numero of [`0${foreign}`, '-1', '0', '1.0', '1e3', '9'.repeat(30), `${foreign}%20`, '%00', '٣', 'x']) {
    expect([numero, (await ask({ numero })).status]).toEqual([numero, numero === '%00' ? expect.any(Number) : 404]);
  }
});

const interval = { ...dayFields('dal', '2027-05-01'), ...dayFields('al', '2027-05-09') };

test('lists contain no data of others', async () => {
  const [tests, file, dailies] = [
    await work.doctor.get(`/medico/proprio/test?${new URLSearchParams(interval).toString()}`),
    await work.doctor.get(`/medico/proprio/test.csv?${new URLSearchParams(interval).toString()}`),
    await work.operator.get('/asl/test'),
  ];
  expect([tests.text.includes(`/test/${work.test}`), tests.text.includes(`/test/${others.test}`)]).toEqual([
    true,
    false,
  ]);
  expect([file.text.includes(`;${work.test}`), file.text.includes(`;${others.test}`)]).toEqual([true, false]);
  expect([dailies.text.includes(`/${work.daily}`), dailies.text.includes(`/${others.daily}`)]).toEqual([true, false]);
});

test('a session of another holder cannot be ended, and the answer does not reveal whether it exists', async () => {
  const other = await portal.signedIn('secondDoctor');
  const [row] = await portal.db.query<{ id: string }[]>('SELECT max(id) AS id FROM auth.session');
  const end = async (sessione: string) => saidBy(await work.doctor.post('/profilo/sessioni', { sessione }));
  expect(await end(row?.id ?? '')).toBe(await end(ABSENT));
  expect((await other.get('/profilo')).status).toBe(200);
});
