/** The form for submitting tests of several persons (3.4.2), and its checks. */
import type { IsoDate } from '../../../platform/clock.js';
import { hasPersonIdentifierForm } from '../../../platform/ids/index.js';
import { dayFields, dayOf, dayProblem, typedDay } from '../../frame/day.js';
import type { TypedDay } from '../../frame/day.js';
import type { Problems } from '../../frame/fields.js';
import type { Form } from '../../frame/form.js';
import type { Catalogue } from '../../texts/index.js';

/** Maximum of tests in one form: each is a submission and a row of the access log. */
export const MOST_TESTS = 100;
/** Maximum length of the entered identifiers, characters. */
export const MOST_TYPED = 5_000;
/** Prefix of the name of a person's check box. */
export const CHOICE = 'scelto-';
/** Name of the button that Enter presses. */
export const ENTER = 'invio-da-tastiera';
/** Name of the field with the search that the page shows. */
export const SHOWN_SEARCH = 'cercato';
/** A page of the list may add more than the maximum, which is reported then. */
const MOST_CHOSEN = 2 * MOST_TESTS;
const IDENTIFIER_LENGTH = 16;

export interface TypedTests {
  readonly executedOn: TypedDay;
  /** Identifiers chosen from the list. */
  readonly chosen: readonly string[];
  readonly typed: string;
  /** Identifies this form, however often it is sent. */
  readonly request: string;
}

/** From the check boxes of a form, or as stored in the session. */
export function typedTests(form: Form): TypedTests {
  const boxes = form.names(CHOICE).map((name) => name.slice(CHOICE.length));
  const kept = form.text('scelti', MOST_CHOSEN * (IDENTIFIER_LENGTH + 1)).split(' ');
  return {
    executedOn: typedDay(form, 'eseguito'),
    chosen: [...boxes, ...kept].filter(hasPersonIdentifierForm).slice(0, MOST_CHOSEN),
    typed: form.text('altri', MOST_TYPED),
    request: form.text('invio'),
  };
}

/** Whether the doctor continues, by the button or by Enter; Enter after a changed search searches. */
export function isContinued(form: Form): boolean {
  return form.has('controlla') || (form.has(ENTER) && form.text('cerca') === form.text(SHOWN_SEARCH));
}

/** The form's fields, to show it again. */
export function fieldsOf({ executedOn, chosen, typed, request }: TypedTests): Record<string, string> {
  return {
    ...dayFields('eseguito', executedOn),
    ...{ scelti: chosen.join(' '), altri: typed, invio: request },
  };
}

export interface ReadTests {
  /** Without duplicates: first the chosen, then the entered ones. */
  readonly persons: readonly string[];
  readonly executedOn: IsoDate;
}

export function readTests(
  { executedOn, chosen, typed }: TypedTests,
  texts: Catalogue,
): { readonly problems: Problems } | ReadTests {
  const { several, doctor } = texts;
  const fields: Record<string, string> = {};
  const day = dayOf(executedOn);
  if (day === undefined) fields['eseguito'] = dayProblem(executedOn, doctor.report.executedOn, texts);
  const { identifiers, wrongLines } = identifiersIn(typed);
  const persons = [...new Set([...chosen, ...identifiers])];
  if (wrongLines.length > 0) fields['altri'] = several.typedForm(wrongLines);
  else if (persons.length === 0) fields['altri'] = several.nobody;
  else if (persons.length > MOST_TESTS) fields['altri'] = several.tooMany(persons.length, MOST_TESTS);
  return day === undefined || fields['altri'] !== undefined
    ? { problems: { fields, general: [] } }
    : { persons, executedOn: day };
}

/** One per line; several in a line count too. Blanks within one come from copying. */
function identifiersIn(typed: string): { readonly identifiers: string[]; readonly wrongLines: number[] } {
  const identifiers: string[] = [];
  const wrongLines: number[] = [];
  typed
    .toUpperCase()
    .split(/\r\n?|\n/)
    .forEach((line, index) => {
      const pieces = line.split(/[\s,;]+/).filter((piece) => piece !== '');
      const found = pieces.every(hasPersonIdentifierForm) ? pieces : [pieces.join('')];
      if (found.every(hasPersonIdentifierForm)) identifiers.push(...found);
      else wrongLines.push(index + 1);
    });
  return { identifiers, wrongLines };
}
