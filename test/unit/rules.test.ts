/** Rules as classes: every broken one returns its refusal, in order; one without a refusal never counts as kept. */
import { expect, test } from '@jest/globals';
import { IsPositive, Min, Validate } from 'class-validator';
import { NotAfter, NotBefore, rulesOf } from '../../src/platform/rules.js';

const { refusal, refusalsOf } = rulesOf({ negative: 1, late: 2, early: 3 });

class Stay {
  @Min(0, refusal('negative')) readonly nights: number;
  @Validate(NotAfter, ['last'], refusal('late'))
  @Validate(NotBefore, ['first'], refusal('early'))
  readonly day: string;
  readonly first = '2020-02-29';
  readonly last = '2020-03-01';

  constructor(nights: number, day: string) {
    this.nights = nights;
    this.day = day;
  }
}

test.each([
  { nights: 0, day: '2020-02-29', refusals: [] },
  { nights: 0, day: '2020-03-01', refusals: [] },
  { nights: 0, day: '2020-02-28', refusals: ['early'] },
  { nights: -1, day: '2020-03-02', refusals: ['negative', 'late'] },
])('$nights nights from $day: $refusals', ({ nights, day, refusals }) => {
  expect(refusalsOf(new Stay(nights, day))).toEqual(refusals);
});

test('a broken rule without a refusal, beside one that has it, with one of no table; an object without rules: an error', () => {
  class Silent {
    @Min(0) readonly nights = -1;
  }
  class Foreign {
    @Min(0, { message: 'x', context: { code: 'toString' } }) readonly nights = -1;
  }
  class Half {
    @Min(0, refusal('negative')) @IsPositive() readonly nights = -1;
  }
  class Bare {}
  for (const meaning of [new Silent(), new Foreign(), new Half()]) {
    expect(() => refusalsOf(meaning)).toThrow('a rule of nights is broken and has no refusal');
  }
  expect(() => refusalsOf(new Bare())).toThrow();
});

test('a day is compared with a sibling if it exists: without one, no day is early enough', () => {
  class Lonely {
    @Validate(NotAfter, ['nothing'], refusal('late')) readonly day = '2020-01-01';
  }
  expect(refusalsOf(new Lonely())).toEqual(['late']);
});
