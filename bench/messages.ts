/**
 * The three messages for every engine, and their answers: a submission, a list of 50, a list of 1 500. With the
 * sandbox's invented people.
 */
import { fileURLToPath } from 'node:url';
import { testSierologici } from '../generated/TestSierologici.js';
import type { Assistito, ScaricoElencoAssistitiResponse } from '../generated/TestSierologici.js';
import { SEPARATOR, rowsOfText } from '../src/platform/db/rows-as-text.js';
import { syntheticRegistry } from '../src/dev/sandbox/people.js';
import { envelope } from '../test/crash/soap-client.js';

export const CONTRACT_DIRECTORY = fileURLToPath(new URL('../../wsdl', import.meta.url));
export const PATH = '/ws/TestSierologici';

const people = syntheticRegistry({ seed: 20200824, persons: 2_000, today: '2020-09-01' });
const { doctor, secondDoctor } = people.identities;
const listed = new Set(people.listedPersons.map(({ person }) => person));

/** A list by its request's titular, so that the handler must have read it: 1 500 persons or 50. */
const LISTS: ReadonlyMap<string, readonly Assistito[]> = new Map(
  [doctor, secondDoctor].map(({ codiceFiscale }) => [codiceFiscale, listOf(codiceFiscale)]),
);

/** Rows like those of the gateway's store: flat strings decoded from bytes, not concatenations of the generator. */
function listOf(titular: string): Assistito[] {
  const fields = people.persons
    .filter((person) => person.doctor === titular && person.status === 'in_care' && listed.has(person.identifier))
    .flatMap((person) => [person.identifier, person.givenName, person.surname, person.updatedOn]);
  return rowsOfText(
    Buffer.from(fields.join(SEPARATOR)).toString(),
    ['identifier', 'name', 'surname', 'updated'],
    (field) => ({
      codiceFiscaleAssistito: field(0),
      nomeAssistito: field(1),
      cognomeAssistito: field(2),
      dataUltimoAggiornamento: field(3),
    }),
  );
}

export const SIZES = ['submission', 'list of 50', 'list of 1 500'] as const;
export type Size = (typeof SIZES)[number];

const OF_DOCTOR = { codiceFiscaleMedico: doctor.codiceFiscale, codiceFiscaleMedicoTitolare: doctor.codiceFiscale };
const OF_SECOND = {
  codiceFiscaleMedico: secondDoctor.codiceFiscale,
  codiceFiscaleMedicoTitolare: secondDoctor.codiceFiscale,
};
const someone = LISTS.get(doctor.codiceFiscale)?.[0]?.codiceFiscaleAssistito ?? '';

export const REQUESTS: Readonly<Record<Size, string>> = {
  submission: envelope(testSierologici.namespace, 'invioTestSierologico', {
    ...OF_DOCTOR,
    codiceFiscaleAssistito: someone,
    dataEsecuzioneTest: '2020-09-01',
  }),
  'list of 50': envelope(testSierologici.namespace, 'scaricoElencoAssistiti', OF_SECOND),
  'list of 1 500': envelope(testSierologici.namespace, 'scaricoElencoAssistiti', OF_DOCTOR),
};

/** Number of rows in the answer to each request. */
export const ROWS: Readonly<Record<Size, number>> = { submission: 0, 'list of 50': 50, 'list of 1 500': 1_500 };

/** The first fields of every answer. */
export function done(transactionId: number) {
  const dataOra = '2020-09-01T10:15:30.123+02:00';
  return { identificativoTransazione: transactionId, dataOra, esito: '0000', descrizioneEsito: 'Operazione eseguita.' };
}

/** @throws Error when the titular is not one of the requests' */
export function patientList(transactionId: number, titular: string): ScaricoElencoAssistitiResponse {
  const assistito = LISTS.get(titular);
  if (assistito === undefined) throw new Error('a titular whom no request names');
  return { ...done(transactionId), listaAssistiti: { assistito } };
}

/** The titular whose list has this size. */
export const TITULAR = { 'list of 50': secondDoctor.codiceFiscale, 'list of 1 500': doctor.codiceFiscale };
