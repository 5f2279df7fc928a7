/** The titular's substitutes (3.3.1) [T-2]: named, listed, ended. The specification gives this to the web application only. */
import { romeDate } from '../../../platform/clock.js';
import type { IsoDate } from '../../../platform/clock.js';
import type { SubstitutionRefusal } from '../../../screening/index.js';
import { dayOf, typedDay } from '../../frame/day.js';
import type { TypedDay } from '../../frame/day.js';
import { draftOf, showForm } from '../../frame/draft.js';
import type { Problems } from '../../frame/fields.js';
import type { Form } from '../../frame/form.js';
import { holderIn, sentByAnother } from '../../frame/holder.js';
import { PageError, forOperation, redirect, show } from '../../frame/page.js';
import type { ActingVisit, Page } from '../../frame/page.js';
import type { Catalogue } from '../../texts/index.js';
import { NUMBER } from '../parties.js';
import type { DoctorServices } from '../services.js';
import { AddView, RevokeView, SubstitutionsView } from './view.js';
import type { TypedSubstitution } from './view.js';

const PATH = '/medico/sostituti';
const FORM = `${PATH}/nuovo`;
/** What was just done, as the session keeps it for the list. */
const DONE = ['nominato', 'senza-utenza', 'terminata'] as const;

export function substitutionsPages({ substitutions: desk }: DoctorServices): readonly Page[] {
  async function own({ call }: ActingVisit) {
    const { substitutions } = await desk.list(call, { titular: call.caller.codiceFiscale });
    if (substitutions === undefined) throw new PageError(403);
    return substitutions;
  }

  return [
    forOperation('substitution-list', PATH, {
      async get(visit) {
        const { texts, kept, keep } = visit;
        const done = DONE.find((known) => known === kept(PATH).text('fatto'));
        if (done !== undefined) await keep(PATH, undefined); // said once
        const view = { texts, done, substitutions: await own(visit), today: romeDate(visit.arrival.at) };
        return show(texts.doctor.substitutions.title, <SubstitutionsView {...view} />);
      },
    }),

    forOperation('substitution-add', FORM, {
      get(visit) {
        const { texts, call } = visit;
        const draft = draftOf(visit, FORM);
        const view = { texts, draft, typed: typedSubstitution(draft.typed), titular: call.caller.codiceFiscale };
        return showForm(draft, texts, texts.doctor.substitutions.addTitle, <AddView {...view} />);
      },
      async post(visit) {
        const { call, form, texts, keep } = visit;
        const draft = draftOf(visit, FORM);
        const typed = typedSubstitution(form);
        const read = readSubstitution(typed, texts);
        if ('problems' in read) return draft.refuse(fieldsOf(typed), read.problems);
        const titular = holderIn(form, call.caller.codiceFiscale);
        const { refusals, hasAccount } = await desk.add(call, { titular, ...read });
        if (refusals.includes('not-permitted')) return draft.refuse(fieldsOf(typed), sentByAnother(texts));
        if (refusals.length > 0) return draft.refuse(fieldsOf(typed), problemsOf(refusals, texts));
        await draft.forget();
        await keep(PATH, { fatto: hasAccount === true ? 'nominato' : 'senza-utenza' });
        return redirect(PATH);
      },
    }),

    forOperation('substitution-revoke', `${PATH}/:numero/termina`, {
      async get(visit) {
        const { texts, params } = visit;
        const found = (await own(visit)).find(({ id }) => id === params['numero']);
        if (found === undefined) throw new PageError(404);
        if (found.isRevoked) return redirect(PATH);
        return show(texts.doctor.substitutions.revokeTitle, <RevokeView {...{ texts, substitution: found }} />);
      },
      async post(visit) {
        const { call, params, keep } = visit;
        const id = params['numero'] ?? '';
        if (!NUMBER.test(id)) throw new PageError(404);
        const { refusals } = await desk.revoke(call, { id });
        if (refusals.length === 0) await keep(PATH, { fatto: 'terminata' });
        // A second press finds it ended: the list says so. Somebody else's is not there.
        else if (!(await own(visit)).some((substitution) => substitution.id === id)) throw new PageError(404);
        return redirect(PATH);
      },
    }),
  ];
}

function typedSubstitution(form: Form): TypedSubstitution {
  return {
    substitute: form.text('sostituto', 32).replace(/\s+/g, '').toUpperCase(),
    from: typedDay(form, 'dal'),
    to: typedDay(form, 'al'),
  };
}

/** The fields of the form again. */
function fieldsOf({ substitute, from, to }: TypedSubstitution): Record<string, string> {
  const ofDay = (name: string, { day, month, year }: TypedDay) => ({
    ...{ [`${name}-giorno`]: day, [`${name}-mese`]: month, [`${name}-anno`]: year },
  });
  return { sostituto: substitute, ...ofDay('dal', from), ...ofDay('al', to) };
}

function readSubstitution(
  { substitute, from, to }: TypedSubstitution,
  texts: Catalogue,
): { readonly problems: Problems } | { readonly substitute: string; readonly from: IsoDate; readonly to: IsoDate } {
  const [first, last] = [dayOf(from), dayOf(to)];
  const wrong = texts.doctor.report.executedOnForm;
  if (first !== undefined && last !== undefined && substitute !== '') return { substitute, from: first, to: last };
  return {
    problems: {
      fields: {
        ...(substitute === '' ? { sostituto: texts.doctor.substitutions.missing } : {}),
        ...(first === undefined ? { dal: wrong } : {}),
        ...(last === undefined ? { al: wrong } : {}),
      },
      general: [],
    },
  };
}

/** The field at which each refusal stands; the others are about the whole. */
const FIELDS: { readonly [Refusal in SubstitutionRefusal]?: string } = {
  'same-doctor': 'sostituto',
  'substitute-form': 'sostituto',
  'substitute-no-doctor': 'sostituto',
  'already-named': 'sostituto',
  'term-reversed': 'al',
  'term-over': 'al',
  'term-too-long': 'al',
  'term-too-far': 'dal',
};

function problemsOf(refusals: readonly SubstitutionRefusal[], texts: Catalogue): Problems {
  const fields: Record<string, string> = {};
  const general: string[] = [];
  for (const refusal of refusals) {
    const text = texts.doctor.substitutions.refusals[refusal];
    const field = FIELDS[refusal];
    if (field === undefined) general.push(text);
    else fields[field] ??= text;
  }
  return { fields, general };
}
