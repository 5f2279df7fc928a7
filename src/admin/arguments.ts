/** Shared by the commands: parsing and checks of arguments, and applying or rehearsing a change. */
import { parseArgs } from 'node:util';
import type { ParseArgsConfig } from 'node:util';
import { isIsoDate } from '../platform/clock.js';
import { faultOfText } from '../platform/plain-text.js';
import type { DataSource } from '../platform/db/index.js';
import type { ConsentTables } from '../opposition/index.js';

export const APPLY = '  --apply     apply the change; without it the command only reports what would change';
export const NOTHING_CHANGED = 'Nothing was changed. Add --apply to apply it.';

/** An option with a value. */
export const TEXT = { type: 'string' } as const;
/** An option without a value. */
export const FLAG = { type: 'boolean', default: false } as const;

type Options = NonNullable<ParseArgsConfig['options']>;

/** Parses a command's options and its further words. @throws TypeError of `parseArgs` for an unknown option */
export const parseWords = <Known extends Options>(args: readonly string[], options: Known) =>
  parseArgs({ args: [...args], options, allowPositionals: true });

/** Parses the options of a command without further words. @throws TypeError of `parseArgs` for anything else */
export const parseOptions = <Known extends Options>(args: readonly string[], options: Known) =>
  parseArgs({ args: [...args], options });

/** A calendar day `AAAA-MM-GG`. */
export function isDay(value: string | undefined): value is string {
  return value !== undefined && isIsoDate(value);
}

/** Message for an invalid code of a region. */
export const REGION_FORM = '--region must be the code of a region: three digits, or SASN';

/** Three digits, or SASN. */
export function isRegionCode(value: string | undefined): value is string {
  return value !== undefined && /^(?:[0-9]{3}|SASN)$/.test(value);
}

/** A text for people, such as the name of an office; not only blanks. @param longest in characters */
export function isText(value: string, longest: number): boolean {
  return value.trim() !== '' && value.length <= longest && faultOfText(value) === undefined;
}

/** Message for an invalid text. */
export const textForm = (option: string, longest: number): string =>
  `${option} must have 1 to ${longest} visible characters, the first of them not = + - or @`;

/** Id of a row. */
export function isId(value: string | undefined): value is string {
  return value !== undefined && /^[0-9]{1,15}$/.test(value);
}

export function isUuid(value: string | undefined): value is string {
  return value !== undefined && /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value);
}

/**
 * Parses decimal digits only. JavaScript's own parser also accepts hexadecimal, exponents and blanks (`0x10`, `1e3`, `
 * `), which are typing errors here.
 * @returns undefined: not a whole number, or not from `least` to `most`
 */
export function wholeNumber(text: string | undefined, least: number, most: number): number | undefined {
  if (text === undefined || !/^[0-9]{1,15}$/.test(text)) return undefined;
  const value = Number(text);
  return value >= least && value <= most ? value : undefined;
}

/** A number above 0 and below `limit`, optionally with decimals after a point: `0.5`. */
export function positiveNumber(text: string, limit: number): number | undefined {
  if (!/^[0-9]{1,15}(?:\.[0-9]{1,9})?$/.test(text)) return undefined;
  const value = Number(text);
  return value > 0 && value < limit ? value : undefined;
}

class Undone extends Error {}

/**
 * Runs a change in a transaction, which is rolled back unless it is to be applied: a rehearsal meets the same
 * constraints.
 */
export async function changed<Result>(
  db: DataSource,
  apply: boolean,
  work: (tables: ConsentTables) => Promise<Result>,
): Promise<Result> {
  let result: { value: Result } | undefined;
  try {
    await db.transaction(async (manager) => {
      result = { value: await work(manager) };
      if (!apply) throw new Undone();
    });
  } catch (error) {
    if (!(error instanceof Undone)) throw error;
  }
  if (result === undefined) throw new Error('the change has no result');
  return result.value;
}
