/**
 * The rules of a daily number 4.4.2, and the files of numbers 4.4.1: pure. Does not know which ASL the
 * numbers belong to: a request never contains one.
 */
import { Validate, ValidatorConstraint } from 'class-validator';
import type { ValidatorConstraintInterface } from 'class-validator';
import { isIsoDate } from '../platform/clock.js';
import type { IsoDate } from '../platform/clock.js';
import { NotAfter, NotAfterIfKnown, NotBefore, rulesOf } from '../platform/rules.js';
import type { Campaign } from '../screening/index.js';
import { ASL_REFUSALS } from './errors.js';
import type { AslRefusal } from './errors.js';

/** More than the school staff of the largest ASL: a larger number is a typing error. */
export const MAX_DAILY_TESTS = 99_999;

@ValidatorConstraint()
class CalendarDay implements ValidatorConstraintInterface {
  validate(date: string): boolean {
    return isIsoDate(date);
  }
}

@ValidatorConstraint()
class CountOfTests implements ValidatorConstraintInterface {
  validate(tests: number): boolean {
    return Number.isInteger(tests) && tests >= 0 && tests <= MAX_DAILY_TESTS;
  }
}

const { refusal, refusalsOf: brokenRules } = rulesOf<AslRefusal>(ASL_REFUSALS);

/** a number of tests done on a day of the campaign up to today. */
export class DailyMeaning {
  @Validate(NotAfterIfKnown, ['campaignEnd'], refusal('executed-after-campaign'))
  @Validate(CalendarDay, refusal('not-a-day'))
  @Validate(NotAfter, ['today'], refusal('executed-in-future'))
  @Validate(NotBefore, ['campaignStart'], refusal('executed-before-campaign'))
  readonly executedOn: IsoDate;

  @Validate(CountOfTests, refusal('not-a-count'))
  readonly tests: number;

  readonly today: IsoDate;
  readonly campaignStart: IsoDate;
  readonly campaignEnd: IsoDate | undefined;

  constructor(executedOn: IsoDate, tests: number, today: IsoDate, { campaignStart, campaignEnd }: Campaign) {
    this.executedOn = executedOn;
    this.tests = tests;
    this.today = today;
    this.campaignStart = campaignStart;
    this.campaignEnd = campaignEnd;
  }
}

/** Returns every rule that the number breaks, in the order of its fields. */
export function refusalsOf(meaning: DailyMeaning): AslRefusal[] {
  const refusals = brokenRules(meaning);
  // A comparison with a day makes no sense if the value is not a day.
  return refusals.includes('not-a-day')
    ? refusals.filter((code) => code !== 'executed-in-future' && code !== 'executed-before-campaign')
    : refusals;
}
