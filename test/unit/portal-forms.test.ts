/** What people enter into the portal's forms, and how it is read. */
import { printable } from '../../src/portal/pdf/characters.js';
import { describe, expect, test } from '@jest/globals';
import { dayOf, dayProblem, typedDay } from '../../src/portal/frame/day.js';
import { Form, formOf } from '../../src/portal/frame/form.js';
import { deviceOf } from '../../src/portal/frame/device.js';
import { SESSION_COOKIE, cookieIn } from '../../src/portal/frame/cookie.js';
import { readTest, typedTest } from '../../src/portal/doctor/report/form.js';
import { chosen } from '../../src/portal/doctor/patients/selection.js';
import { withoutRulesFor } from '../../src/dev/assets/css.js';
import { it } from '../../src/portal/texts/index.js';

describe('a day', () => {
  test.each([
    ['7', '9', '2020', '2020-09-07'],
    ['07', '09', '2020', '2020-09-07'],
    ['7', 'settembre', '2020', '2020-09-07'],
    ['7', 'Set', '20', '2020-09-07'],
    ['29', '2', '2024', '2024-02-29'],
    ['29', '2', '2023', undefined],
    ['31', '2', '2024', undefined],
    ['0', '1', '2024', undefined],
    ['1', '13', '2024', undefined],
    ['1', 'se', '2024', undefined],
    ['1', 'settembrino', '2024', undefined],
    ['1', '1', '024', undefined],
    ['1', '1', '0000', undefined],
    ['-1', '1', '2024', undefined],
    ['1e0', '1', '2024', undefined],
    ['1/9/26', '', '', undefined],
    ['1', 'september', '2024', undefined],
    ['1', 'ago', '26', '2026-08-01'],
    ['1', 'MAGGIO', '2026', '2026-05-01'],
    ['29', '2', '2100', undefined],
    ['31', '4', '2026', undefined],
    ['١', '1', '2026', undefined],
    ['1', '1', '12026', undefined],
    ['', '', '', undefined],
  ])('%s %s %s', (day, month, year, expected) => {
    const form = new Form(
      new Map([
        ['d-giorno', day],
        ['d-mese', month],
        ['d-anno', year],
      ]),
    );
    expect(dayOf(typedDay(form, 'd'))).toBe(expected);
  });
});

test.each([
  ['', '', '', it.form.dayMissing('Primo giorno')],
  ['7', '', '2020', it.form.dayForm('Primo giorno')],
  ['7', '9', '', it.form.dayForm('Primo giorno')],
  ['sette', '9', '2020', it.form.dayForm('Primo giorno')],
  ['1/9/26', '', '', it.form.dayForm('Primo giorno')],
  ['7', 'settembrino', '2020', it.form.dayForm('Primo giorno')],
  ['7', '9', '024', it.form.dayForm('Primo giorno')],
  ['31', 'febbraio', '2027', it.form.noSuchDay('Primo giorno', '31 febbraio 2027')],
  ['31', '4', '2027', it.form.noSuchDay('Primo giorno', '31 4 2027')],
  ['1', '13', '2027', it.form.noSuchDay('Primo giorno', '1 13 2027')],
  ['1', '1', '0000', it.form.noSuchDay('Primo giorno', '1 1 0000')],
])('a day that is none says which day, and what is wrong with it: %s %s %s', (day, month, year, said) => {
  expect(dayOf({ day, month, year })).toBeUndefined();
  expect(dayProblem({ day, month, year }, 'Primo giorno', it)).toBe(said);
});

describe('a test', () => {
  const read = (person: string, day = '1', month = '9', year = '2020') =>
    readTest(
      typedTest(
        new Form(
          new Map([
            ['assistito', person],
            ['eseguito-giorno', day],
            ['eseguito-mese', month],
            ['eseguito-anno', year],
          ]),
        ),
      ),
      it,
    );

  test.each(['RSSMRA80A01H50MV', 'rssmraulamlhrlmv', '12345678901', 'STP1201061234567'])(
    'accepts omocodia, a provisional code and an STP code: %s',
    (typed) => {
      expect(read(typed)).toEqual({ person: typed.toUpperCase(), executedOn: '2020-09-01' });
    },
  );

  test.each(['RSSMRA80A01H501U', ' rssmra80a01h501u ', 'RSS MRA 80A01 H501U', 'RSSMRA80A01H501U\u00a0'])(
    'accepts a codice fiscale as people copy it: «%s»',
    (typed) => {
      expect(read(typed)).toEqual({ person: 'RSSMRA80A01H501U', executedOn: '2020-09-01' });
    },
  );

  test.each([
    ['', it.doctor.report.identifierMissing],
    ['RSSMRA80A01H501', it.doctor.report.identifierForm],
    ['RSSMRA80A01H501UX', it.doctor.report.identifierForm],
    ['RSSMRA80A01H501!', it.doctor.report.identifierForm],
    ['1234567890', it.doctor.report.identifierForm],
    ['123456789012', it.doctor.report.identifierForm],
    ['RSSMRA8OA01H501U', it.doctor.report.identifierShape], // the letter O
    ['RSSMRA80A0IH501U', it.doctor.report.identifierShape], // the letter I
    ['R5SMRA80A01H501U', it.doctor.report.identifierShape],
    ['ABCDEFGHIJKLMNOP', it.doctor.report.identifierShape],
    ['1234567890123456', it.doctor.report.identifierShape],
  ])('explains what is wrong with «%s»', (typed, said) => {
    expect(read(typed)).toEqual({ problems: { fields: { assistito: said }, general: [] } });
  });

  test('names both fields if both are wrong', () => {
    expect(read('', '', '', '')).toEqual({
      problems: {
        fields: {
          assistito: it.doctor.report.identifierMissing,
          eseguito: it.form.dayMissing(it.doctor.report.executedOn),
        },
        general: [],
      },
    });
  });
});

describe('the list of patients', () => {
  const person = (surname: string, givenName: string, updatedOn = '2020-09-01') => ({
    ...{ identifier: `${surname}XXXXXXXXXXXXXXXX`.slice(0, 16).toUpperCase(), surname, givenName, updatedOn },
    testedOn: undefined,
  });
  const persons = [person('De Luca', 'Anna'), person('D’Angelo', 'Zoë', '2020-09-03'), person('Rossi', 'Niccolò')];
  const found = (search: string) => chosen(persons, search, 'surname', 1).persons.map(({ surname }) => surname);

  test.each([
    ['', ['D’Angelo', 'De Luca', 'Rossi']],
    ['niccolo', ['Rossi']],
    ['zoe dangelo', ['D’Angelo']],
    ["d'angelo", ['D’Angelo']],
    ['luca anna', ['De Luca']],
    ['ross nic', ['Rossi']],
    ['ossi', ['Rossi']], // within the codice fiscale
    ['bianchi', []],
  ])('finds by «%s»', (search, expected) => {
    expect(found(search)).toEqual(expected);
  });

  test('is sorted by surname or by day, and paged; a page beyond the last is the last', () => {
    expect(chosen(persons, '', 'update', 1).persons[0]?.surname).toBe('D’Angelo');
    const many = Array.from({ length: 120 }, (_, n) => person(`Persona ${String(n).padStart(3, '0')}`, 'A'));
    const pages = [1, 3, 99, -1, 2.9].map((page) => chosen(many, '', 'surname', page));
    expect(pages.map(({ page, pages: all, persons: { length } }) => [page, all, length])).toEqual([
      [1, 3, 50],
      [3, 3, 20],
      [3, 3, 20],
      [1, 3, 50],
      [2, 3, 50],
    ]);
  });
});

test('a duplicate field, or one with a NUL, is refused', () => {
  expect(() => formOf(new URLSearchParams('a=1&a=2'))).toThrow('page error 400');
  expect(() => formOf(new URLSearchParams('a=%00'))).toThrow('page error 400');
});

test('two session cookies are refused: one of them was planted', () => {
  expect(cookieIn('a=b; __Host-sessione=x; c=d', SESSION_COOKIE)).toBe('x');
  expect(cookieIn('__Host-sessione=x; __Host-sessione=y', SESSION_COOKIE)).toBeUndefined();
  expect(cookieIn(undefined, SESSION_COOKIE)).toBeUndefined();
});

test('two known names are all that is kept of the user agent', () => {
  const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
  expect(deviceOf(firefox)).toBe('Firefox su Linux');
  expect(deviceOf('<script>alert(1)</script>')).toBe('altro programma su altro sistema');
});

test('rules for components that the portal lacks are removed from the styles, and no others', () => {
  const css =
    '@charset "UTF-8";.a{b:c}.vjs-x,.vjs-y{d:e}.vjs-x,.a{f:g}@media (a:b){.vjs-z{h:i}}@media print{.a{j:k}.vjs-q{l:m}}' +
    '.s{content:"}{"}.u{background:url("data:;{}")}@font-face{font-family:VideoJS;src:url(x)}@font-face{font-family:T}' +
    '@keyframes vjs-k{to{n:o}}';
  expect(withoutRulesFor(css, /\.vjs/)).toBe(
    '@charset "UTF-8";.a{b:c}.vjs-x,.a{f:g}@media print{.a{j:k}}.s{content:"}{"}.u{background:url("data:;{}")}' +
      '@font-face{font-family:T}@keyframes vjs-k{to{n:o}}',
  );
});

describe('characters of a PDF', () => {
  test.each([
    ['D’Àvila Ñandú Čapek Ştefan Țuțea ß €', 'D’Àvila Ñandú Čapek Ştefan Țuțea ß €'],
    ['Nguyễn', 'Nguyen'], // its letters without the accents that the font lacks
    ['E\u0301va', 'Éva'],
    ['Ωμέγα 𝒳', '????? ?'],
    ['a\tb\nc\u2003d', 'a b c d'],
    ['\u202eabc\u0000', '?abc?'],
  ])('%s', (name, shown) => {
    expect(printable(name)).toBe(shown);
  });
});
