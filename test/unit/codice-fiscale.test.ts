/** Identifiers of persons compared with published examples, and common errors of people and programs. */
import { expect, test } from '@jest/globals';
import {
  checkLetter,
  codiceFiscaleOf,
  isCodiceFiscale,
  isPersonIdentifier,
  isProvisionalCodiceFiscale,
  isStpCode,
  newRequestId,
  type PersonalData,
} from '../../src/platform/ids/index.js';

test.each([
  ['Rossi', 'Mario', '1980-01-01', 'M', 'H501', 'RSSMRA80A01H501U'],
  ['Rossi', 'Mario', '1985-12-10', 'M', 'A562', 'RSSMRA85T10A562S'],
  ['Moretti', 'Matteo', '1925-04-09', 'M', 'F205', 'MRTMTT25D09F205Z'],
  ['Miller', 'Samantha', '1982-09-25', 'F', 'Z404', 'MLLSNT82P65Z404U'], // woman: day + 40; first, third, fourth consonant
] as const)('%s %s born %s has the published code', (surname, givenName, birthDate, sex, birthplace, expected) => {
  expect(codiceFiscaleOf({ surname, givenName, birthDate, sex, birthplace })).toBe(expected);
  expect(isCodiceFiscale(expected)).toBe(true);
});

const ROSSI: PersonalData = {
  surname: 'Rossi',
  givenName: 'Mario',
  birthDate: '1980-01-01',
  sex: 'M',
  birthplace: 'H501',
};

test.each([
  ['Fo', 'FOX'],
  ['Aiea', 'AIE'],
  ["D'Angelo", 'DNG'],
  ['De Rosa', 'DRS'],
  ['Cefalù', 'CFL'],
  ['Èè', 'EEX'],
  ['Škerk', 'SKR'],
])('surname %s gives %s', (surname, expected) => {
  expect(codiceFiscaleOf({ ...ROSSI, surname }).slice(0, 3)).toBe(expected);
});

test.each([
  ['Gianfranco', 'GFR'],
  ['Nicolò', 'NCL'],
  ['Maria José', 'MJS'], // four consonants across both names: M, R, J, S
  ['Ugo', 'GUO'],
  ['Eva', 'VEA'],
  ['Bo', 'BOX'],
])('given name %s gives %s', (givenName, expected) => {
  expect(codiceFiscaleOf({ ...ROSSI, givenName }).slice(3, 6)).toBe(expected);
});

test.each([
  { birthDate: '1981-02-29' },
  { birthDate: '1981-13-01' },
  { birthDate: '81-01-01' },
  { birthplace: 'h501' },
  { birthplace: 'Roma' },
])('impossible data are refused: %j', (wrong) => {
  expect(() => codiceFiscaleOf({ ...ROSSI, ...wrong })).toThrow(RangeError);
});

test('omocodia letters count with their own value, and the code is compared as issued', () => {
  expect(isCodiceFiscale('BNZVCN32S10E573Z')).toBe(true);
  expect(isCodiceFiscale('BNZVCN32S10E57PV')).toBe(true);
  expect(isCodiceFiscale('BNZVCNPNSMLERTPX')).toBe(true); // all seven digits replaced
  expect(isCodiceFiscale('BNZVCN32S10E57PZ')).toBe(false); // still the check letter of the original
  expect(isCodiceFiscale('BNZVCN32S10E573V')).toBe(false); // already the check letter of the omocodia
});

test.each([
  ['lower case', 'rssmra80a01h501u'],
  ['one lower-case letter', 'RSSMRA80A01H501u'],
  ['leading blank', ' RSSMRA80A01H501U'],
  ['trailing line feed', 'RSSMRA80A01H501U\n'],
  ['blank in place of the check letter', 'RSSMRA80A01H501 '],
  ['fullwidth digits', 'RSSMRA８０A01H501U'],
  ['month F', withCheckLetter('RSSMRA80F01H501')],
  ['letter A in place of a digit', withCheckLetter('RSSMRAA0A01H501')],
  ['digit in the surname', withCheckLetter('R0SMRA80A01H501')],
  ['test identity with month X', 'PROVAX00X00X000Y'],
  ['empty', ''],
])('not a codice fiscale: %s', (_why, value) => {
  expect(isCodiceFiscale(value)).toBe(false);
  expect(isPersonIdentifier(value)).toBe(false);
});

test('the only error of the test identities is their form', () => {
  expect(checkLetter('PROVAX00X00X000')).toBe('Y');
});

test('every wrong check letter is refused', () => {
  const accepted = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
    .split('')
    .filter((letter) => isCodiceFiscale(`RSSMRA80A01H501${letter}`));
  expect(accepted).toEqual(['U']);
});

test('checkLetter refuses what is not fifteen characters A-Z or 0-9', () => {
  for (const wrong of ['RSSMRA80A01H50', 'RSSMRA80A01H501U', 'RSSMRA80A01H50a', 'RSSMRA80A01H501\n']) {
    expect(() => checkLetter(wrong)).toThrow(RangeError);
  }
});

test('a provisional code has eleven digits, the last a Luhn check', () => {
  expect(isProvisionalCodiceFiscale('00743110157')).toBe(true);
  expect(isProvisionalCodiceFiscale('12345678903')).toBe(true);
  expect(isPersonIdentifier('12345678903')).toBe(true);
  for (const wrong of ['12345678904', '21345678903', '1234567890', '123456789030', '1234567890A', '12345678903\n']) {
    expect(isProvisionalCodiceFiscale(wrong)).toBe(false);
  }
});

test('an STP code is STP and thirteen digits', () => {
  expect(isStpCode('STP1202010000001')).toBe(true);
  expect(isPersonIdentifier('STP1202010000001')).toBe(true);
  for (const wrong of [
    'stp1202010000001',
    'STP120201000001',
    'STP12020100000010',
    'ENI1202010000001',
    'STP120201000000O',
  ]) {
    expect(isPersonIdentifier(wrong)).toBe(false);
  }
});

test('request ids are UUIDs and differ', () => {
  const ids = [newRequestId(), newRequestId()];
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(ids[0]).not.toBe(ids[1]);
});

/** Its check letter is correct, so that only the form can be the reason for the refusal. */
function withCheckLetter(first15: string): string {
  return first15 + checkLetter(first15);
}
