/**
 * The text of an element or attribute as a value: white space, lexical rules and facets of XML Schema part 2, compiled
 * once from the contract's shape. Knows one text at a time; the reader knows its place.
 */
import { KINDS, adviceOn } from './advice.js';
import type { Facets, TextShape } from './contract.js';

/** What is wrong with a text, in Italian. */
export class Unfit {
  constructor(readonly reason: string) {}
}

export type ReadText = (text: string) => string | number | boolean | Unfit;

/** @returns a function that reads a text as its value, or explains why it has none and what to write instead */
export function compileText(shape: TextShape): ReadText {
  const read = compileLexical(shape);
  const isFit = (text: string) => !(read(text) instanceof Unfit);
  return (text) => {
    const value = read(text);
    if (!(value instanceof Unfit)) return value;
    return new Unfit(adviceOn(shape.lexical === 'string' ? text : collapsed(text), value.reason, shape, isFit));
  };
}

function compileLexical({ lexical, facets = {} }: TextShape): ReadText {
  const wrong = new Unfit(`il valore non è ${KINDS[lexical]}`);
  const check = compileFacets(facets);
  switch (lexical) {
    case 'string':
      return (text) => check(text, 0) ?? text;
    case 'token':
      return (text) => {
        const value = collapsed(text);
        return check(value, 0) ?? value;
      };
    case 'date':
    case 'dateTime': {
      const isLexical = lexical === 'date' ? isDate : isDateTime;
      return (text) => {
        const value = collapsed(text);
        return isLexical(value) ? (check(value, 0) ?? value) : wrong;
      };
    }
    case 'long':
    case 'int':
      return (text) => {
        const value = collapsed(text);
        return isInteger(value, lexical) ? (check(value, Number(value)) ?? Number(value)) : wrong;
      };
    case 'boolean':
      return (text) => {
        const value = collapsed(text);
        return BOOLEANS.has(value) ? (check(value, 0) ?? (value === 'true' || value === '1')) : wrong;
      };
  }
}

type Check = (value: string, number: number) => Unfit | undefined;

/** Lengths and bounds before values and patterns: their messages are more specific. */
function compileFacets(facets: Facets): Check {
  const { length, minLength, maxLength, minInclusive, maxInclusive, values, patterns } = facets;
  const checks: Check[] = [];
  const demand = (isFit: (value: string, number: number) => boolean, reason: string): void => {
    const unfit = new Unfit(reason);
    checks.push((value, number) => (isFit(value, number) ? undefined : unfit));
  };
  if (length !== undefined) demand((value) => lengthOf(value) === length, lengthRule('esattamente', length));
  if (minLength !== undefined) demand((value) => lengthOf(value) >= minLength, lengthRule('almeno', minLength));
  if (maxLength !== undefined) demand((value) => lengthOf(value) <= maxLength, lengthRule('al massimo', maxLength));
  if (minInclusive !== undefined)
    demand((_value, number) => number >= minInclusive, `valore inferiore al minimo ${minInclusive}`);
  if (maxInclusive !== undefined)
    demand((_value, number) => number <= maxInclusive, `valore superiore al massimo ${maxInclusive}`);
  if (values !== undefined) {
    const known = new Set(values);
    demand((value) => known.has(value), 'il valore non è tra quelli previsti');
  }
  for (const pattern of patterns ?? [])
    demand((value) => pattern.test(value), 'il valore non ha la forma prevista dallo schema');
  return (value, number) => {
    for (const check of checks) {
      const unfit = check(value, number);
      if (unfit !== undefined) return unfit;
    }
    return undefined;
  };
}

function lengthRule(rule: string, length: number): string {
  return `lunghezza non ammessa (${rule} ${length} caratteri)`;
}

/** Characters as XML counts them: a surrogate pair is one. */
function lengthOf(text: string): number {
  return /[\ud800-\udbff]/.test(text) ? Array.from(text).length : text.length;
}

/** whiteSpace=collapse (4.3.6). A no-break space is a character like any other. */
function collapsed(text: string): string {
  return /[ \t\r\n]/.test(text) ? text.replace(/[ \t\r\n]+/g, ' ').replace(/^ | $/g, '') : text;
}

const BOOLEANS = new Set(['true', 'false', '1', '0']);

const RANGE = { long: [-(2n ** 63n), 2n ** 63n - 1n], int: [-(2n ** 31n), 2n ** 31n - 1n] } as const;
/** Any number of so many digits is in the range of xs:int. */
const SURE_DIGITS = 9;

function isInteger(text: string, lexical: 'long' | 'int'): boolean {
  if (!/^[+-]?[0-9]+$/.test(text)) return false;
  if (text.length <= SURE_DIGITS) return true;
  const [least, most] = RANGE[lexical];
  const value = text.startsWith('+') ? BigInt(text.slice(1)) : BigInt(text);
  return value >= least && value <= most;
}

const DATE = /^-?(\d{4,})-(\d\d)-(\d\d)(Z|[+-]\d\d:\d\d)?$/;
const DATE_TIME = /^(-?\d{4,}-\d\d-\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)?$/;
const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function isDate(text: string): boolean {
  const [, year = '', month = '', day = '', zone] = DATE.exec(text) ?? [];
  // A year of more than four digits has no leading zeros; there is no year 0 (3.2.7.1).
  if (/^0+$/.test(year) || (year.length > 4 && year.startsWith('0'))) return false;
  const days = DAYS[Number(month) - 1] ?? 0;
  // The calendar repeats itself every 400 years: the last four digits decide.
  const number = Number(year.slice(-4));
  const isLeap = number % 4 === 0 && (number % 100 !== 0 || number % 400 === 0);
  const last = month === '02' && isLeap ? 29 : days;
  return Number(day) >= 1 && Number(day) <= last && isZone(zone);
}

function isDateTime(text: string): boolean {
  const [, date = '', hour = '', minute = '', second = '', fraction = '', zone] = DATE_TIME.exec(text) ?? [];
  const isMidnight = hour === '24' && minute === '00' && second === '00' && /^0*$/.test(fraction);
  const isTime = Number(hour) <= 23 && Number(minute) <= 59 && Number(second) <= 59;
  return isDate(date) && (isTime || isMidnight) && isZone(zone);
}

/** At most 14 hours from UTC (3.2.7.3). */
function isZone(zone: string | undefined): boolean {
  if (zone === undefined || zone === 'Z') return true;
  const [hours, minutes] = [Number(zone.slice(1, 3)), Number(zone.slice(4))];
  return minutes <= 59 && hours * 60 + minutes <= 14 * 60;
}
