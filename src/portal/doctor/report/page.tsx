/** Communicating a test (3.4.2) [T-20]: typed, checked by the doctor, sent, and its receipt. */
import { forOperation, redirect, show } from '../../frame/page.js';
import { NO_PROBLEMS } from '../../frame/fields.js';
import type { Problems } from '../../frame/fields.js';
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
import type { TypedTest } from './form.js';
import { CheckView, ReceiptView, ReportView } from './view.js';

export function reportPages(services: DoctorServices, lists: ListMemory): readonly Page[] {
  const { screening } = services;

  function formPage({ texts }: ActingVisit, parties: Parties, typed: TypedTest, problems?: Problems): Reply {
    const { report } = texts.doctor;
    const title = problems === undefined ? report.title : texts.form.titlePrefix + report.title;
    const body = <ReportView {...{ texts, parties, typed, problems: problems ?? NO_PROBLEMS }} />;
    return show(title, body, { status: problems === undefined ? 200 : 422 });
  }

  return [
    forOperation('test-submission', '/medico/:elenco/test/nuovo', {
      async get(visit) {
        const parties = await partiesOf(visit, services);
        const typed = typedTest(visit.kept(pathOf(parties)));
        return formPage(visit, parties, typed);
      },
      /** From the list with a person, from the check to change something, or from the form itself. */
      async post(visit) {
        const { form, texts, keep } = visit;
        const parties = await partiesOf(visit, services);
        const typed = typedTest(form);
        await keep(pathOf(parties), fieldsOf(typed));
        if (!form.has('controlla')) return redirect(pathOf(parties));
        const test = readTest(typed, texts);
        if ('problems' in test) return formPage(visit, parties, typed, test.problems);
        return redirect(`${parties.base}/test/conferma`);
      },
    }),

    forOperation('test-submission', '/medico/:elenco/test/conferma', {
      async get(visit) {
        const { texts, kept } = visit;
        const parties = await partiesOf(visit, services);
        const typed = typedTest(kept(pathOf(parties)));
        const test = readTest(typed, texts);
        if ('problems' in test) return redirect(pathOf(parties));
        return show(texts.doctor.report.checkTitle, <CheckView {...{ texts, parties, test, typed }} />);
      },
      async post(visit) {
        const { call, form, texts, keep } = visit;
        const parties = await partiesOf(visit, services);
        const typed = typedTest(form);
        const read = readTest(typed, texts);
        if ('problems' in read) return formPage(visit, parties, typed, read.problems);
        // A press too many, Back or a second window send the same test again: it is one test, with one receipt.
        const { doctor, titular, base } = parties;
        const shown = holderIn(form, doctor);
        const outcome = await screening.submitTest(call, { doctor: shown, titular, ...read });
        const { transactionId, refusals, original } = outcome;
        if (refusals.includes('not-the-caller')) return formPage(visit, parties, typed, sentByAnother(texts));
        const test = refusals.length === 0 ? transactionId : original;
        if (test === undefined) return formPage(visit, parties, typed, problemsOf(refusals, services));
        lists.forget(visit.session, titular);
        await keep(pathOf(parties), undefined);
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

/** Of the form, under which the session keeps what is typed. */
const pathOf = ({ base }: Parties): string => `${base}/test/nuovo`;
