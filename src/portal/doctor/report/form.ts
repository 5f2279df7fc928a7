/** The form for submitting a test (3.4.2), and its checks before the operation is called. */
import type { IsoDate } from '../../../platform/clock.js';
import { hasPersonIdentifierForm } from '../../../platform/ids/index.js';
import { dayFields, dayOf, dayProblem, typedDay } from '../../frame/day.js';
import type { TypedDay } from '../../frame/day.js';
import type { Problems } from '../../frame/fields.js';
import type { Form } from '../../frame/form.js';
import type { Catalogue } from '../../texts/index.js';

export interface TypedTest {
  readonly person: string;
  readonly executedOn: TypedDay;
}

/** Blanks within a codice fiscale come from copying; its letters are capitals. */
export function typedTest(form: Form): TypedTest {
  const person = form.text('assistito', 32).replace(/\s+/g, '').toUpperCase();
  return { person, executedOn: typedDay(form, 'eseguito') };
}

/** The form's fields, to show it again. */
export function fieldsOf({ person, executedOn }: TypedTest): Record<string, string> {
  return { assistito: person, ...dayFields('eseguito', executedOn) };
}

/** What is wrong with the form of an identifier; the operation checks the check character. */
function faultOf(person: string, { report }: Catalogue['doctor']): string | undefined {
  if (person === '') return report.identifierMissing;
  if (hasPersonIdentifierForm(person)) return undefined;
  return /^[A-Z0-9]{16}$/.test(person) ? report.identifierShape : report.identifierForm;
}

export function readTest(
  { person, executedOn }: TypedTest,
  texts: Catalogue,
): { readonly problems: Problems } | { readonly person: string; readonly executedOn: IsoDate } {
  const { report } = texts.doctor;
  const fields: Record<string, string> = {};
  const fault = faultOf(person, texts.doctor);
  if (fault !== undefined) fields['assistito'] = fault;
  const day = dayOf(executedOn);
  if (day === undefined) fields['eseguito'] = dayProblem(executedOn, report.executedOn, texts);
  return day === undefined || fault !== undefined ? { problems: { fields, general: [] } } : { person, executedOn: day };
}
