/** What a titular types to name a substitute (3.3.1), and what is wrong with it before the operation is called. */
import type { IsoDate } from '../../../platform/clock.js';
import { dayFields, dayOf, dayProblem, typedDay } from '../../frame/day.js';
import type { TypedDay } from '../../frame/day.js';
import type { Problems } from '../../frame/fields.js';
import type { Form } from '../../frame/form.js';
import type { Catalogue } from '../../texts/index.js';

export interface TypedSubstitution {
  readonly substitute: string;
  readonly from: TypedDay;
  readonly to: TypedDay;
}

export interface ReadSubstitution {
  readonly substitute: string;
  readonly from: IsoDate;
  readonly to: IsoDate;
}

export function typedSubstitution(form: Form): TypedSubstitution {
  return {
    substitute: form.text('sostituto', 32).replace(/\s+/g, '').toUpperCase(),
    from: typedDay(form, 'dal'),
    to: typedDay(form, 'al'),
  };
}

/** The fields of the form again. */
export function fieldsOf({ substitute, from, to }: TypedSubstitution): Record<string, string> {
  return { sostituto: substitute, ...dayFields('dal', from), ...dayFields('al', to) };
}

export function readSubstitution(
  { substitute, from, to }: TypedSubstitution,
  texts: Catalogue,
): { readonly problems: Problems } | ReadSubstitution {
  const [first, last] = [dayOf(from), dayOf(to)];
  const { substitutions: words } = texts.doctor;
  if (first !== undefined && last !== undefined && substitute !== '') return { substitute, from: first, to: last };
  return {
    problems: {
      fields: {
        ...(substitute === '' ? { sostituto: words.missing } : {}),
        ...(first === undefined ? { dal: dayProblem(from, words.from, texts) } : {}),
        ...(last === undefined ? { al: dayProblem(to, words.to, texts) } : {}),
      },
      general: [],
    },
  };
}
