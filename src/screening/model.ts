/**
 * The rules of the doctors' operations that need no database: pure, checked all at once with class-validator. What
 * needs the list, the register of tests or a substitution is decided by the statements in store.ts.
 */
import { Validate, ValidatorConstraint, validateSync } from 'class-validator';
import type { ValidationArguments, ValidatorConstraintInterface } from 'class-validator';
import { daysBetween } from '../platform/clock.js';
import type { IsoDate } from '../platform/clock.js';
import { isPersonIdentifier } from '../platform/ids/index.js';
import type { RefusalCode } from './errors.js';

/** Longest interval of the test list, both ends included [T-40, decision]. */
export const MAX_INTERVAL_DAYS = 366;

@ValidatorConstraint()
class CheckLetter implements ValidatorConstraintInterface {
  validate(identifier: string): boolean {
    return isPersonIdentifier(identifier);
  }
}

@ValidatorConstraint()
class NotAfter implements ValidatorConstraintInterface {
  validate(date: IsoDate, { object, constraints }: ValidationArguments): boolean {
    return date <= siblingOf(object, constraints);
  }
}

@ValidatorConstraint()
class NotBefore implements ValidatorConstraintInterface {
  validate(date: IsoDate, { object, constraints }: ValidationArguments): boolean {
    return date >= siblingOf(object, constraints);
  }
}

@ValidatorConstraint()
class WithinDays implements ValidatorConstraintInterface {
  validate(date: IsoDate, { object, constraints }: ValidationArguments): boolean {
    return daysBetween(siblingOf(object, constraints), date) < MAX_INTERVAL_DAYS;
  }
}

/** The property of the same object that a constraint names. ISO dates compare as text. */
function siblingOf(object: object, [property]: unknown[]): IsoDate {
  const value: unknown = Object.entries(object).find(([name]) => name === property)?.[1];
  return typeof value === 'string' ? value : '';
}

/** The message is never shown, but class-validator drops the context of a broken rule that has none. */
const refusal = (code: RefusalCode) => ({ message: code, context: { code } });

/** [T-20] 3.4.2: a person that can exist, a day between the campaign's start and today. */
export class SubmissionMeaning {
  @Validate(CheckLetter, refusal('invalid-identifier'))
  readonly person: string;

  @Validate(NotAfter, ['today'], refusal('executed-in-future'))
  @Validate(NotBefore, ['campaignStart'], refusal('executed-before-campaign'))
  readonly executedOn: IsoDate;

  readonly today: IsoDate;
  readonly campaignStart: IsoDate;

  constructor(person: string, executedOn: IsoDate, today: IsoDate, campaignStart: IsoDate) {
    this.person = person;
    this.executedOn = executedOn;
    this.today = today;
    this.campaignStart = campaignStart;
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

/**
 * Every rule that the object breaks, in the order of its properties.
 * @throws Error when a broken rule has no refusal: never to be taken for a rule that holds
 */
export function refusalsOf(meaning: SubmissionMeaning | IntervalMeaning): RefusalCode[] {
  const refusals: RefusalCode[] = [];
  for (const { property, constraints, contexts } of validateSync(meaning)) {
    const broken = Object.values(contexts ?? {});
    if (broken.length === 0 || broken.length !== Object.keys(constraints ?? {}).length) {
      throw new Error(`a rule of ${property} is broken and says no refusal`);
    }
    for (const context of broken) refusals.push((context as { code: RefusalCode }).code);
  }
  return refusals;
}
