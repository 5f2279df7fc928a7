/**
 * Permitted callers [T-1] [T-3], tables 1 and 2 (3.3, 4.3): every operation of the contract by every kind of caller,
 * end to end. A new operation of the contract without a row in the policy, or without an example here, fails.
 */
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { testSierologici } from '../../generated/TestSierologici.js';
import type { TestSierologiciOperations } from '../../generated/TestSierologici.js';
import { ROLES, SIGN_IN_METHODS } from '../../src/auth/caller.js';
import type { AccountRole } from '../../src/auth/caller.js';
import { POLICY, isPermitted } from '../../src/auth/policy.js';
import { romeDate } from '../../src/platform/clock.js';
import { OPERATION_OF } from '../../src/screening/soap.js';
import { addSubstitution, patientQueue, transactionOf } from '../support/doctors.js';
import { startTestGateway, textOf } from '../support/gateway.js';
import type { Credentials, Reply, TestGateway } from '../support/gateway.js';

type WireOperation = keyof TestSierologiciOperations;

const WIRE_OPERATIONS = Object.keys(testSierologici.operations);

let gateway: TestGateway;
let today: string;
const nextPatient = patientQueue('doctor');

beforeAll(async () => {
  gateway = await startTestGateway();
  today = romeDate(gateway.now());
});

beforeEach(async () => {
  await gateway.db.query(`UPDATE auth.account SET role = 'doctor', suspended_at = NULL`);
  await gateway.db.query('TRUNCATE screening.substitution');
});

afterAll(() => gateway.stop());

interface Attempt {
  readonly credentials: Credentials;
  readonly header: string;
  readonly doctor: string;
  readonly titular: string;
}

/** What each operation requires besides the parties; created for each call, so that it breaks no rule. */
const EXAMPLES = {
  scaricoElencoAssistiti: () => Promise.resolve({}),
  invioTestSierologico: () => Promise.resolve({ codiceFiscaleAssistito: nextPatient(), dataEsecuzioneTest: today }),
  async annullamentoTestSierologico({ doctor, titular }) {
    const person = nextPatient();
    const [row] = await gateway.db.query<{ id: string }[]>(
      `INSERT INTO screening.test_submission (transaction_id, person, titular, doctor, executed_on, communicated_at)
       VALUES (nextval('audit.transaction_id'), $1, $2, $3, $4, now()) RETURNING transaction_id AS id`,
      [person, titular, doctor, today],
    );
    return { codiceFiscaleAssistito: person, identificativoTransazione: row?.id ?? '' };
  },
  scaricoElencoTestSierologici: () => Promise.resolve({ dataInizioIntervallo: today, dataFineIntervallo: today }),
} satisfies Record<WireOperation, (attempt: Attempt) => Promise<Record<string, string>>>;

async function call(operation: string, attempt: Attempt): Promise<Reply> {
  const example = Object.entries(EXAMPLES).find(([name]) => name === operation)?.[1];
  if (example === undefined) throw new Error(`no example of ${operation}`);
  const { credentials, header, doctor, titular } = attempt;
  const parties = { codiceFiscaleMedico: doctor, codiceFiscaleMedicoTitolare: titular };
  return gateway.call(operation, { ...parties, ...(await example(attempt)) }, credentials, header);
}

const cardOf = (role: 'doctor' | 'secondDoctor' | 'substitute' | 'revoked' | 'expired'): Attempt => {
  const { codiceFiscale } = gateway.account(role);
  return { credentials: gateway.card(role), header: '', doctor: codiceFiscale, titular: codiceFiscale };
};

const passwordOf = (role: Parameters<TestGateway['account']>[0]): Attempt => {
  const { codiceFiscale, pincode } = gateway.account(role);
  const header = gateway.pinCode(pincode);
  return { credentials: gateway.basic(role), header, doctor: codiceFiscale, titular: codiceFiscale };
};

const fiscal = (role: Parameters<TestGateway['account']>[0]) => gateway.account(role).codiceFiscale;

const setAccount = (role: Parameters<TestGateway['account']>[0], change: string) =>
  gateway.db.query(
    `UPDATE auth.account SET ${change}, credential_version = credential_version + 1 WHERE codice_fiscale = $1`,
    [fiscal(role)],
  );

/** Kinds of caller, and the answer of every operation to them: an outcome, or a fault's code. */
const CALLERS: readonly {
  readonly who: string;
  readonly arrange?: () => Promise<unknown>;
  readonly attempt: () => Attempt;
  readonly answer: string;
  /** Operations with other answers. */
  readonly but?: Readonly<Record<string, string>>;
}[] = [
  { who: 'a doctor by card', attempt: () => cardOf('doctor'), answer: '0000' },
  { who: 'a doctor by password and pincode', attempt: () => passwordOf('doctor'), answer: '0000' },
  {
    who: 'a doctor by card, whatever password he sends besides',
    attempt: () => ({ ...cardOf('doctor'), credentials: { ...gateway.card('doctor'), basic: 'NOBODY:wrong' } }),
    answer: '0000',
  },
  {
    who: 'a substitute in his term, by card',
    arrange: () => addSubstitution(gateway, fiscal('doctor'), fiscal('substitute'), today, today),
    attempt: () => ({ ...cardOf('substitute'), titular: fiscal('doctor') }),
    answer: '0000',
  },
  {
    who: 'a substitute in his term, by password',
    arrange: () => addSubstitution(gateway, fiscal('doctor'), fiscal('substitute'), today, today),
    attempt: () => ({ ...passwordOf('substitute'), titular: fiscal('doctor') }),
    answer: '0000',
  },
  {
    who: 'a substitute after his term',
    arrange: () => addSubstitution(gateway, fiscal('doctor'), fiscal('substitute'), '2020-09-01', '2020-09-30'),
    attempt: () => ({ ...cardOf('substitute'), titular: fiscal('doctor') }),
    answer: '1003',
    // [T-4] A substitute can still list and cancel entries of the ended term.
    but: { annullamentoTestSierologico: '0000', scaricoElencoTestSierologici: '0000' },
  },
  {
    who: 'a substitute for another titular',
    arrange: () => addSubstitution(gateway, fiscal('doctor'), fiscal('substitute'), today, today),
    attempt: () => ({ ...cardOf('substitute'), titular: fiscal('secondDoctor') }),
    answer: '1003',
  },
  {
    who: 'a doctor naming another titular',
    attempt: () => ({ ...cardOf('secondDoctor'), titular: fiscal('doctor') }),
    answer: '1003',
  },
  {
    who: 'a doctor naming another doctor as himself, by card',
    attempt: () => ({ ...cardOf('secondDoctor'), doctor: fiscal('doctor'), titular: fiscal('doctor') }),
    answer: '1002',
  },
  {
    who: 'a doctor naming another doctor as himself, by password',
    attempt: () => ({ ...passwordOf('secondDoctor'), doctor: fiscal('doctor'), titular: fiscal('doctor') }),
    answer: '1002',
  },
  {
    who: 'an operator of an ASL by password',
    arrange: () => setAccount('secondDoctor', `role = 'asl_operator'`),
    attempt: () => passwordOf('secondDoctor'),
    answer: '1001',
  },
  {
    who: 'an operator of an ASL by card',
    arrange: () => setAccount('secondDoctor', `role = 'asl_operator'`),
    attempt: () => cardOf('secondDoctor'),
    answer: '1001',
  },
  {
    who: 'an operator of an ASL who is named as substitute',
    arrange: async () => {
      await setAccount('substitute', `role = 'asl_operator'`);
      await addSubstitution(gateway, fiscal('doctor'), fiscal('substitute'), today, today);
    },
    attempt: () => ({ ...cardOf('substitute'), titular: fiscal('doctor') }),
    answer: '1001',
  },
  {
    who: 'nobody',
    attempt: () => ({ ...cardOf('doctor'), credentials: {} }),
    answer: 'AUTENTICAZIONE_ASSENTE',
  },
  {
    who: 'a password without pincode',
    attempt: () => ({ ...passwordOf('doctor'), header: '' }),
    answer: 'PINCODE_ASSENTE',
  },
  {
    who: 'a wrong pincode',
    attempt: () => ({ ...passwordOf('coded'), header: gateway.pinCode('0000000000') }),
    answer: 'CREDENZIALI_NON_VALIDE',
  },
  { who: 'a revoked card', attempt: () => cardOf('revoked'), answer: 'CERTIFICATO_REVOCATO' },
  { who: 'an expired card', attempt: () => cardOf('expired'), answer: 'CERTIFICATO_SCADUTO' },
  {
    who: 'a suspended account by password',
    arrange: () => setAccount('secondDoctor', 'suspended_at = now()'),
    attempt: () => passwordOf('secondDoctor'),
    answer: 'CREDENZIALI_NON_VALIDE',
  },
  {
    who: 'a suspended account by card',
    arrange: () => setAccount('secondDoctor', 'suspended_at = now()'),
    attempt: () => cardOf('secondDoctor'),
    answer: 'UTENTE_NON_ABILITATO',
  },
];

test.each(CALLERS)('[T-1] [T-3] $who: $answer in every operation', async ({ arrange, attempt, answer: usual, but }) => {
  await arrange?.();
  for (const operation of WIRE_OPERATIONS) {
    const answer = but?.[operation] ?? usual;
    const reply = await call(operation, attempt());
    const outcome = textOf(reply, 'esito');
    expect({ operation, answer: outcome ?? textOf(reply, 'codice') }).toEqual({ operation, answer });
    expect(reply.status).toBe(outcome === undefined ? 500 : 200);
    // A refused caller gets no data: the answer contains nothing from anybody's list.
    if (answer !== '0000') expect(reply.text).not.toMatch(/<(?:\w+:)?(?:assistito|testSierologico)>/);
  }
});

const CELLS = WIRE_OPERATIONS.flatMap((operation) =>
  ROLES.flatMap((role) =>
    SIGN_IN_METHODS.map((method): [string, AccountRole, (typeof SIGN_IN_METHODS)[number]] => [operation, role, method]),
  ),
);

test.each(CELLS)('the policy table decides: %s for %s by %s', async (wire, role, method) => {
  const operation = Object.entries(OPERATION_OF).find(([name]) => name === wire)?.[1];
  if (operation === undefined) throw new Error(`${wire} has no row in the policy`);
  await setAccount('doctor', `role = '${role}'`);
  const reply = await call(wire, method === 'card' ? cardOf('doctor') : passwordOf('doctor'));
  const caller = { kind: 'account', userId: '', codiceFiscale: '', capacity: { role }, method } as const;
  expect(textOf(reply, 'esito')).toBe(isPermitted(caller, operation) ? '0000' : '1001');
  expect(Number(transactionOf(reply))).toBeGreaterThan(0);
});

test('every operation of the contract has its row, and every doctor’s operation its wire name', () => {
  expect(Object.keys(OPERATION_OF).sort()).toEqual([...WIRE_OPERATIONS].sort());
  const doctors = Object.entries(POLICY).filter(([, { callers }]) => 'doctor' in callers);
  const onPagesOnly = [
    ...['session-begin', 'session-capacity', 'session-list', 'session-end', 'substitution-add', 'substitution-list'],
    ...['secrets-ask', 'secrets-set', 'secrets-change', 'address-change', 'address-confirm', 'own-accesses'],
    ...['substitution-received', 'substitution-revoke', 'substitution-check', 'test-check', 'test-receipt'],
  ];
  expect([...Object.values(OPERATION_OF), ...onPagesOnly].sort()).toEqual(
    doctors.map(([operation]) => operation).sort(),
  );
});

test('what the table does not list is refused: another role, another method, another kind of caller', () => {
  const doctor = {
    kind: 'account',
    userId: '',
    codiceFiscale: '',
    capacity: { role: 'doctor' },
    method: 'card',
  } as const;
  const machine = { databaseLogin: '', systemUser: '' };
  expect(isPermitted(doctor, 'test-list')).toBe(true);
  expect(isPermitted({ ...doctor, method: 'spid' }, 'test-list')).toBe(false);
  expect(isPermitted({ ...doctor, method: 'admin', machine }, 'test-list')).toBe(false);
  expect(isPermitted({ ...doctor, capacity: { role: 'administrator' } }, 'test-list')).toBe(false);
  expect(isPermitted({ kind: 'operator', method: 'admin', machine }, 'test-list')).toBe(false);
  expect(isPermitted({ kind: 'system', method: 'system', name: '', region: '120' }, 'test-list')).toBe(false);
  expect(isPermitted(doctor, 'metadata-communication')).toBe(false);
});
