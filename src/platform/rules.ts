/**
 * Rules of a request as class-validator classes, each with its refusal: checked all at once, in the order of the
 * properties. Owns the constraints on days that several features use. Does not know any refusal.
 */
import { ValidatorConstraint, validateSync } from 'class-validator';
import type { ValidationArguments, ValidationOptions, ValidatorConstraintInterface } from 'class-validator';
import type { IsoDate } from './clock.js';

export interface Rules<Code extends string> {
  /** The options of a rule: the refusal if it is broken. */
  readonly refusal: (code: Code) => ValidationOptions;
  /**
   * Returns every rule that the object breaks.
   * @throws Error if a broken rule has no refusal: it must never pass as kept
   */
  readonly refusalsOf: (meaning: object) => Code[];
}

/** @param table has a row for each refusal */
export function rulesOf<Code extends string>(table: Readonly<Record<Code, unknown>>): Rules<Code> {
  const isCode = (code: unknown): code is Code => typeof code === 'string' && Object.hasOwn(table, code);
  return {
    // The message is never shown, but without one class-validator drops the context of a broken rule.
    refusal: (code) => ({ message: code, context: { code } }),
    refusalsOf: (meaning) => {
      const refusals: Code[] = [];
      for (const { property, constraints, contexts } of validateSync(meaning)) {
        const codes = Object.values<unknown>(contexts ?? {})
          .map(codeIn)
          .filter(isCode);
        if (codes.length === 0 || codes.length !== Object.keys(constraints ?? {}).length) {
          throw new Error(`a rule of ${property} is broken and has no refusal`);
        }
        refusals.push(...codes);
      }
      return refusals;
    },
  };
}

function codeIn(context: unknown): unknown {
  return typeof context === 'object' && context !== null && 'code' in context ? context.code : undefined;
}

/** Not after the day in another property of the object, which the constraint names. ISO dates compare as text. */
@ValidatorConstraint()
export class NotAfter implements ValidatorConstraintInterface {
  validate(date: IsoDate, { object, constraints }: ValidationArguments): boolean {
    return date <= siblingOf(object, constraints);
  }
}

/** The same for a day that may be unknown: then no day is after it. A separate rule, so that both can be broken. */
@ValidatorConstraint()
export class NotAfterIfKnown implements ValidatorConstraintInterface {
  validate(date: IsoDate, { object, constraints }: ValidationArguments): boolean {
    const last = siblingOf(object, constraints);
    return last === '' || date <= last;
  }
}

/** Not before the day in another property of the object, which the constraint names. */
@ValidatorConstraint()
export class NotBefore implements ValidatorConstraintInterface {
  validate(date: IsoDate, { object, constraints }: ValidationArguments): boolean {
    return date >= siblingOf(object, constraints);
  }
}

/** The property of the same object that a constraint names; empty when it is not a text. */
export function siblingOf(object: object, [property]: readonly unknown[]): string {
  const value: unknown = typeof property === 'string' ? Reflect.get(object, property) : undefined;
  return typeof value === 'string' ? value : '';
}
