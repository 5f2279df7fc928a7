/** [T-2] [T-3] 3.3.1: a substitute acts for the titular who added them, during the term, on their own entries. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import {
  DONE_VERDICT,
  addSubstitution,
  doctorByPassword,
  patientQueue,
  refused,
  transactionOf,
  verdictOf,
} from '../support/doctors.js';
import type { Doctor } from '../support/doctors.js';
import { startTestGateway, textsOf } from '../support/gateway.js';
import type { TestGateway } from '../support/gateway.js';

const NO_SUBSTITUTION = '1003 codiceFiscaleMedicoTitolare';

let gateway: TestGateway;
let titular: Doctor;
let substitute: Doctor;
let otherSubstitute: Doctor;
let otherTitular: Doctor;
const nextPatient = patientQueue('doctor');

beforeAll(async () => {
  gateway = await startTestGateway();
  titular = doctorByPassword(gateway, 'doctor');
  substitute = doctorByPassword(gateway, 'substitute');
  otherTitular = doctorByPassword(gateway, 'secondDoctor');
  otherSubstitute = doctorByPassword(gateway, 'coded');
});

beforeEach(async () => {
  await gateway.db.query('TRUNCATE screening.substitution');
  gateway.setNow(new Date('2027-05-10T10:00:00Z'));
});

afterAll(() => gateway.stop());

/** Every operation on the titular's behalf. */
const everything = (who: Doctor, forWhom: string) => [
  () => who.patientList(forWhom),
  () => who.submit(nextPatient(), '2027-05-01', forWhom),
  () => who.cancel('RSSMRA80A01H501U', '1', forWhom),
  () => who.testList('2027-05-01', '2027-05-02', forWhom),
];

test('[T-2] [T-4] the term includes its first and last day in Rome; listing and cancelling have no last day', async () => {
  await addSubstitution(gateway, titular.codiceFiscale, substitute.codiceFiscale, '2027-05-10', '2027-05-12');
  const moments = [
    { now: '2027-05-09T21:59:00Z', permitted: 0 }, // 9 May, a minute to midnight
    { now: '2027-05-09T22:00:00Z', permitted: 4 },
    { now: '2027-05-11T12:00:00Z', permitted: 4 },
    { now: '2027-05-12T21:59:00Z', permitted: 4 },
    { now: '2027-05-12T22:00:00Z', permitted: 2 },
    { now: '2028-05-11T12:00:00Z', permitted: 2 },
  ];
  for (const moment of moments) {
    gateway.setNow(new Date(moment.now));
    for (const [index, call] of everything(substitute, titular.codiceFiscale).entries()) {
      const { esito, reasons } = verdictOf(await call());
      // The last two of the four: cancelling and listing.
      if (index >= 4 - moment.permitted) expect(esito).toMatch(/^(0000|3001)$/);
      else expect(reasons).toEqual([NO_SUBSTITUTION]);
    }
  }
});

test('[T-3] a substitution counts for its titular and its substitute only', async () => {
  await addSubstitution(gateway, titular.codiceFiscale, substitute.codiceFiscale, '2027-05-01', '2027-05-31');
  const others = [
    ...everything(substitute, otherTitular.codiceFiscale), // another titular
    ...everything(otherSubstitute, titular.codiceFiscale), // another substitute
    ...everything(titular, substitute.codiceFiscale), // the other way round
  ];
  for (const call of others) expect(verdictOf(await call())).toEqual(refused(NO_SUBSTITUTION));
});

test('[T-2] a revoked substitution ends at once; a second one in force counts', async () => {
  const id = await addSubstitution(
    gateway,
    titular.codiceFiscale,
    substitute.codiceFiscale,
    '2027-05-01',
    '2027-05-31',
  );
  expect(verdictOf(await substitute.patientList(titular.codiceFiscale))).toEqual(DONE_VERDICT);
  await gateway.db.query('UPDATE screening.substitution SET revoked_at = now() WHERE id = $1', [id]);
  expect(verdictOf(await substitute.patientList(titular.codiceFiscale))).toEqual(refused(NO_SUBSTITUTION));
  await addSubstitution(gateway, titular.codiceFiscale, substitute.codiceFiscale, '2027-05-10', '2027-05-10');
  expect(verdictOf(await substitute.patientList(titular.codiceFiscale))).toEqual(DONE_VERDICT);
});

test('[T-2] a substitute sees the whole patient list of the titular', async () => {
  await addSubstitution(gateway, titular.codiceFiscale, substitute.codiceFiscale, '2027-05-01', '2027-05-31');
  const own = await titular.patientList();
  const forTitular = await substitute.patientList(titular.codiceFiscale);
  expect(textsOf(forTitular, 'codiceFiscaleAssistito')).toEqual(textsOf(own, 'codiceFiscaleAssistito'));
  expect(textsOf(own, 'codiceFiscaleAssistito').length).toBeGreaterThan(1_000);
});

test('[T-2] each substitute lists and cancels their own entries; the titular lists and cancels all', async () => {
  for (const who of [substitute, otherSubstitute]) {
    await addSubstitution(gateway, titular.codiceFiscale, who.codiceFiscale, '2027-05-01', '2027-05-31');
  }
  const owner = titular.codiceFiscale;
  const entered = new Map<Doctor, { person: string; id: string }>();
  for (const who of [titular, substitute, otherSubstitute]) {
    const person = nextPatient();
    entered.set(who, { person, id: transactionOf(await who.submit(person, '2027-05-09', owner)) });
  }
  const idsSeenBy = async (who: Doctor) =>
    textsOf(await who.testList('2027-05-09', '2027-05-09', owner), 'identificativoTransazioneComunicazione');
  const all = [...entered.values()].map(({ id }) => id);
  expect(await idsSeenBy(titular)).toEqual(all);
  expect(await idsSeenBy(substitute)).toEqual([entered.get(substitute)?.id]);
  expect(await idsSeenBy(otherSubstitute)).toEqual([entered.get(otherSubstitute)?.id]);

  for (const [who, { person, id }] of entered) {
    if (who !== substitute) {
      expect(verdictOf(await substitute.cancel(person, id, owner))).toEqual(refused('3001 identificativoTransazione'));
    }
  }
  const own = entered.get(substitute);
  expect(verdictOf(await substitute.cancel(own?.person ?? '', own?.id ?? '', owner))).toEqual(DONE_VERDICT);
  const foreign = entered.get(otherSubstitute);
  expect(verdictOf(await titular.cancel(foreign?.person ?? '', foreign?.id ?? ''))).toEqual(DONE_VERDICT);
  expect(await idsSeenBy(titular)).toEqual([entered.get(titular)?.id]);
});

test('[T-2] a substitute’s entry counts for the titular, not for the substitute', async () => {
  await addSubstitution(gateway, titular.codiceFiscale, substitute.codiceFiscale, '2027-05-01', '2027-05-31');
  const person = nextPatient();
  const id = transactionOf(await substitute.submit(person, '2027-05-08', titular.codiceFiscale));
  const [row] = await gateway.db.query<{ titular: string; doctor: string }[]>(
    'SELECT titular, doctor FROM screening.test_submission WHERE transaction_id = $1',
    [id],
  );
  expect(row).toEqual({ titular: titular.codiceFiscale, doctor: substitute.codiceFiscale });
  const asHimself = await substitute.testList('2027-05-08', '2027-05-08');
  expect(textsOf(asHimself, 'identificativoTransazioneComunicazione')).toEqual([]);
  expect(verdictOf(await substitute.cancel(person, id))).toEqual(refused('3001 identificativoTransazione'));
});

describe('[T-4] after the term, or once revoked', () => {
  const owner = (): string => titular.codiceFiscale;
  async function entered(how: 'ended' | 'revoked'): Promise<{ person: string; id: string; ofTitular: string }> {
    const substitution = await addSubstitution(gateway, owner(), substitute.codiceFiscale, '2027-05-01', '2027-05-10');
    const person = nextPatient();
    const id = transactionOf(await substitute.submit(person, '2027-05-06', owner()));
    const ofTitular = transactionOf(await titular.submit(nextPatient(), '2027-05-06'));
    if (how === 'revoked')
      await gateway.db.query(`UPDATE screening.substitution SET revoked_at = $2 WHERE id = $1`, [
        substitution,
        gateway.now(),
      ]);
    else gateway.setNow(new Date('2027-05-11T10:00:00Z'));
    return { person, id, ofTitular };
  }

  test.each(['ended', 'revoked'] as const)('%s: the substitute lists and cancels, and nothing more', async (how) => {
    const { person, id, ofTitular } = await entered(how);
    expect(verdictOf(await substitute.submit(nextPatient(), '2027-05-06', owner()))).toEqual(refused(NO_SUBSTITUTION));
    expect(verdictOf(await substitute.patientList(owner()))).toEqual(refused(NO_SUBSTITUTION));
    const seen = await substitute.testList('2027-05-06', '2027-05-06', owner());
    expect(textsOf(seen, 'identificativoTransazioneComunicazione')).toContain(id);
    expect(textsOf(seen, 'identificativoTransazioneComunicazione')).not.toContain(ofTitular);
    expect(verdictOf(await substitute.cancel(person, id, owner()))).toEqual(DONE_VERDICT);
  });

  test('a substitution revoked before its first day was never in force', async () => {
    await addSubstitution(gateway, owner(), substitute.codiceFiscale, '2027-05-12', '2027-05-14');
    await gateway.db.query(`UPDATE screening.substitution SET revoked_at = $1`, [gateway.now()]);
    gateway.setNow(new Date('2027-05-13T10:00:00Z'));
    expect(verdictOf(await substitute.testList('2027-05-01', '2027-05-02', owner()))).toEqual(refused(NO_SUBSTITUTION));
  });
});

test('[T-3] a patient of the substitute is not on the titular’s list: the substitute cannot enter a test for the patient', async () => {
  await addSubstitution(gateway, titular.codiceFiscale, otherTitular.codiceFiscale, '2027-05-01', '2027-05-31');
  const ofSubstitute = patientQueue('secondDoctor')();
  expect(verdictOf(await otherTitular.submit(ofSubstitute, '2027-05-09', titular.codiceFiscale))).toEqual(
    refused('2004 codiceFiscaleAssistito'),
  );
  expect(verdictOf(await otherTitular.submit(ofSubstitute, '2027-05-09'))).toEqual(DONE_VERDICT);
});
