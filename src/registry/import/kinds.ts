/**
 * The kinds of files of the import [G-1] [G-2]: their columns, tables, and rules between columns.
 * docs/registry-import.md describes them for operators; this file defines them.
 */
import { isStpCode } from '../../platform/ids/index.js';
import { Refusal, wordColumn, type RowRule, type RowValues } from '../../platform/csv/index.js';
import {
  codeColumn,
  dateColumn,
  doctorColumn,
  doctorKeyColumn,
  formerIdentifiersColumn,
  nameColumn,
  personColumn,
  textColumn,
  type Column,
  type References,
} from './column.js';
import { NO_NAME } from '../model.js';

export const importKinds = ['regions', 'asls', 'provinces', 'municipalities', 'doctors', 'persons'] as const;
export type ImportKind = (typeof importKinds)[number];

export interface KindDefinition {
  /** Qualified name of the table. */
  readonly table: string;
  /** Column of the primary key; the first of `columns`. */
  readonly key: string;
  readonly columns: readonly Column[];
  /** The row records the day of its last change. */
  readonly dated: boolean;
  /** Name of the column that is stored in registry.former_identifier instead of the table [G-5]. */
  readonly former?: string;
  readonly rule?: RowRule<References>;
}

export function isImportKind(value: string): value is ImportKind {
  return importKinds.some((kind) => kind === value);
}

const FORMER = 'former_identifiers';

const REGION = /^[0-9]{3}$/;
const ASL = /^[0-9]{6}$/;
const PROVINCE = /^[A-Z]{2}$/;

const REGION_MALFORMED = 'codice regione non di 3 cifre';
const REGION_UNKNOWN = 'regione sconosciuta';
const ASL_MALFORMED = 'codice ASL non di 6 cifre (regione 3 + ASL 3)';
const PROVINCE_MALFORMED = 'sigla di provincia non di 2 lettere maiuscole';

const regionReference = codeColumn('regione', 'region_code', {
  form: REGION,
  malformed: REGION_MALFORMED,
  known: (references) => references.regions,
  unknown: REGION_UNKNOWN,
});

const aslReference = codeColumn('asl', 'asl_code', {
  form: ASL,
  malformed: ASL_MALFORMED,
  known: (references) => references.asls,
  unknown: 'ASL sconosciuta',
});

const ASL_OF_ANOTHER_REGION = new Refusal('ASL di un’altra regione');
const NO_NAME_AT_ALL = new Refusal('almeno uno tra cognome e nome');
const OWN_IDENTIFIER = new Refusal('è l’identificativo attuale della stessa persona');
const STP_DATA_MISSING = new Refusal('obbligatorio per un codice STP');
const STP_REGION_DIFFERS = new Refusal('regione diversa da quella del codice STP (caratteri 4-6)');
const STP_DATA_UNDUE = new Refusal('ammesso solo per un codice STP');

/** The values of the column `stato`, and their values in the table. */
const statusWords: ReadonlyMap<string, string> = new Map([
  ['ASSISTITO', 'in_care'],
  ['DECEDUTO', 'deceased'],
  ['EMIGRATO', 'emigrated'],
  ['CESSATO', 'ended'],
]);

const yesNo: ReadonlyMap<string, string> = new Map([
  ['SI', 'true'],
  ['NO', 'false'],
]);

export const kindDefinitions: Readonly<Record<ImportKind, KindDefinition>> = {
  regions: {
    table: 'registry.region',
    key: 'code',
    columns: [
      codeColumn('codice', 'code', { form: REGION, malformed: REGION_MALFORMED }),
      textColumn('denominazione', 'name'),
    ],
    dated: false,
  },
  asls: {
    table: 'registry.asl',
    key: 'code',
    columns: [
      codeColumn('codice', 'code', { form: ASL, malformed: ASL_MALFORMED }),
      regionReference,
      textColumn('denominazione', 'name'),
    ],
    dated: false,
    rule: (value) => aslInRegion(value('code'), value('region_code'), 'code'),
  },
  provinces: {
    table: 'registry.province',
    key: 'code',
    columns: [
      codeColumn('sigla', 'code', { form: PROVINCE, malformed: PROVINCE_MALFORMED }),
      regionReference,
      textColumn('denominazione', 'name'),
    ],
    dated: false,
  },
  municipalities: {
    table: 'registry.municipality',
    key: 'code',
    columns: [
      codeColumn('codice_catastale', 'code', { form: /^[A-Z][0-9]{3}$/, malformed: 'codice catastale non valido' }),
      textColumn('denominazione', 'name'),
      codeColumn('provincia', 'province_code', {
        form: PROVINCE,
        malformed: PROVINCE_MALFORMED,
        known: (references) => references.provinces,
        unknown: 'provincia sconosciuta',
      }),
      aslReference,
    ],
    dated: false,
  },
  doctors: {
    table: 'registry.doctor',
    key: 'codice_fiscale',
    columns: [
      doctorKeyColumn('codice_fiscale', 'codice_fiscale'),
      nameColumn('cognome', 'surname'),
      nameColumn('nome', 'given_name'),
      aslReference,
    ],
    dated: false,
    rule: named,
  },
  persons: {
    table: 'registry.person',
    key: 'identifier',
    columns: [
      personColumn('identificativo', 'identifier'),
      nameColumn('cognome', 'surname'),
      nameColumn('nome', 'given_name'),
      dateColumn('data_nascita', 'birth_date', { pastOnly: true }),
      regionReference,
      aslReference,
      doctorColumn('medico', 'doctor'),
      wordColumn('stato', 'status', statusWords),
      dateColumn('data_assistenza', 'care_since', { pastOnly: true }),
      codeColumn('numero_tessera', 'card_number', {
        form: /^[0-9]{20}$/,
        malformed: 'numero di tessera non di 20 cifre',
        optional: true,
        personal: true,
      }),
      dateColumn('scadenza_tessera', 'card_expiry', { optional: true }),
      codeColumn('regione_stp', 'stp_region', {
        form: REGION,
        malformed: REGION_MALFORMED,
        known: (references) => references.regions,
        unknown: REGION_UNKNOWN,
        optional: true,
      }),
      dateColumn('data_rilascio_stp', 'stp_issued_on', { optional: true, pastOnly: true }),
      { ...wordColumn('sasn', 'sasn', yesNo), type: 'boolean', mayLack: true },
      formerIdentifiersColumn('identificativi_precedenti', FORMER),
    ],
    dated: true,
    former: FORMER,
    rule: personRule,
  },
};

/**
 * The table has the same constraint (`left(code, 3) = region_code`); this check rejects one line instead of a batch.
 */
function aslInRegion(
  asl: string | undefined,
  region: string | undefined,
  column: string,
): { column: string; refusal: Refusal } | undefined {
  return asl !== undefined && region !== undefined && !asl.startsWith(region)
    ? { column, refusal: ASL_OF_ANOTHER_REGION }
    : undefined;
}

/** Foreigners may have only one name, in either column. */
function named(value: RowValues): { column: string; refusal: Refusal } | undefined {
  const isNamed = value('surname') !== NO_NAME || value('given_name') !== NO_NAME;
  return isNamed ? undefined : { column: 'surname', refusal: NO_NAME_AT_ALL };
}

function personRule(value: RowValues): { column: string; refusal: Refusal } | undefined {
  const identifier = value('identifier') ?? '';
  const stp = isStpCode(identifier);
  if (value(FORMER)?.split(' ').includes(identifier) === true) return { column: FORMER, refusal: OWN_IDENTIFIER };
  for (const column of ['stp_region', 'stp_issued_on']) {
    const present = value(column) !== undefined;
    if (stp && !present) return { column, refusal: STP_DATA_MISSING };
    if (!stp && present) return { column, refusal: STP_DATA_UNDUE };
  }
  // The code contains the region that issued it; the free area compares the holder's input with the column.
  if (stp && value('stp_region') !== identifier.slice(3, 6))
    return { column: 'stp_region', refusal: STP_REGION_DIFFERS };
  return aslInRegion(value('asl_code'), value('region_code'), 'asl_code') ?? named(value);
}
