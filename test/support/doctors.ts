/**
 * A doctor's software, played by the tests: the four operations with the wire's names, by card or by password and
 * pincode. Knows no rule: each test states the expected answer.
 */
import type { IdentityRole } from '../../src/dev/sandbox/people.js';
import type { SyntheticPerson } from '../../src/dev/sandbox/model.js';
import type { CardRole } from '../../src/dev/sandbox/pki.js';
import { textOf } from './gateway.js';
import type { Credentials, Reply, TestGateway } from './gateway.js';
import { testPeople } from './people.js';

export interface Doctor {
  readonly codiceFiscale: string;
  /** Every operation: the titular is the doctor, unless another is named. */
  patientList(titular?: string): Promise<Reply>;
  submit(person: string, executedOn: string, titular?: string): Promise<Reply>;
  cancel(person: string, transaction: string, titular?: string): Promise<Reply>;
  testList(from: string, to: string, titular?: string): Promise<Reply>;
}

/** A card is valid from the day before the test run on: tests that set the clock back sign in by password. */
export function doctorByCard(gateway: TestGateway, role: CardRole & IdentityRole): Doctor {
  return doctor(gateway, gateway.account(role).codiceFiscale, gateway.card(role), () => '');
}

export function doctorByPassword(gateway: TestGateway, role: IdentityRole): Doctor {
  const { codiceFiscale, pincode } = gateway.account(role);
  return doctor(gateway, codiceFiscale, gateway.basic(role), () => gateway.pinCode(pincode));
}

/** @param header creates the header blocks of each message */
export function doctor(
  gateway: Pick<TestGateway, 'call'>,
  codiceFiscale: string,
  credentials: Credentials,
  header: () => string,
): Doctor {
  const call = (operation: string, titular: string, fields: Record<string, string>) => {
    const parties = { codiceFiscaleMedico: codiceFiscale, codiceFiscaleMedicoTitolare: titular };
    return gateway.call(operation, { ...parties, ...fields }, credentials, header());
  };
  return {
    codiceFiscale,
    patientList: (titular = codiceFiscale) => call('scaricoElencoAssistiti', titular, {}),
    submit: (person, executedOn, titular = codiceFiscale) =>
      call('invioTestSierologico', titular, { codiceFiscaleAssistito: person, dataEsecuzioneTest: executedOn }),
    cancel: (person, transaction, titular = codiceFiscale) =>
      call('annullamentoTestSierologico', titular, {
        codiceFiscaleAssistito: person,
        identificativoTransazione: transaction,
      }),
    testList: (from, to, titular = codiceFiscale) =>
      call('scaricoElencoTestSierologici', titular, { dataInizioIntervallo: from, dataFineIntervallo: to }),
  };
}

/** The listed persons in care of a doctor, always in the same order. */
export function patientsOf(role: IdentityRole): readonly SyntheticPerson[] {
  const { codiceFiscale } = testPeople.identities[role];
  const listed = new Set(testPeople.listedPersons.map(({ person }) => person));
  return testPeople.persons.filter(
    (person) => person.doctor === codiceFiscale && person.status === 'in_care' && listed.has(person.identifier),
  );
}

/** Plain codici fiscali of unused patients: each test has its own persons. */
export function patientQueue(role: IdentityRole): () => string {
  const waiting = patientsOf(role)
    .map(({ identifier }) => identifier)
    .filter((identifier) => /^[A-Z]{6}\d\d[A-Z]\d\d[A-Z]\d{3}[A-Z]$/.test(identifier));
  return () => {
    const next = waiting.shift();
    if (next === undefined) throw new Error(`no further patient of ${role}`);
    return next;
  };
}

/** One `dettaglio` of an answer. */
export interface Detail {
  readonly codice: string | undefined;
  readonly campo: string | undefined;
  readonly identificativoTransazione: string | undefined;
}

export function detailsOf(reply: Reply): Detail[] {
  return [...reply.text.matchAll(/<(?:\w+:)?dettaglio>(.*?)<\/(?:\w+:)?dettaglio>/gs)].map(([, text = '']) => {
    const inside = { ...reply, text };
    return {
      codice: textOf(inside, 'codice'),
      campo: textOf(inside, 'campo'),
      identificativoTransazione: textOf(inside, 'identificativoTransazione'),
    };
  });
}

/** The parts of an answer that a test compares: `0000`, or the codes of all reasons, each with its field. */
export function verdictOf(reply: Reply): { status: number; esito: string | undefined; reasons: string[] } {
  const reasons = detailsOf(reply).map(({ codice = '', campo = '' }) => `${codice} ${campo}`.trim());
  return { status: reply.status, esito: textOf(reply, 'esito'), reasons };
}

export const DONE_VERDICT = { status: 200, esito: '0000', reasons: [] };

/** @param reasons `<code> <field>` of each; the first one gives the outcome */
export function refused(...reasons: readonly string[]): ReturnType<typeof verdictOf> {
  return { status: 200, esito: reasons[0]?.slice(0, 4), reasons: [...reasons] };
}

/** The transaction's id of an answer. @throws Error when there is none */
export function transactionOf(reply: Reply): string {
  const id = textOf(reply, 'identificativoTransazione');
  if (id === undefined) throw new Error(`no transaction id in ${reply.status} ${reply.text}`);
  return id;
}

/** Text content as written by an XML serialiser, back to characters. */
export function unescapeXml(text: string): string {
  const named: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', apos: "'", quot: '"' };
  return text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (whole, hex?: string, decimal?: string, name = '') => {
    if (hex !== undefined) return String.fromCodePoint(parseInt(hex, 16));
    if (decimal !== undefined) return String.fromCodePoint(Number(decimal));
    return named[String(name)] ?? whole;
  });
}

/** [T-2] A substitution as the titular adds it, inserted directly into the table. Resolves to its id. */
export async function addSubstitution(
  gateway: Pick<TestGateway, 'db'>,
  titular: string,
  substitute: string,
  from: string,
  to: string,
): Promise<string> {
  const rows = await gateway.db.query<{ id: string }[]>(
    `INSERT INTO screening.substitution (titular, substitute, valid_from, valid_to, created_at)
     VALUES ($1, $2, $3, $4, now()) RETURNING id`,
    [titular, substitute, from, to],
  );
  return rows[0]?.id ?? '';
}
