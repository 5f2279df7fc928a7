/** The titular's substitutes (3.3.1) [T-2]: named, listed, ended. The specification gives this to the web application only. */
import { romeDate } from '../../../platform/clock.js';
import type { IsoDate } from '../../../platform/clock.js';
import type { SubstitutionRefusal } from '../../../screening/index.js';
import { NO_DAY, dayOf, typedDay } from '../../frame/day.js';
import { NO_PROBLEMS, hasProblems } from '../../frame/fields.js';
import type { Problems } from '../../frame/fields.js';
import type { Form } from '../../frame/form.js';
import { holderIn, sentByAnother } from '../../frame/holder.js';
import { PageError, forOperation, redirect, show } from '../../frame/page.js';
import type { ActingVisit, Page, Reply } from '../../frame/page.js';
import type { Catalogue } from '../../texts/index.js';
import { NUMBER } from '../parties.js';
import type { DoctorServices } from '../services.js';
import { AddView, RevokeView, SubstitutionsView } from './view.js';
import type { TypedSubstitution } from './view.js';

const PATH = '/medico/sostituti';
const NOTHING_TYPED: TypedSubstitution = { substitute: '', from: NO_DAY, to: NO_DAY };
/** What was just done, as the session keeps it for the list. */
const DONE = ['nominato', 'senza-utenza', 'terminata'] as const;

export function substitutionsPages({ substitutions: desk }: DoctorServices): readonly Page[] {
  async function own({ call }: ActingVisit) {
    const { substitutions } = await desk.list(call, { titular: call.caller.codiceFiscale });
    if (substitutions === undefined) throw new PageError(403);
    return substitutions;
  }

  function addPage({ texts, call }: ActingVisit, typed: TypedSubstitution, problems: Problems): Reply {
    const { addTitle } = texts.doctor.substitutions;
    const isWrong = hasProblems(problems);
    const title = isWrong ? texts.form.titlePrefix + addTitle : addTitle;
    return show(title, <AddView {...{ texts, typed, problems, titular: call.caller.codiceFiscale }} />, {
      status: isWrong ? 422 : 200,
    });
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

    forOperation('substitution-add', `${PATH}/nuovo`, {
      get: (visit) => addPage(visit, NOTHING_TYPED, NO_PROBLEMS),
      async post(visit) {
        const { call, form, texts, keep } = visit;
        const typed = typedSubstitution(form);
        const read = readSubstitution(typed, texts);
        if ('problems' in read) return addPage(visit, typed, read.problems);
        const titular = holderIn(form, call.caller.codiceFiscale);
        const { refusals, hasAccount } = await desk.add(call, { titular, ...read });
        if (refusals.includes('not-permitted')) return addPage(visit, typed, sentByAnother(texts));
        if (refusals.length > 0) return addPage(visit, typed, problemsOf(refusals, texts));
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
