/**
 * The rules of the doctors' operations that need no database: pure, checked together with class-validator. The
 * statements in store.ts check the rules that need the list, the tests or a substitution.
 */
import { Validate, ValidatorConstraint } from 'class-validator';
import type { ValidationArguments, ValidatorConstraintInterface } from 'class-validator';
import { daysBetween } from '../platform/clock.js';
import type { IsoDate } from '../platform/clock.js';
import { isPersonIdentifier } from '../platform/ids/index.js';
import { NotAfter, NotAfterIfKnown, NotBefore, rulesOf, siblingOf } from '../platform/rules.js';
import { REFUSALS } from './errors.js';
import type { RefusalCode, SubstitutionRefusal } from './errors.js';

/** Longest interval of the test list, both ends included [T-40, decision]. */
const MAX_INTERVAL_DAYS = 366;

@ValidatorConstraint()
class CheckLetter implements ValidatorConstraintInterface {
  validate(identifier: string): boolean {
    return isPersonIdentifier(identifier);
  }
}

@ValidatorConstraint()
class WithinDays implements ValidatorConstraintInterface {
  validate(date: IsoDate, { object, constraints }: ValidationArguments): boolean {
    return daysBetween(siblingOf(object, constraints), date) < MAX_INTERVAL_DAYS;
  }
}

/** First and last day on which a test may have been executed; the last one may be unknown yet. */
export interface Campaign {
  readonly campaignStart: IsoDate;
  readonly campaignEnd?: IsoDate | undefined;
}

const { refusal, refusalsOf: brokenRules } = rulesOf<RefusalCode>(REFUSALS);

/** [T-20] 3.4.2: a valid identifier, and a day of the campaign up to today. */
export class SubmissionMeaning {
  @Validate(CheckLetter, refusal('invalid-identifier'))
  readonly person: string;

  @Validate(NotAfterIfKnown, ['campaignEnd'], refusal('executed-after-campaign'))
  @Validate(NotAfter, ['today'], refusal('executed-in-future'))
  @Validate(NotBefore, ['campaignStart'], refusal('executed-before-campaign'))
  readonly executedOn: IsoDate;

  readonly today: IsoDate;
  readonly campaignStart: IsoDate;
  readonly campaignEnd: IsoDate | undefined;

  constructor(person: string, executedOn: IsoDate, today: IsoDate, { campaignStart, campaignEnd }: Campaign) {
    this.person = person;
    this.executedOn = executedOn;
    this.today = today;
    this.campaignStart = campaignStart;
    this.campaignEnd = campaignEnd;
  }
}

/** [T-40] 3.4.4: an interval of execution dates, both ends included. */
export class IntervalMeaning {
  readonly from: IsoDate;

  @Validate(NotBefore, ['from'], refusal('interval-reversed'))
  @Validate(WithinDays, ['from'], refusal('interval-too-long'))
  readonly to: IsoDate;

  constructor(from: IsoDate, to: IsoDate) {
    this.from = from;
    this.to = to;
  }
}

/** Longest term of a substitution, and latest first day of one: anything beyond is a typing error. */
export const MAX_SUBSTITUTION_DAYS = 366;

/** Maximum of a titular's present and future substitutions: more are a mistake, or should be a single one. */
export const MOST_SUBSTITUTIONS = 20;

/** [T-2] 3.3.1: what is wrong with the parties and days (both included) of a substitution that a titular adds today. */
export function faultsOfSubstitution(
  { titular, substitute, from, to }: { titular: string; substitute: string; from: IsoDate; to: IsoDate },
  today: IsoDate,
): readonly SubstitutionRefusal[] {
  const faults: SubstitutionRefusal[] = [];
  if (titular === substitute) faults.push('same-doctor');
  if (to < from) return [...faults, 'term-reversed'];
  if (daysBetween(from, to) >= MAX_SUBSTITUTION_DAYS) faults.push('term-too-long');
  if (to < today) faults.push('term-over');
  if (daysBetween(today, from) > MAX_SUBSTITUTION_DAYS) faults.push('term-too-far');
  return faults;
}

/** Returns every rule that the object breaks, in the order of its properties. */
export function refusalsOf(meaning: SubmissionMeaning | IntervalMeaning): RefusalCode[] {
  return brokenRules(meaning);
}
