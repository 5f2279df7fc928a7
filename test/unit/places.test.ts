/** [G-2] Regions and provinces as uploaders write them. */
import { describe, expect, test } from '@jest/globals';
import {
  isTrentinoAltoAdige,
  OTHER_PROVINCE_NAMES,
  OTHER_REGION_NAMES,
  placeKey,
  placesByKey,
} from '../../src/registry/index.js';
import { provinces, regions } from '../../src/dev/sandbox/geography.js';

const more = [
  ['AP', 'Ascoli Piceno'],
  ['MS', 'Massa-Carrara'],
  ['RE', "Reggio nell'Emilia"],
  ['SU', 'Sud Sardegna'],
  ['VB', 'Verbano-Cusio-Ossola'],
].map(([code = '', name = '']) => ({ code, name }));
const byRegion = placesByKey(regions, OTHER_REGION_NAMES);
const byProvince = placesByKey([...provinces, ...more], OTHER_PROVINCE_NAMES);

/** Code, and spellings that must lead to it: each also with decomposed accents, in small letters and in capitals. */
const REGIONS: readonly (readonly [string, string])[] = [
  ['010', '010|10|Piemonte|Regione Piemonte'],
  ['020', "Valle d'Aosta|Valle d’Aosta|Valle D`Aosta|VALLE D'AOSTA/VALLÉE D'AOSTE|Vallée d’Aoste|Valle d´Aosta|20"],
  [
    '041',
    'P.A. Bolzano|PA Bolzano|P. A. di Bolzano|Bolzano/Bozen|Provincia Autonoma di Bolzano/Bozen|Alto Adige|Südtirol',
  ],
  ['041', 'Prov. Autonoma Bolzano|Provincia Autonoma Bolzano - Alto Adige|Alto Adige/Südtirol|41'],
  ['042', 'P.A. Trento|Provincia autonoma di Trento|Trento|Trentino'],
  ['060', 'Friuli Venezia Giulia|Friuli-Venezia Giulia|Friuli – Venezia Giulia|Friuli V.G.|FVG|Friuli Venezia-Giulia'],
  ['080', 'Emilia-Romagna|Emilia Romagna|EMILIA  ROMAGNA|Emilia\u2011Romagna|emilia\u200b romagna|80'],
  ['200', 'Regione Autonoma della Sardegna|Sardegna\u00a0'],
];

const PROVINCES: readonly (readonly [string, string])[] = [
  ['AO', "Aosta|Aosta/Aoste|Valle d'Aosta/Vallée d'Aoste"],
  ['AQ', "L'Aquila|L’Aquila|L' AQUILA|Aquila|LAquila"],
  ['BT', 'Barletta-Andria-Trani|Barletta Andria Trani|BAT'],
  ['BZ', 'Bolzano|Bolzano/Bozen|Bozen|P.A. Bolzano'],
  ['FC', "Forlì-Cesena|Forli' Cesena|FORLI’-CESENA|Forlì e Cesena|Forli/Cesena|FO"],
  ['LE', 'LE|Lecce'],
  ['MB', 'Monza e della Brianza|Monza e Brianza|Monza-Brianza|Monza Brianza|Monza'],
  ['MS', 'Massa Carrara|Massa-Carrara|Massa e Carrara'],
  ['PA', 'PA|Palermo|Città metropolitana di Palermo'],
  ['PU', 'Pesaro e Urbino|Pesaro-Urbino|Pesaro Urbino|PS'],
  ['RC', 'Reggio Calabria|Reggio di Calabria|Reggio Di  Calabria'],
  ['RE', "Reggio Emilia|Reggio nell'Emilia|Reggio nell’ Emilia|Reggio-Emilia"],
  ['RG', 'Libero consorzio comunale di Ragusa'],
  ['RM', 'Roma|Città Metropolitana di Roma Capitale'],
  ['SP', 'La Spezia|Spezia'],
  ['VB', 'Verbano Cusio Ossola|Verbano-Cusio-Ossola|VCO'],
];

function expectKnown(codes: ReadonlyMap<string, string>, code: string, spellings: string): void {
  for (const spelling of spellings.split('|')) {
    for (const written of [spelling, spelling.normalize('NFD'), spelling.toLowerCase(), spelling.toUpperCase()]) {
      expect([written, codes.get(placeKey(written))]).toEqual([written, code]);
    }
  }
}

describe('every usual spelling is known', () => {
  test.each(REGIONS)('of region %s: %s', (code, spellings) => {
    expectKnown(byRegion, code, spellings);
  });
  test.each(PROVINCES)('of province %s: %s', (code, spellings) => {
    expectKnown(byProvince, code, spellings);
  });
});

test('an ambiguous name is refused', () => {
  for (const name of ['Trentino-Alto Adige', 'TRENTINO ALTO ADIGE/SÜDTIROL', '040']) {
    expect([isTrentinoAltoAdige(name), byRegion.get(placeKey(name))]).toEqual([true, undefined]);
  }
  expect(byProvince.get(placeKey('Reggio'))).toBeUndefined();
  const twice = placesByKey(
    [
      { code: '001', name: 'Valle' },
      { code: '002', name: 'La Valle' },
    ],
    {},
  );
  expect([twice.get('VALLE'), twice.get('001'), twice.get('2')]).toEqual([undefined, '001', '002']);
});

test.each(['', '-', 'Forlì', 'Atlantide', 'Lazi', 'Lazio Umbria'])('%j is not a region', (name) => {
  expect(byRegion.get(placeKey(name))).toBeUndefined();
});
