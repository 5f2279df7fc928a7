/**
 * The record layouts of the roster: columns, permitted values, detection of a file's layout.
 * docs/roster.md describes them for the uploader; this file defines them.
 */
import { columnsInOrder, Refusal, wordColumn, type Column, type RowRule } from '../platform/csv/index.js';
import { isCodiceFiscale, isProvisionalCodiceFiscale } from '../platform/ids/index.js';
import { isTrentinoAltoAdige, placeKey } from '../registry/index.js';
import { LAYOUTS, type Layout } from './model.js';

/** Reference data for the rows, read once per file: a few hundred codes and names. */
export interface References {
  /** Codes of regions by the key of a code or name, as `placeKey` makes it. */
  readonly regions: ReadonlyMap<string, string>;
  readonly unknownRegion: Refusal;
  /** The same for provinces. */
  readonly provinces: ReadonlyMap<string, string>;
  readonly unknownProvince: Refusal;
  readonly regionOfProvince: ReadonlyMap<string, string>;
  /** Provinces attributed to an ASL [G-2]. */
  readonly attributed: ReadonlySet<string>;
}

export interface LayoutDefinition {
  readonly columns: readonly Column<References>[];
  /** Columns whose values must be unique. */
  readonly key: readonly [Column<References>, ...Column<References>[]];
  readonly duplicate: string;
  readonly rule?: RowRule<References>;
}

const BAD_CODICE_FISCALE = new Refusal('codice fiscale non valido (forma o carattere di controllo)');
const SMALL_LETTERS = new Refusal('codice fiscale con lettere minuscole: scriverlo in maiuscolo');
const TWO_REGIONS = new Refusal('comprende due province autonome: indicare 041 (Bolzano) o 042 (Trento)');
const PROVINCE_WITHOUT_ASL = new Refusal('provincia senza comuni nel registro: nessuna ASL a cui attribuirla');
const PROVINCE_ELSEWHERE = new Refusal('provincia di un’altra regione');
const BAD_TOTAL = new Refusal('numero non intero o non compreso tra 0 e 9999999');

/** Sixteen characters, or eleven digits if provisional; school staff have no STP code. */
const codiceFiscale: Column<References> = {
  header: 'codice_fiscale',
  name: 'codice_fiscale',
  type: 'text',
  optional: false,
  read: (value) => {
    if (isCodiceFiscale(value) || isProvisionalCodiceFiscale(value)) return value;
    return isCodiceFiscale(value.toUpperCase()) ? SMALL_LETTERS : BAD_CODICE_FISCALE;
  },
};

const school = wordColumn(
  'tipologia',
  'school',
  new Map([
    ['STATALE', 'statale'],
    ['PARITARIA', 'paritaria'],
  ]),
);

const region: Column<References> = {
  header: 'regione',
  name: 'region',
  type: 'text',
  optional: false,
  read: (value, { regions, unknownRegion }) =>
    regions.get(placeKey(value)) ?? (isTrentinoAltoAdige(value) ? TWO_REGIONS : unknownRegion),
  publicForm: /^[0-9]{3}$/,
};

const province: Column<References> = {
  header: 'provincia',
  name: 'province',
  type: 'text',
  optional: false,
  read: (value, { provinces, unknownProvince, attributed }) => {
    const code = provinces.get(placeKey(value));
    if (code === undefined) return unknownProvince;
    return attributed.has(code) ? code : PROVINCE_WITHOUT_ASL;
  },
  publicForm: /^[A-Z]{2}$/,
};

const total: Column<References> = {
  header: 'totale_personale',
  name: 'total',
  type: 'integer',
  optional: false,
  read: (value) => (/^[0-9]{1,7}$/.test(value) ? value : BAD_TOTAL),
};

const SAME_PERSON = 'codice fiscale già presente in una riga precedente del file';
const SAME_PERSON_AND_SCHOOL = 'codice fiscale già presente, con la stessa tipologia, in una riga precedente del file';
const SAME_PROVINCE = 'provincia già presente in una riga precedente del file';

export const LAYOUT_DEFINITIONS: Readonly<Record<Layout, LayoutDefinition>> = {
  statali: { columns: [codiceFiscale], key: [codiceFiscale], duplicate: SAME_PERSON },
  paritarie: {
    columns: [region, province, total],
    key: [province],
    duplicate: SAME_PROVINCE,
    rule: (value, { regionOfProvince }) =>
      regionOfProvince.get(value('province') ?? '') === value('region')
        ? undefined
        : { column: 'province', refusal: PROVINCE_ELSEWHERE },
  },
  // 2.4.3: a person may work in both a state school and a paritaria.
  trento_bolzano: { columns: [codiceFiscale, school], key: [codiceFiscale, school], duplicate: SAME_PERSON_AND_SCHOOL },
};

/** The headers, for messages. */
export const LAYOUT_HEADERS = LAYOUTS.map((layout) =>
  LAYOUT_DEFINITIONS[layout].columns.map(({ header }) => header).join(';'),
);

/**
 * The layout of a header, with its columns in the order of the file: each name once, in any case, and no other. No two
 * layouts have the same columns, so a file cannot be mistaken for another layout.
 */
export function layoutOf(
  header: readonly string[],
): { readonly layout: Layout; readonly columns: readonly Column<References>[] } | undefined {
  for (const layout of LAYOUTS) {
    const columns = columnsInOrder(header, LAYOUT_DEFINITIONS[layout].columns);
    if (columns !== undefined) return { layout, columns };
  }
  return undefined;
}
