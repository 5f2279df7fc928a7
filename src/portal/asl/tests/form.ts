/** The form of a daily number (4.4.2), and its checks before the service is called. */
import type { IsoDate } from '../../../platform/clock.js';
import { dayOf, dayProblem, typedDay } from '../../frame/day.js';
import type { TypedDay } from '../../frame/day.js';
import type { Problems } from '../../frame/fields.js';
import type { Form } from '../../frame/form.js';
import type { Catalogue } from '../../texts/index.js';

export interface TypedDaily {
  readonly executedOn: TypedDay;
  readonly tests: string;
  /** Identifies this submission, however often the form is sent. */
  readonly request: string;
}

export interface ReadDaily {
  readonly executedOn: IsoDate;
  readonly tests: number;
}

export function typedDaily(form: Form): TypedDaily {
  return {
    executedOn: typedDay(form, 'eseguito'),
    tests: form.text('numero').replace(/\s+/g, ''),
    request: form.text('invio'),
  };
}

/** The form's fields, to show it again. */
export function fieldsOf({ executedOn: { day, month, year }, tests, request }: TypedDaily): Record<string, string> {
  return {
    ...{ 'eseguito-giorno': day, 'eseguito-mese': month, 'eseguito-anno': year },
    ...{ numero: tests, invio: request },
  };
}

/** Largest number of digits passed to the service. */
const DIGITS = /^[0-9]{1,9}$/;

/** What is wrong with how a number is written; which numbers there are says the service. */
function faultOfNumber(typed: string, { numberFaults }: Catalogue['asl']['send']): string | undefined {
  if (typed === '') return numberFaults.missing;
  if (DIGITS.test(typed)) return undefined;
  if (/^[0-9]+$/.test(typed)) return numberFaults.tooLarge;
  if (/^[-\u2212\u2013]/.test(typed)) return numberFaults.negative;
  if (/^[0-9]{1,3}(?:[.,'’][0-9]{3})+$/.test(typed)) return numberFaults.separators(typed.replace(/[^0-9]/g, ''));
  return /^[0-9]+[.,][0-9]*$/.test(typed) ? numberFaults.fraction : numberFaults.form;
}

export function readDaily(
  { executedOn, tests }: TypedDaily,
  texts: Catalogue,
): { readonly problems: Problems } | ReadDaily {
  const { send } = texts.asl;
  const fields: Record<string, string> = {};
  const day = dayOf(executedOn);
  if (day === undefined) fields['eseguito'] = dayProblem(executedOn, send.day, texts);
  const fault = faultOfNumber(tests, send);
  if (fault !== undefined) fields['numero'] = fault;
  return day === undefined || fields['numero'] !== undefined
    ? { problems: { fields, general: [] } }
    : { executedOn: day, tests: Number(tests) };
}
