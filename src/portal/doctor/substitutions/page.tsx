/**
 * The titular's substitutes (3.3.1) [T-2]: added, listed, ended. The specification provides this in the web application
 * only.
 */
import { romeDate } from '../../../platform/clock.js';
import type { SubstitutionRefusal } from '../../../screening/index.js';
import { draftOf, showForm } from '../../frame/draft.js';
import type { Problems } from '../../frame/fields.js';
import { holderIn, sentByAnother } from '../../frame/holder.js';
import { PageError, forOperation, redirect, show } from '../../frame/page.js';
import type { ActingVisit, Page } from '../../frame/page.js';
import type { Catalogue } from '../../texts/index.js';
import { NUMBER } from '../parties.js';
import type { DoctorServices } from '../services.js';
import { fieldsOf, readSubstitution, typedSubstitution } from './form.js';
import { AddView, CheckView, RevokeView, SubstitutionsView } from './view.js';

const PATH = '/medico/sostituti';
const FORM = `${PATH}/nuovo`;
const CHECK = `${PATH}/conferma`;
/** The last act, as the session stores it for the list. */
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
        if (done !== undefined) await keep(PATH, undefined); // shown once
        const view = { texts, done, substitutions: await own(visit), today: romeDate(visit.arrival.at) };
        return show(texts.doctor.substitutions.title, <SubstitutionsView {...view} />);
      },
    }),

    forOperation('substitution-add', FORM, {
      get(visit) {
        const { texts } = visit;
        const draft = draftOf(visit, FORM);
        if (draft.isNew) return redirect(draft.at(FORM));
        return showForm(draft, texts, texts.doctor.substitutions.addTitle, <AddView {...{ texts, draft }} />);
      },
      async post(visit) {
        const { form, texts } = visit;
        const draft = draftOf(visit, FORM);
        const typed = typedSubstitution(form);
        const read = readSubstitution(typed, texts);
        if ('problems' in read) return draft.refuse(fieldsOf(typed), read.problems);
        await draft.keep(fieldsOf(typed));
        return redirect(draft.at(CHECK));
      },
    }),

    forOperation('substitution-add', CHECK, {
      async get(visit) {
        const { call, texts } = visit;
        const draft = draftOf(visit, FORM);
        const typed = typedSubstitution(draft.typed);
        const substitution = readSubstitution(typed, texts);
        if ('problems' in substitution) return redirect(draft.at(FORM));
        const titular = call.caller.codiceFiscale;
        const { hasAccount, refusals } = await desk.check(call, { titular, ...substitution });
        if (hasAccount === undefined) return draft.refuse(fieldsOf(typed), problemsOf(refusals, texts));
        const view = { texts, draft, titular, substitution, hasAccount };
        return show(texts.doctor.substitutions.checkTitle, <CheckView {...view} />);
      },
      async post(visit) {
        const { call, form, texts, keep } = visit;
        const draft = draftOf(visit, FORM);
        const fields = fieldsOf(typedSubstitution(form));
        const read = readSubstitution(typedSubstitution(form), texts);
        if ('problems' in read) return draft.refuse(fields, read.problems);
        const titular = holderIn(form);
        const { refusals, hasAccount } = await desk.add(call, { titular, ...read });
        if (refusals.includes('not-permitted')) return draft.refuse(fields, sentByAnother(texts));
        if (refusals.length > 0) return draft.refuse(fields, problemsOf(refusals, texts));
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
        // A second press finds it already ended, and the list shows this. Substitutions of others are not found.
        else if (!(await own(visit)).some((substitution) => substitution.id === id)) throw new PageError(404);
        return redirect(PATH);
      },
    }),
  ];
}

/** The field of each refusal; the others concern the whole form. */
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
