/**
 * [T-1] The doctors' operations have one set of rules: each case is sent by SOAP and by the page, and the access log
 * has the same operation and outcome for both.
 */
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { REFUSALS } from '../../src/screening/index.js';
import type { RefusalCode } from '../../src/screening/index.js';
import { addSubstitution, doctorByPassword, patientQueue, patientsOf, transactionOf } from '../support/doctors.js';
import { startTestGateway, textOf } from '../support/gateway.js';
import type { TestGateway } from '../support/gateway.js';
import { startTestPortal } from '../support/portal.js';
import type { PageAnswer, TestPortal, Visitor } from '../support/portal.js';
import { rowsOf } from '../support/portal-pages.js';

const NOW = new Date('2027-05-10T10:00:00Z');
const CAMPAIGN = { campaignStart: '2026-09-01', campaignEnd: '2027-05-08' };

let gateway: TestGateway;
let portal: TestPortal;
const nextPatient = patientQueue('doctor');
const nextOfAnother = patientQueue('secondDoctor');

beforeAll(async () => {
  gateway = await startTestGateway(CAMPAIGN);
  portal = await startTestPortal({ ...CAMPAIGN, databaseUrl: gateway.databaseUrl });
});
beforeEach(async () => {
  await gateway.db.query('TRUNCATE screening.substitution');
  gateway.setNow(NOW);
  portal.setNow(NOW);
});
afterAll(async () => {
  await portal.stop();
  await gateway.stop();
});

/** A doctor's intent, independent of the entrance. `list`: in the portal's path; `titular`: the same list by SOAP. */
type Wish = { readonly list?: string; readonly titular?: string } & (
  | { readonly to: 'submit'; readonly person: string; readonly day: string }
  | { readonly to: 'cancel'; readonly person: string; readonly test: string }
  | { readonly to: 'list'; readonly from: string; readonly until: string }
  | { readonly to: 'patients' }
);
type Role = 'doctor' | 'substitute';

interface Case {
  readonly what: string;
  readonly by?: Role;
  /** Creates the case's data: once for each entrance. */
  readonly wish: () => Promise<Wish> | Wish;
  readonly refusal?: RefusalCode;
  /** If the page stops before the operation: the row in the log instead. */
  readonly onPage?: { readonly operation: string; readonly outcome: string };
}

async function bySoap(role: Role, wish: Wish): Promise<string | undefined> {
  const asking = doctorByPassword(gateway, role);
  const { titular } = wish;
  if (wish.to === 'submit') return textOf(await asking.submit(wish.person, wish.day, titular), 'esito');
  if (wish.to === 'cancel') return textOf(await asking.cancel(wish.person, wish.test, titular), 'esito');
  if (wish.to === 'list') return textOf(await asking.testList(wish.from, wish.until, titular), 'esito');
  return textOf(await asking.patientList(titular), 'esito');
}

const dayFields = (name: string, text: string) => {
  const [year = '', month = '', day = ''] = text.split('-');
  return { [`${name}-giorno`]: day, [`${name}-mese`]: month, [`${name}-anno`]: year };
};

async function byPage(visitor: Visitor, wish: Wish): Promise<PageAnswer & { readonly first?: PageAnswer }> {
  const base = `/medico/${wish.list ?? 'proprio'}`;
  if (wish.to === 'submit') {
    return visitor.fill(`${base}/test/conferma`, { assistito: wish.person, ...dayFields('eseguito', wish.day) });
  }
  if (wish.to === 'cancel') return visitor.post(`${base}/test/${wish.test}/annulla`);
  if (wish.to === 'patients') return visitor.get(`${base}/assistiti`);
  const interval = { ...dayFields('dal', wish.from), ...dayFields('al', wish.until) };
  return visitor.get(`${base}/test?${new URLSearchParams(interval).toString()}`);
}

const DAY = '2027-05-03';
const submit = (person: string, day = DAY): Wish => ({ to: 'submit', person, day });
const own = () => doctorByPassword(gateway, 'doctor');
const operationOf = {
  submit: 'test-submission',
  cancel: 'test-cancellation',
  list: 'test-list',
  patients: 'patient-list',
};

async function submitted(person: string, day = DAY): Promise<string> {
  return transactionOf(await own().submit(person, day));
}
/** The doctor's list for the substitute, in a term. */
async function during(from: string, to: string): Promise<{ list: string; titular: string }> {
  const titular = gateway.account('doctor').codiceFiscale;
  await gateway.db.query('TRUNCATE screening.substitution');
  return {
    titular,
    list: await addSubstitution(gateway, titular, gateway.account('substitute').codiceFiscale, from, to),
  };
}

const HIDDEN = { operation: 'test-receipt', outcome: REFUSALS['unknown-transaction'].code };
const CASES: readonly Case[] = [
  { what: 'a test', wish: () => submit(nextPatient()) },
  { what: 'a test of the first day', wish: () => submit(nextPatient(), '2026-09-01') },
  { what: 'a test of the last day', wish: () => submit(nextPatient(), '2027-05-08') },
  {
    what: 'the day before the first',
    wish: () => submit(nextPatient(), '2026-08-31'),
    refusal: 'executed-before-campaign',
  },
  {
    what: 'the day after the last',
    wish: () => submit(nextPatient(), '2027-05-09'),
    refusal: 'executed-after-campaign',
  },
  { what: 'tomorrow', wish: () => tomorrow(), refusal: 'executed-in-future' },
  { what: 'a wrong check letter', wish: () => submit('RSSMRA80A01H501X'), refusal: 'invalid-identifier' },
  { what: 'a wrong check digit', wish: () => submit('12345678901'), refusal: 'invalid-identifier' },
  {
    what: 'a wrong letter and a wrong day',
    wish: () => submit('RSSMRA80A01H501X', '2020-01-01'),
    refusal: 'invalid-identifier',
  },
  { what: 'somebody who is on no list', wish: () => submit('RSSMRA80A01H501U'), refusal: 'not-on-list' },
  {
    what: 'somebody of another doctor',
    wish: () => submit(patientsOf('secondDoctor')[0]?.identifier ?? ''),
    refusal: 'not-on-list',
  },
  { what: 'the same test again', wish: duplicate, refusal: 'duplicate-test' },
  { what: 'a cancellation', wish: () => cancel() },
  { what: 'a cancellation again', wish: () => cancel({ isCancelled: true }), refusal: 'already-cancelled' },
  {
    what: 'a cancellation of what never was',
    wish: () => ({ to: 'cancel', person: 'RSSMRA80A01H501U', test: '999999999' }),
    refusal: 'unknown-transaction',
    onPage: HIDDEN,
  },
  { what: 'a cancellation of another doctor’s test', wish: ofAnother, refusal: 'unknown-transaction', onPage: HIDDEN },
  { what: 'a list of tests', wish: () => ({ to: 'list', from: '2027-05-01', until: '2027-05-09' }) },
  { what: 'a list of one day', wish: () => ({ to: 'list', from: '2027-05-09', until: '2027-05-09' }) },
  { what: 'a list of 366 days', wish: () => ({ to: 'list', from: '2026-05-10', until: '2027-05-10' }) },
  {
    what: 'a list of 367 days',
    wish: () => ({ to: 'list', from: '2026-05-09', until: '2027-05-10' }),
    refusal: 'interval-too-long',
  },
  {
    what: 'a list that ends before it begins',
    wish: () => ({ to: 'list', from: '2027-05-02', until: '2027-05-01' }),
    refusal: 'interval-reversed',
  },
  { what: 'the list of patients', wish: () => ({ to: 'patients' }) },
  ...ofSubstitutes('on his first day', '2027-05-10', '2027-05-12'),
  ...ofSubstitutes('on his last day', '2027-05-01', '2027-05-10'),
  ...ofSubstitutes('the day after', '2027-05-01', '2027-05-09', 'no-substitution'),
  {
    what: 'the day before a substitution',
    by: 'substitute',
    wish: async () => ({ ...submit(nextPatient()), ...(await during('2027-05-11', '2027-05-12')) }),
    refusal: 'no-substitution',
    onPage: { operation: 'test-submission', outcome: 'unknown-list' },
  },
];

/** A test of tomorrow, while the campaign runs. */
function tomorrow(): Wish {
  const now = new Date('2027-05-02T10:00:00Z');
  gateway.setNow(now);
  portal.setNow(now);
  return submit(nextPatient());
}

async function duplicate(): Promise<Wish> {
  const person = nextPatient();
  await submitted(person);
  return submit(person);
}

async function cancel({ isCancelled = false } = {}): Promise<Wish> {
  const person = nextPatient();
  const test = await submitted(person);
  if (isCancelled) await own().cancel(person, test);
  return { to: 'cancel', person, test };
}

async function ofAnother(): Promise<Wish> {
  const person = nextOfAnother();
  return {
    to: 'cancel',
    person,
    test: transactionOf(await doctorByPassword(gateway, 'secondDoctor').submit(person, DAY)),
  };
}

function ofSubstitutes(when: string, from: string, to: string, refusal?: RefusalCode): Case[] {
  const inTerm = (wish: Wish) => async (): Promise<Wish> => ({ ...wish, ...(await during(from, to)) });
  const own = async (): Promise<Wish> => {
    const person = nextPatient();
    const parties = await during('2027-05-01', '2027-05-10');
    const test = transactionOf(await doctorByPassword(gateway, 'substitute').submit(person, DAY, parties.titular));
    await gateway.db.query('UPDATE screening.substitution SET valid_from = $1, valid_to = $2', [from, to]);
    return { to: 'cancel', person, test, ...parties };
  };
  const ofTitular = async (): Promise<Wish> => {
    const person = nextPatient();
    return { to: 'cancel', person, test: await submitted(person), ...(await during(from, to)) };
  };
  const refused = refusal === undefined ? {} : { refusal };
  const by = 'substitute';
  return [
    { by, what: `a substitute’s test ${when}`, wish: async () => inTerm(submit(nextPatient()))(), ...refused },
    { by, what: `a substitute’s patients ${when}`, wish: inTerm({ to: 'patients' }), ...refused },
    // A substitute lists and cancels own entries without limit of time (3.3.1) [T-4].
    { by, what: `a substitute’s tests ${when}`, wish: inTerm({ to: 'list', from: '2027-05-01', until: '2027-05-09' }) },
    { by, what: `a substitute cancels his own ${when}`, wish: own },
    {
      ...{ by, what: `a substitute cancels the titular’s ${when}`, wish: ofTitular },
      ...{ refusal: 'unknown-transaction', onPage: HIDDEN },
    },
  ];
}

test.each(CASES.map((row) => [row.what, row.refusal ?? 'done', row] as const))(
  '%s: %s, by SOAP and on the page',
  async (_, __, { by = 'doctor', wish, refusal, onPage }) => {
    const code = refusal === undefined ? '0000' : REFUSALS[refusal].code;
    expect(await bySoap(by, await wish())).toBe(code);
    const wished = await wish();
    const answer = await byPage(await portal.signedIn(by), wished);
    const row = (await rowsOf(gateway, answer.first ?? answer)).at(-1);
    expect(row).toEqual(onPage ?? { operation: operationOf[wished.to], outcome: code });
    if (answer.status === 422) expect(answer.text).toContain(refusal === undefined ? '' : REFUSALS[refusal].text);
    // A second test, and a second cancellation, have the intended result: the page leads to the receipt.
    const isDone = refusal === undefined || refusal === 'duplicate-test' || refusal === 'already-cancelled';
    expect(answer.status).toBe(isDone ? (wished.to === 'cancel' ? 303 : 200) : onPage ? 404 : 422);
  },
);

test('every refusal of the doctors’ operations is among the cases, or cannot be caused by a page', () => {
  const onNoPage = [
    'not-permitted', // the frame checks the policy first: portal-callers.test.ts
    'not-the-caller', // a page has no field for the acting doctor
    'other-person', // nor one for the person of a cancellation
  ];
  const met = new Set([...onNoPage, ...CASES.map(({ refusal }) => refusal)]);
  expect(Object.keys(REFUSALS).filter((refusal) => !met.has(refusal))).toEqual([]);
});
