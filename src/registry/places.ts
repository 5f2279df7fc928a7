/**
 * Names of regions and provinces as people write them [G-2]: one key for every usual spelling of a name. The registry's own
 * names count, and beside them those that no rule of spelling leads to. Knows no file and no table.
 */

/** What stands beside the name proper, or between its parts. Alone in a name it is the name: LE is Lecce, PA is Palermo. */
const FILLERS = new Set(
  'A CITTA COMUNALE CONSORZIO D DEL DELL DELLA DELLE DEI DI E ED L LA LIBERO METROPOLITANA NELL P PA PROV PROVINCIA REGIONE AUTONOMA'.split(
    ' ',
  ),
);

/**
 * The same for all spellings: without accents (composed or not), capitals, apostrophes, hyphens, slashes, full stops, blanks,
 * invisible signs and fillers.
 */
export function placeKey(text: string): string {
  const words = text
    .normalize('NFD')
    .replace(/[\p{M}\p{Cf}]/gu, '')
    .toUpperCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');
  const proper = words.filter((word) => !FILLERS.has(word));
  return (proper.length === 0 ? words : proper).join('');
}

/** Keys of a region's or province's other names, by its code: in the other language, shortened, of before. */
type OtherNames = Readonly<Record<string, readonly string[]>>;

const SOUTH_TYROL = [
  'BOLZANO',
  'BOZEN',
  'BOLZANOBOZEN',
  'ALTOADIGE',
  'SUDTIROL',
  'ALTOADIGESUDTIROL',
  'BOLZANOALTOADIGE',
];

export const OTHER_REGION_NAMES: OtherNames = {
  '020': ['VALLEEAOSTE', 'VALLEAOSTAVALLEEAOSTE', 'VDA'],
  '041': [...SOUTH_TYROL, 'BOLZANOSUDTIROL'],
  '042': ['TRENTO', 'TRENTINO'],
  '060': ['FRIULIVG', 'FVG', 'FRIULI'],
};

export const OTHER_PROVINCE_NAMES: OtherNames = {
  AO: ['AOSTE', 'AOSTAAOSTE', 'VALLEAOSTA', 'VALLEEAOSTE', 'VALLEAOSTAVALLEEAOSTE'],
  AQ: ['LAQUILA'],
  BT: ['BARLETTATRANIANDRIA', 'BAT'],
  BZ: SOUTH_TYROL,
  FC: ['FO'], // its former sign
  MB: ['MONZA'],
  PU: ['PS', 'PESARO'], // its former sign
  RM: ['ROMACAPITALE'],
  TN: ['TRENTINO'],
  VB: ['VCO', 'VERBANIA'],
};

const TWO_REGIONS = new Set(['TRENTINOALTOADIGE', 'TRENTINOALTOADIGESUDTIROL', '040']);

/** The region of the constitution, which for the health service is two: either would be a guess. */
export function isTrentinoAltoAdige(text: string): boolean {
  return TWO_REGIONS.has(placeKey(text));
}

/**
 * Codes by key of every known spelling, and by the code itself, also without the zeros that a spreadsheet takes away. A key
 * that would lead to two is left out.
 */
export function placesByKey(
  places: readonly { readonly code: string; readonly name: string }[],
  otherNames: OtherNames,
): ReadonlyMap<string, string> {
  const codes = new Map<string, string>();
  const claimed = new Set<string>();
  for (const { code, name } of places) {
    const keys = [code, code.replace(/^0+/, ''), placeKey(name), ...(otherNames[code] ?? [])];
    for (const key of new Set(keys)) {
      if (claimed.has(key)) codes.delete(key);
      else codes.set(key, code);
      claimed.add(key);
    }
  }
  for (const { code } of places) codes.set(code, code); // whatever a name says
  return codes;
}
