/** Submits the number of tests of a day (4.4.2): entered, checked by the operator, sent. */
import { newRequestId } from '../../../platform/ids/index.js';
import { draftOf, showForm } from '../../frame/draft.js';
import { PageError, forOperation, redirect, show } from '../../frame/page.js';
import type { Page } from '../../frame/page.js';
import { holderIn, sentByAnother } from '../../frame/holder.js';
import { refusedPage } from '../../frame/refused.js';
import { problemsOf } from '../refusals.js';
import type { AslServices } from '../services.js';
import { fieldsOf, readDaily, typedDaily } from './form.js';
import { CheckView, SendView } from './view.js';

const FORM = '/asl/test/nuovo';
const CHECK = '/asl/test/conferma';
const REQUEST = /^[0-9a-f-]{36}$/;

export function sendPages(services: AslServices): readonly Page[] {
  const { asl: service } = services;

  return [
    forOperation('asl-daily-submission', FORM, {
      get(visit) {
        const { texts } = visit;
        const draft = draftOf(visit, FORM);
        if (draft.isNew) return redirect(draft.at(FORM));
        return showForm(draft, texts, texts.asl.send.title, <SendView {...{ texts, draft }} />);
      },
      async post(visit) {
        const { call, form, texts } = visit;
        const draft = draftOf(visit, FORM);
        const typed = { ...typedDaily(form), request: newRequestId() };
        const daily = readDaily(typed, texts);
        if ('problems' in daily) return draft.refuse(fieldsOf(typed), daily.problems);
        const refusals = service.checkDaily(daily, call.at);
        if (refusals.length > 0) return draft.refuse(fieldsOf(typed), problemsOf(refusals, services, texts));
        await draft.keep(fieldsOf(typed));
        return redirect(draft.at(CHECK));
      },
    }),

    forOperation('asl-daily-submission', CHECK, {
      async get(visit) {
        const { call, texts } = visit;
        const draft = draftOf(visit, FORM);
        const daily = readDaily(typedDaily(draft.typed), texts);
        if ('problems' in daily) return redirect(draft.at(FORM));
        const { numbers, refusals, asl, name } = await service.dailyNumbers(call);
        const { checkTitle } = texts.asl.send;
        if (numbers === undefined) return refusedPage(checkTitle, problemsOf(refusals, services, texts), texts);
        const replaced = numbers.find(({ executedOn, isCurrent }) => isCurrent && executedOn === daily.executedOn);
        const operator = call.caller.codiceFiscale;
        const view = { texts, draft, daily, replaced, operator, asl: `${name ?? ''} (${asl ?? ''})` };
        return show(checkTitle, <CheckView {...view} />);
      },
      async post(visit) {
        const { call, form, texts } = visit;
        const draft = draftOf(visit, FORM);
        const typed = typedDaily(form);
        const daily = readDaily(typed, texts);
        if ('problems' in daily) return draft.refuse(fieldsOf(typed), daily.problems);
        if (!REQUEST.test(typed.request)) throw new PageError(400);
        // A double press, Back or a second window repeat the same request: it is one submission, with one receipt.
        const operator = holderIn(form);
        const { request } = typed;
        const { transactionId, refusals } = await service.sendDaily(call, { operator, request, ...daily });
        if (refusals.includes('not-the-caller')) return draft.refuse(fieldsOf(typed), sentByAnother(texts));
        if (refusals.length > 0) return draft.refuse(fieldsOf(typed), problemsOf(refusals, services, texts));
        await draft.forget();
        return redirect(`/asl/test/${transactionId}`);
      },
    }),
  ];
}
