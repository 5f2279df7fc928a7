/**
 * Names of regions and provinces in their usual spellings [G-2]: one key for all spellings of a name. Uses the
 * registry's own names, and other names that normalisation cannot derive. Uses neither files nor tables.
 */

/** Words around the proper name, or between its parts. A filler alone is the name: LE is Lecce, PA is Palermo. */
const FILLERS = new Set(
  'A CITTA COMUNALE CONSORZIO D DEL DELL DELLA DELLE DEI DI E ED L LA LIBERO METROPOLITANA NELL P PA PROV PROVINCIA REGIONE AUTONOMA'.split(
    ' ',
  ),
);

/**
 * The same key for all spellings: ignores accents (composed or not), case, apostrophes, hyphens, slashes, full stops,
 * blanks, invisible characters and fillers.
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

/** Keys of a region's or province's other names, by its code: in the other language, abbreviated, former. */
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
  FC: ['FO'], // its former code
  MB: ['MONZA'],
  PU: ['PS', 'PESARO'], // its former code
  RM: ['ROMACAPITALE'],
  TN: ['TRENTINO'],
  VB: ['VCO', 'VERBANIA'],
};

const TWO_REGIONS = new Set(['TRENTINOALTOADIGE', 'TRENTINOALTOADIGESUDTIROL', '040']);

/**
 * The region of the constitution, which consists of two regions of the health service: choosing one would be a guess.
 */
export function isTrentinoAltoAdige(text: string): boolean {
  return TWO_REGIONS.has(placeKey(text));
}

/**
 * Codes by key of every known spelling, and by the code itself, also without the leading zeros that spreadsheets drop.
 * Omits ambiguous keys.
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
  for (const { code } of places) codes.set(code, code); // codes take precedence over names
  return codes;
}
