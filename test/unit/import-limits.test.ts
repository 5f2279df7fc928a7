/**
 * What an import accepts is sent on the wire, where readers compare it with the contract. Every column of every import
 * is listed here: sent in elements, whose facets accept the extremes, or not sent.
 */
import { expect, test } from '@jest/globals';
import { notificaOpposizione } from '../../generated/NotificaOpposizione.js';
import { servizioComunicazioneMetadati } from '../../generated/ComunicazioneMetadati.js';
import { testSierologici } from '../../generated/TestSierologici.js';
import { IMPORT_COLUMNS } from '../../src/opposition/register/import-columns.js';
import { patientIdOf } from '../../src/opposition/sending/region-message.js';
import { romeDate } from '../../src/platform/clock.js';
import { Refusal } from '../../src/platform/csv/index.js';
import type { ElementShape, OperationShape } from '../../src/platform/soap/contract.js';
import { kindDefinitions } from '../../src/registry/import/kinds.js';
import { LAYOUT_DEFINITIONS } from '../../src/roster/layouts.js';

interface Carried {
  readonly elements: readonly string[];
  /** Accepted, and the longest or most unusual of their kind. */
  readonly taken: readonly string[];
  /** Just beyond the limit. */
  readonly refused: readonly string[];
  /** The value in the element. */
  readonly written?: (value: string) => readonly string[];
}

/** Plain, with letters for digits (omocodia), provisional, STP. */
const CODICI_FISCALI = ['RSSMRA80A01H501U', 'RSSMRA80A01H50MM'];
const IDENTIFIERS = [...CODICI_FISCALI, '12345678903', 'STP1202010000001'];
const NO_IDENTIFIERS = [
  'RSSMRA80A01H501UA',
  'RSSMRA80A01H501',
  'rssmra80a01h501u',
  '123456789031',
  'STP12020100000011',
];
const PERSON = ['codiceFiscaleAssistito', 'identificativoAssistito'];
const NAME = { taken: ['X', '-', 'D’A-B', '𝒳'.repeat(100)], refused: ['𝒳'.repeat(101), 'A\u0001', '\uFFFE'] };
const OF_STAFF = { elements: PERSON, taken: IDENTIFIERS.slice(0, 3), refused: NO_IDENTIFIERS };

const CARRIED: Readonly<Record<string, Carried>> = {
  'doctors.codice_fiscale': {
    ...{ elements: ['codiceFiscaleMedico', 'codiceFiscaleMedicoTitolare'], taken: CODICI_FISCALI },
    refused: NO_IDENTIFIERS,
  },
  'persons.identificativo': { elements: PERSON, taken: IDENTIFIERS, refused: NO_IDENTIFIERS },
  'persons.identificativi_precedenti': { elements: PERSON, taken: IDENTIFIERS, refused: NO_IDENTIFIERS },
  'persons.cognome': { ...NAME, elements: ['cognomeAssistito'] },
  'persons.nome': { ...NAME, elements: ['nomeAssistito'] },
  'statali.codice_fiscale': OF_STAFF,
  'trento_bolzano.codice_fiscale': OF_STAFF,
  'decisions.identificativo_soggetto': {
    ...{ elements: ['PatientId'], taken: IDENTIFIERS, refused: NO_IDENTIFIERS },
    written: (value) => [patientIdOf(value, 'plain'), patientIdOf(value, 'cx')],
  },
  'decisions.data_opposizione': {
    elements: ['OppositionDate'],
    taken: ['2024-04-22', '2024-06-30T23:59:59.999+02:00'],
    refused: ['2024-4-22', '2024-06-31', '2024-07-01', '2024-06-30T24:00:00Z'],
    written: (value) => [romeDate(new Date(value))],
  },
};

/** In no message: codes of regions, provinces and ASLs, dates and STP data of persons stay in the registry. */
const IN_NO_MESSAGE = [
  ...[
    'regions.codice',
    'regions.denominazione',
    'asls.codice',
    'asls.regione',
    'asls.denominazione',
    'provinces.sigla',
  ],
  ...[
    'provinces.regione',
    'provinces.denominazione',
    'municipalities.codice_catastale',
    'municipalities.denominazione',
  ],
  ...['municipalities.provincia', 'municipalities.asl', 'doctors.cognome', 'doctors.nome', 'doctors.asl'],
  ...['data_nascita', 'regione', 'asl', 'medico', 'stato', 'data_assistenza', 'numero_tessera', 'scadenza_tessera'].map(
    (header) => `persons.${header}`,
  ),
  ...['persons.regione_stp', 'persons.data_rilascio_stp', 'persons.sasn', 'paritarie.regione', 'paritarie.provincia'],
  ...['paritarie.totale_personale', 'trento_bolzano.tipologia', 'decisions.opposizione', 'decisions.soggetto_accesso'],
  ...['decisions.ruolo_accesso', 'decisions.regione'],
];

/** References known to all three. */
const references = {
  ...{ regions: new Set<string>(), asls: new Set<string>(), provinces: new Set<string>(), doctors: new Set<string>() },
  ...{ today: '2026-11-21', terms: [{ opensOn: '2024-04-22', closesOn: '2024-06-30' }] },
};

const noPlaces = {
  ...{
    regions: new Map<string, string>(),
    provinces: new Map<string, string>(),
    regionOfProvince: new Map<string, string>(),
  },
  ...{ attributed: new Set<string>(), unknownRegion: new Refusal(''), unknownProvince: new Refusal('') },
};

type Read = (value: string) => unknown;

const reads = new Map<string, Read>([
  ...Object.entries(kindDefinitions).flatMap(([kind, { columns }]) =>
    columns.map(({ header, read }): [string, Read] => [`${kind}.${header}`, (value) => read(value, references)]),
  ),
  ...IMPORT_COLUMNS.map(({ header, read }): [string, Read] => [
    `decisions.${header}`,
    (value) => read(value, references),
  ]),
  ...Object.entries(LAYOUT_DEFINITIONS).flatMap(([layout, { columns }]) =>
    columns.map(({ header, read }): [string, Read] => [`${layout}.${header}`, (value) => read(value, noPlaces)]),
  ),
]);

test('every column is either compared or in no message', () => {
  expect([...reads.keys()].toSorted()).toEqual([...Object.keys(CARRIED), ...IN_NO_MESSAGE].toSorted());
});

test.each(Object.entries(CARRIED))('%s is accepted within the contract’s limits', (column, carried) => {
  const { elements, taken, refused, written = (value) => [value] } = carried;
  const shapes = elements.flatMap(shapesOf);
  expect(shapes.length).toBeGreaterThanOrEqual(elements.length);
  for (const value of taken) {
    expect(typeof reads.get(column)?.(value)).toBe('string');
    for (const text of written(value))
      for (const shape of shapes) expect([text, shape.name, fits(shape, text)]).toEqual([text, shape.name, true]);
  }
  for (const value of refused) expect([value, typeof reads.get(column)?.(value)]).toEqual([value, 'object']);
});

test.each([
  ...['=HYPERLINK("http://example.org";"ROSSI")', '@SUM(A1)', '+1', '-1+1', '--', '\uFF1D1', '\uFF0D1'],
  ...['A\u202EB', 'A\u200BB', '\u00ADA', 'A\u2028B', 'A\u{E0041}B', 'A\u3164B', 'A\tB'],
])('no column accepts %j: a formula, or an invisible character', (text) => {
  const takers = [...reads].filter(([, read]) => typeof read(text) === 'string').map(([column]) => column);
  expect(takers).toEqual([]);
});

/** The elements with this name, in requests and answers of all contracts. */
function shapesOf(name: string): ElementShape[] {
  const below = (shape: ElementShape): ElementShape[] =>
    (shape.children ?? []).flatMap((child) => (child.name === name ? [child] : below(child)));
  return [testSierologici, servizioComunicazioneMetadati, notificaOpposizione].flatMap(({ operations }) =>
    Object.values<OperationShape>(operations).flatMap(({ request, response }) => [
      ...below(request),
      ...below(response),
    ]),
  );
}

function fits({ facets = {} }: ElementShape, text: string): boolean {
  const { minLength = 0, maxLength = Infinity, patterns = [] } = facets;
  const length = Array.from(text).length;
  return length >= minLength && length <= maxLength && patterns.every((pattern) => pattern.test(text));
}
