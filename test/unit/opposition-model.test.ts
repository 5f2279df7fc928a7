/** [O-3] [O-5] chapter 6 as a table: category × before, in and after each window × channel × age × care × value. */
import { describe, expect, test } from '@jest/globals';
import { isWithinLateTerm, majorityDay } from '../../src/opposition/register/calendar.js';
import { CHANNELS, mayExpress } from '../../src/opposition/register/model.js';
import { addDays } from '../../src/platform/clock.js';
import type { Care, Category, PastDecision, Situation } from '../../src/opposition/register/model.js';

const first = { id: '1', opensOn: '2024-04-22', closesOn: '2024-06-30' };
const second = { id: '2', opensOn: '2026-11-18', closesOn: '2026-12-17' };
const windows = [first, second];
const inFirst = '2024-05-01';
const between = '2025-03-01';
const inSecond = '2026-12-01';
const after = '2027-02-01';

const isFreeArea = (channel: string): boolean => channel.startsWith('free_area');

const inCare: Care = { status: 'in_care', reactivatedOn: '1990-01-01', birthDate: '1970-05-05' };
const opposed = (decidedOn: string): PastDecision => ({ value: 'opposition', decidedOn });
const revoked = (decidedOn: string): PastDecision => ({ value: 'revocation', decidedOn });

/** The answer as one word: `2@1` is category 2 in window 1, `3@-` category 3 outside a window, else the reason. */
function answer(changes: Partial<Situation>): string {
  const usual: Situation = {
    today: inSecond,
    value: 'opposition',
    channel: 'digital_identity',
    care: inCare,
    history: [],
    windows,
  };
  const verdict = mayExpress({ ...usual, ...changes });
  return verdict.allowed ? `${verdict.category}@${verdict.window ?? '-'}` : verdict.reason;
}

describe('persons who cannot decide', () => {
  test.each([inFirst, between, inSecond, after])('on %s', (today) => {
    for (const channel of CHANNELS) {
      for (const value of ['opposition', 'revocation'] as const) {
        const on = { today, channel, value, history: [opposed(inFirst)] };
        const isClosed = value === 'revocation' && (today === between || today === after);
        const expected = (reason: string) => (isClosed ? 'revocation-closed' : reason);
        expect(answer({ ...on, care: undefined })).toBe(expected('unknown-person'));
        expect(answer({ ...on, care: { ...inCare, status: 'deceased' } })).toBe(expected('deceased'));
        expect(answer({ ...on, care: { ...inCare, birthDate: addDays(today, -17 * 365) } })).toBe(expected('minor'));
      }
    }
  });
});

describe('in a window every channel is open', () => {
  const lines: readonly (readonly [string, string, Partial<Situation>, string])[] = [
    ['never expressed, in care', inFirst, {}, '2@1'],
    ['never expressed, in care', inSecond, {}, '2@2'],
    [
      'never expressed, care reactivated yesterday',
      inSecond,
      { care: { ...inCare, reactivatedOn: '2026-11-30' } },
      '2@2',
    ],
    ['adult since yesterday', inSecond, { care: { ...inCare, birthDate: '2008-11-30' } }, '2@2'],
    ['never expressed, emigrated', inSecond, { care: { ...inCare, status: 'emigrated' } }, 'not-in-care'],
    ['never expressed, care ended', inSecond, { care: { ...inCare, status: 'ended' } }, 'not-in-care'],
    ['opposed in the first term', inSecond, { history: [opposed(inFirst)] }, '1@2'],
    [
      'opposed in the first term, emigrated since',
      inSecond,
      { history: [opposed(inFirst)], care: { ...inCare, status: 'emigrated' } },
      '1@2',
    ],
    ['revoked in the first term', inSecond, { history: [opposed(inFirst), revoked(inFirst)] }, '1@2'],
    ['opposed late, between the windows', inSecond, { history: [opposed(between)] }, '1@2'],
    ['opposed on the first day of this window', inSecond, { history: [opposed(second.opensOn)] }, 'already-opposed'],
    ['opposed on the eve of this window', inSecond, { history: [opposed('2026-11-17')] }, '1@2'],
    ['confirmed in this window', inSecond, { history: [opposed(inFirst), opposed(inSecond)] }, 'already-opposed'],
    ['opposed and revoked in this window', inSecond, { history: [opposed(inSecond), revoked(inSecond)] }, '2@2'],
    ['revocation by who never expressed', inSecond, { value: 'revocation' }, 'nothing-to-revoke'],
    ['revocation of the first term’s', inSecond, { value: 'revocation', history: [opposed(inFirst)] }, '1@2'],
    ['revocation of this window’s', inSecond, { value: 'revocation', history: [opposed(inSecond)] }, '2@2'],
    [
      'revocation of what is revoked',
      inSecond,
      { value: 'revocation', history: [opposed(inFirst), revoked(inSecond)] },
      'nothing-to-revoke',
    ],
    [
      'confirmation of a revocation of the first term',
      inSecond,
      { value: 'revocation', history: [opposed(inFirst), revoked(inFirst)] },
      '1@2',
    ],
    [
      'confirmation of a revocation, emigrated since',
      inSecond,
      {
        value: 'revocation',
        history: [revoked(inFirst)],
        care: { ...inCare, status: 'emigrated' },
      },
      '1@2',
    ],
    [
      'that confirmation twice',
      inSecond,
      { value: 'revocation', history: [revoked(inFirst), revoked(inSecond)] },
      'nothing-to-revoke',
    ],
    [
      'opposed, then the revocation confirmed, then opposed again',
      inSecond,
      { history: [revoked(inFirst), opposed(inSecond), revoked(inSecond)] },
      '1@2',
    ],
    [
      'never expressed, care that begins tomorrow',
      inSecond,
      { care: { ...inCare, reactivatedOn: addDays(inSecond, 1) } },
      'not-in-care',
    ],
    [
      'revocation of this window’s by who lost care',
      inSecond,
      { value: 'revocation', history: [opposed(inSecond)], care: { ...inCare, status: 'ended' } },
      'not-in-care',
    ],
  ];
  test.each(lines)('%s, on %s', (_who, today, situation, expected) => {
    for (const channel of CHANNELS) {
      // In the free area a refusal would reveal the earlier choice: it is recorded once more.
      const isHidden = isFreeArea(channel) && (expected === 'already-opposed' || expected === 'nothing-to-revoke');
      const isBefore = situation.history?.some(({ decidedOn }) => decidedOn < second.opensOn) === true;
      expect(answer({ today, channel, ...situation })).toBe(isHidden ? `${isBefore ? 1 : 2}@2` : expected);
    }
  });
});

describe('after a window only late decisions: new adults also in person, the others through operators', () => {
  const lines: readonly (readonly [string, Partial<Situation>, Category | string])[] = [
    ['care reactivated 30 days ago', { care: { ...inCare, reactivatedOn: addDays(after, -30) } }, 3],
    ['care reactivated 31 days ago', { care: { ...inCare, reactivatedOn: addDays(after, -31) } }, 'term-over'],
    ['care reactivated today', { care: { ...inCare, reactivatedOn: after } }, 3],
    ['care to be reactivated tomorrow', { care: { ...inCare, reactivatedOn: addDays(after, 1) } }, 'not-in-care'],
    [
      'adult today, care to begin tomorrow',
      { care: { ...inCare, reactivatedOn: addDays(after, 1), birthDate: '2009-02-01' } },
      'not-in-care',
    ],
    [
      'care reactivated, and ended again',
      { care: { ...inCare, reactivatedOn: after, status: 'ended' } },
      'not-in-care',
    ],
    ['in care for long', {}, 'term-over'],
    ['in care for long, opposed in time', { history: [opposed(inFirst)] }, 'already-expressed'],
    [
      'reactivated, but opposed in time',
      { care: { ...inCare, reactivatedOn: after }, history: [opposed(inSecond)] },
      'already-expressed',
    ],
    [
      'reactivated, but revoked in time',
      { care: { ...inCare, reactivatedOn: after }, history: [opposed(inFirst), revoked(inFirst)] },
      'already-expressed',
    ],
    [
      'reactivated, expressed late before',
      { care: { ...inCare, reactivatedOn: after }, history: [opposed(between)] },
      'already-expressed',
    ],
    ['adult today', { care: { ...inCare, birthDate: '2009-02-01' } }, 4],
    ['adult tomorrow', { care: { ...inCare, birthDate: '2009-02-02' } }, 'minor'],
    ['adult for 30 days', { care: { ...inCare, birthDate: '2009-01-02' } }, 4],
    ['adult for 31 days', { care: { ...inCare, birthDate: '2009-01-01' } }, 'term-over'],
    ['adult today and just reactivated', { care: { ...inCare, reactivatedOn: after, birthDate: '2009-02-01' } }, 4],
    ['adult for 31 days, reactivated since', { care: { ...inCare, reactivatedOn: after, birthDate: '2009-01-01' } }, 3],
    [
      'adult today, abroad',
      { care: { status: 'emigrated', reactivatedOn: after, birthDate: '2009-02-01' } },
      'not-in-care',
    ],
    [
      'adult today, expressed late already',
      { care: { ...inCare, birthDate: '2009-02-01' }, history: [opposed(after)] },
      'already-expressed',
    ],
  ];
  test.each(lines)('%s', (_who, situation, expected) => {
    for (const channel of CHANNELS) {
      const isForOperators = expected === 3 && channel !== 'operator';
      const here = isForOperators ? 'operator-only' : typeof expected === 'number' ? `${expected}@-` : expected;
      expect(answer({ today: after, channel, ...situation })).toBe(here);
      const revocation = answer({ today: after, channel, ...situation, value: 'revocation' });
      expect(revocation).toBe('revocation-closed');
    }
  });
});

describe('the first and last days of a window', () => {
  const reactivated = (today: string): Care => ({ ...inCare, reactivatedOn: today });
  test.each([
    ['2024-04-21', 'not-yet-open', 'not-yet-open'], // before the first window there is no late function either
    ['2024-04-22', '2@1', '2@1'],
    ['2024-06-30', '2@1', '2@1'],
    ['2024-07-01', 'term-over', '3@-'],
    ['2026-11-17', 'term-over', '3@-'],
    ['2026-11-18', '2@2', '2@2'],
    ['2026-12-17', '2@2', '2@2'],
    ['2026-12-18', 'term-over', '3@-'],
  ])('%s: in care for long %s, just reactivated %s', (today, long, late) => {
    expect(answer({ today, channel: 'operator' })).toBe(long);
    expect(answer({ today, channel: 'operator', care: reactivated(today) })).toBe(late);
  });

  test('without any window nothing is open', () => {
    expect(answer({ windows: [], channel: 'operator', care: reactivated(inSecond) })).toBe('not-yet-open');
  });
});

describe('terms', () => {
  test.each([
    ['2008-05-10', '2026-05-10'],
    ['2008-02-29', '2026-02-28'], // 2026 has no 29 February
    ['1984-02-29', '2002-02-28'],
    ['2008-02-28', '2026-02-28'],
    ['2008-03-01', '2026-03-01'],
    ['1982-02-28', '2000-02-28'],
  ])('born on %s, of age on %s', (birthDate, expected) => {
    expect(majorityDay(birthDate)).toBe(expected);
  });

  test('born on 29 February: the thirty days run from 28 February to 30 March', () => {
    const care = { ...inCare, birthDate: '2008-02-29' };
    const late = (today: string): string => answer({ today, channel: 'operator', care, windows: [first] });
    expect(['2026-02-27', '2026-02-28', '2026-03-30', '2026-03-31'].map(late)).toEqual([
      'minor',
      '4@-',
      '4@-',
      'term-over',
    ]);
  });

  test('thirty days over a change of clocks and of year', () => {
    expect(isWithinLateTerm('2026-10-01', '2026-10-31')).toBe(true);
    expect(isWithinLateTerm('2026-10-01', '2026-11-01')).toBe(false);
    expect(isWithinLateTerm('2026-10-01', '2026-09-30')).toBe(false);
  });
});

test('every situation, compared with the table of chapter 6 in another notation', () => {
  const days = (today: string): string[] => [-4000, -31, -30, -1, 0, 1].map((count) => addDays(today, count));
  const born = (adultOn: string): string => `${String(Number(adultOn.slice(0, 4)) - 18)}${adultOn.slice(4)}`;
  const histories = [
    [],
    [opposed(inFirst)],
    [revoked(inFirst)],
    [opposed(inFirst), revoked(inSecond)],
    [opposed(inSecond)],
    [opposed(inSecond), revoked(inSecond)],
    [revoked(inFirst), revoked(inSecond)],
  ];
  const different: Situation[] = [];
  let count = 0;
  for (const today of ['2024-04-21', inFirst, between, inSecond, '2026-12-17', after]) {
    for (const reactivatedOn of days(today)) {
      for (const adultOn of days(today)) {
        for (const status of ['in_care', 'emigrated', 'ended', 'deceased'] as const) {
          for (const history of histories.map((past) => past.filter(({ decidedOn }) => decidedOn <= today))) {
            for (const channel of CHANNELS) {
              for (const value of ['opposition', 'revocation'] as const) {
                const care = { status, reactivatedOn, birthDate: born(adultOn) };
                const situation = { today, value, channel, care, history, windows };
                if (mayExpress(situation).allowed !== isInTable(situation, adultOn)) different.push(situation);
                count++;
              }
            }
          }
        }
      }
    }
  }
  expect(different).toEqual([]);
  expect(count).toBeGreaterThan(40_000);
});

/** Line by line, as in the decree's table. */
function isInTable({ today, value, channel, care, history }: Situation, adultOn: string): boolean {
  if (care === undefined || care.status === 'deceased' || today < adultOn) return false;
  const open = windows.find(({ opensOn, closesOn }) => opensOn <= today && today <= closesOn);
  const isCaredFor = care.status === 'in_care' && care.reactivatedOn <= today;
  const last = history.at(-1);
  if (open !== undefined) {
    const earlier = history.filter(({ decidedOn }) => decidedOn < open.opensOn);
    const isNew = last === undefined || last.decidedOn < open.opensOn || last.value !== value;
    const isFree = isFreeArea(channel);
    const expressedBefore = earlier.length > 0 && (isNew || isFree);
    const neverExpressed =
      earlier.length === 0 && isCaredFor && (isFree || (isNew && (value === 'opposition' || last !== undefined)));
    return expressedBefore || neverExpressed;
  }
  if (today < first.closesOn || value === 'revocation' || history.length > 0 || !isCaredFor) return false;
  const newlyAdult = today <= addDays(adultOn, 30);
  const reactivated = today <= addDays(care.reactivatedOn, 30) && channel === 'operator';
  return newlyAdult || reactivated;
}
