/**
 * Placeholders `${…}` in samples: values known when a message is sent (today, a patient), and forms of values known
 * only from the answer (an id, an instant). Uses neither files nor the network.
 */
import { addDays } from '../../platform/clock.js';

/** Values by placeholder name. */
export type Memory = ReadonlyMap<string, string>;

/** Form of a value, by its name in expected answers. */
const FORMS: ReadonlyMap<string, string> = new Map([
  ['transaction', '[1-9][0-9]{0,14}'],
  ['dateTime', '[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}(?:Z|[+-][0-9]{2}:[0-9]{2})'],
  ['date', '[0-9]{4}-[0-9]{2}-[0-9]{2}'],
  ['requestId', '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}'],
  ['identifier', '(?:[A-Z0-9]{16}|[0-9]{11})'],
  ['text', '\\S(?:.*\\S)?'],
]);

const PLACEHOLDER = /\$\{([A-Za-z][A-Za-z0-9]*)([+-][0-9]+)?\}/g;

export class UnknownPlaceholder extends Error {
  constructor(readonly placeholder: string) {
    super(`il segnaposto \${${placeholder}} non ha un valore`);
  }
}

/** Replaces every placeholder by its value. @throws UnknownPlaceholder */
export function fill(text: string, memory: Memory): string {
  return text.replace(PLACEHOLDER, (_whole, name: string, shift?: string) => {
    const value = valueOf(name, shift, memory);
    if (value === undefined) throw new UnknownPlaceholder(name);
    return value;
  });
}

/**
 * Whether a value is the expected one: literal text, known values, and forms for the rest. @throws UnknownPlaceholder
 */
export function matches(expected: string, value: string, memory: Memory): boolean {
  let pattern = '';
  let at = 0;
  for (const found of expected.matchAll(PLACEHOLDER)) {
    const [whole, name = '', shift] = found;
    const known = valueOf(name, shift, memory);
    const form = known === undefined ? FORMS.get(name) : escapePattern(known);
    if (form === undefined) throw new UnknownPlaceholder(name);
    pattern += escapePattern(expected.slice(at, found.index)) + form;
    at = found.index + whole.length;
  }
  pattern += escapePattern(expected.slice(at));
  return new RegExp(`^${pattern}$`, 'su').test(value);
}

/** Only `${today}` accepts a number of days, as in `${today-30}`. */
function valueOf(name: string, shift: string | undefined, memory: Memory): string | undefined {
  const value = memory.get(name);
  if (shift === undefined || value === undefined) return value;
  return name === 'today' ? addDays(value, Number(shift)) : undefined;
}

function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
}

/**
 * The reverse of `fill`, for recording: replaces known values by placeholders. A value with several names becomes the
 * first one; values shorter than eight characters stay, because they would match by accident.
 */
export function putBack(text: string, memory: Memory): string {
  let result = text;
  for (const [name, value] of memory) {
    if (value.length >= 8) result = result.replaceAll(value, `\${${name}}`);
  }
  return result;
}
