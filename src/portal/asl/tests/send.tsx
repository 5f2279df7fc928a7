/** Sending the number of tests of a day (4.4.2): typed, checked by the operator, sent. */
import { newRequestId } from '../../../platform/ids/index.js';
import { NO_PROBLEMS } from '../../frame/fields.js';
import type { Problems } from '../../frame/fields.js';
import { PageError, forOperation, redirect, show } from '../../frame/page.js';
import type { ActingVisit, Page, Reply } from '../../frame/page.js';
import { holderIn, sentByAnother } from '../../frame/holder.js';
import { refusedPage } from '../../frame/refused.js';
import { problemsOf } from '../refusals.js';
import type { AslServices } from '../services.js';
import { fieldsOf, readDaily, typedDaily } from './form.js';
import type { TypedDaily } from './form.js';
import { CheckView, SendView } from './view.js';

const FORM = '/asl/test/nuovo';
const CHECK = '/asl/test/conferma';
const REQUEST = /^[0-9a-f-]{36}$/;

export function sendPages(services: AslServices): readonly Page[] {
  const { asl: service } = services;

  function formPage({ texts }: ActingVisit, typed: TypedDaily, problems?: Problems): Reply {
    const { title } = texts.asl.send;
    const body = <SendView {...{ texts, typed, problems: problems ?? NO_PROBLEMS }} />;
    if (problems === undefined) return show(title, body);
    return show(texts.form.titlePrefix + title, body, { status: 422 });
  }

  return [
    forOperation('asl-daily-submission', FORM, {
      get: (visit) => formPage(visit, typedDaily(visit.kept(FORM))),
      async post(visit) {
        const { form, texts, keep } = visit;
        const typed = { ...typedDaily(form), request: newRequestId() };
        await keep(FORM, fieldsOf(typed));
        const daily = readDaily(typed, texts);
        return 'problems' in daily ? formPage(visit, typed, daily.problems) : redirect(CHECK);
      },
    }),

    forOperation('asl-daily-submission', CHECK, {
      async get({ call, texts, kept }) {
        const typed = typedDaily(kept(FORM));
        const daily = readDaily(typed, texts);
        if ('problems' in daily) return redirect(FORM);
        const { numbers, refusals, asl, name } = await service.dailyNumbers(call);
        const { checkTitle } = texts.asl.send;
        if (numbers === undefined) return refusedPage(checkTitle, problemsOf(refusals, services), texts);
        const replaced = numbers.find(({ executedOn, isCurrent }) => isCurrent && executedOn === daily.executedOn);
        const operator = call.caller.codiceFiscale;
        const view = { texts, typed, daily, replaced, operator, asl: `${name ?? ''} (${asl ?? ''})` };
        return show(checkTitle, <CheckView {...view} />);
      },
      async post(visit) {
        const { call, form, texts, keep } = visit;
        const typed = typedDaily(form);
        const daily = readDaily(typed, texts);
        if ('problems' in daily) return formPage(visit, typed, daily.problems);
        if (!REQUEST.test(typed.request)) throw new PageError(400);
        // A press too many, Back or a second window send the same request: it is one communication, with one receipt.
        const operator = holderIn(form, call.caller.codiceFiscale);
        const { request } = typed;
        const { transactionId, refusals } = await service.sendDaily(call, { operator, request, ...daily });
        if (refusals.includes('not-the-caller')) return formPage(visit, typed, sentByAnother(texts));
        if (refusals.length > 0) return formPage(visit, typed, problemsOf(refusals, services));
        await keep(FORM, undefined);
        return redirect(`/asl/test/${transactionId}`);
      },
    }),
  ];
}
