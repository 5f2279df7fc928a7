/** Communicating a test (3.4.2) [T-20]: typed, checked by the doctor, sent, and its receipt. */
import { draftOf, showForm } from '../../frame/draft.js';
import type { Draft } from '../../frame/draft.js';
import { forOperation, redirect, show } from '../../frame/page.js';
import { pdfFile } from '../../frame/file.js';
import type { ActingVisit, Page, Reply } from '../../frame/page.js';
import { holderIn, sentByAnother } from '../../frame/holder.js';
import type { ListMemory } from '../patients/memory.js';
import { partiesOf } from '../parties.js';
import type { Parties } from '../parties.js';
import { receiptOf } from '../receipt.js';
import { testDocument } from '../receipt-document.js';
import { problemsOf } from '../refusals.js';
import type { DoctorServices } from '../services.js';
import { fieldsOf, readTest, typedTest } from './form.js';
import { CheckView, ReceiptView, ReportView } from './view.js';

export function reportPages(services: DoctorServices, lists: ListMemory): readonly Page[] {
  const { screening } = services;

  function formPage({ texts }: ActingVisit, parties: Parties, draft: Draft): Reply {
    return showForm(draft, texts, texts.doctor.report.title, <ReportView {...{ texts, parties, draft }} />);
  }

  return [
    forOperation('test-submission', '/medico/:elenco/test/nuovo', {
      async get(visit) {
        const parties = await partiesOf(visit, services);
        const draft = draftOf(visit, pathOf(parties));
        return draft.isNew ? redirect(draft.at(pathOf(parties))) : formPage(visit, parties, draft);
      },
      /** From the list with a person, from the check to change something, or from the form itself. */
      async post(visit) {
        const { form, texts } = visit;
        const parties = await partiesOf(visit, services);
        const draft = draftOf(visit, pathOf(parties));
        const typed = typedTest(form);
        const isChecked = form.has('controlla');
        const test = readTest(typed, texts);
        if (isChecked && 'problems' in test) return draft.refuse(fieldsOf(typed), test.problems);
        await draft.keep(fieldsOf(typed));
        return redirect(draft.at(isChecked ? `${parties.base}/test/conferma` : pathOf(parties)));
      },
    }),

    forOperation('test-submission', '/medico/:elenco/test/conferma', {
      async get(visit) {
        const { texts } = visit;
        const parties = await partiesOf(visit, services);
        const draft = draftOf(visit, pathOf(parties));
        const test = readTest(typedTest(draft.typed), texts);
        if ('problems' in test) return redirect(draft.at(pathOf(parties)));
        return show(texts.doctor.report.checkTitle, <CheckView {...{ texts, parties, test, draft }} />);
      },
      async post(visit) {
        const { call, form, texts, keep } = visit;
        const parties = await partiesOf(visit, services);
        const draft = draftOf(visit, pathOf(parties));
        const fields = fieldsOf(typedTest(form));
        const read = readTest(typedTest(form), texts);
        if ('problems' in read) return draft.refuse(fields, read.problems);
        // A press too many, Back or a second window send the same test again: it is one test, with one receipt.
        const { doctor, titular, base } = parties;
        const shown = holderIn(form, doctor);
        const outcome = await screening.submitTest(call, { doctor: shown, titular, ...read });
        const { transactionId, refusals, original } = outcome;
        if (refusals.includes('not-the-caller')) return draft.refuse(fields, sentByAnother(texts));
        const test = refusals.length === 0 ? transactionId : original;
        if (test === undefined) return draft.refuse(fields, problemsOf(refusals, services));
        lists.forget(visit.session, titular);
        await draft.forget();
        const receipt = `${base}/test/${test}`;
        if (refusals.length > 0) await keep(receipt, { gia: '1' });
        return redirect(receipt);
      },
    }),

    forOperation('test-receipt', '/medico/:elenco/test/:numero', {
      async get(visit) {
        const { texts, kept } = visit;
        const parties = await partiesOf(visit, services);
        const test = await receiptOf(visit, parties, services);
        const { receipt, cancel } = texts.doctor;
        const isDuplicate = kept(`${parties.base}/test/${test.transactionId}`).has('gia');
        return show(
          test.isCancelled ? cancel.doneTitle : receipt.title,
          <ReceiptView {...{ texts, parties, test, isDuplicate }} />,
        );
      },
    }),

    forOperation('test-receipt', '/medico/:elenco/test/:numero/ricevuta.pdf', {
      async get(visit) {
        const parties = await partiesOf(visit, services);
        const test = await receiptOf(visit, parties, services);
        const bytes = await services.makePdf(testDocument(visit.texts, parties, test));
        return pdfFile(`ricevuta-${test.transactionId}.pdf`, bytes);
      },
    }),
  ];
}

/** Of the form. */
const pathOf = ({ base }: Parties): string => `${base}/test/nuovo`;
