/** Submits a test (3.4.2) [T-20]: entered, checked by the doctor, sent, and its receipt. */
import type { RefusalCode } from '../../../screening/index.js';
import { draftOf, showForm } from '../../frame/draft.js';
import type { Draft } from '../../frame/draft.js';
import { forOperation, redirect, show } from '../../frame/page.js';
import type { Problems } from '../../frame/fields.js';
import { pdfFile } from '../../frame/file.js';
import type { ActingVisit, Page, Reply } from '../../frame/page.js';
import { holderIn, sentByAnother } from '../../frame/holder.js';
import type { ListMemory } from '../patients/memory.js';
import { maySend, partiesOf, titleOf } from '../parties.js';
import type { Parties } from '../parties.js';
import { receiptOf } from '../receipt.js';
import { testDocument } from '../receipt-document.js';
import { askingOf } from '../../pdf/maker.js';
import { problemsOf, refused } from '../refusals.js';
import type { DoctorServices } from '../services.js';
import { fieldsOf, readTest, typedTest } from './form.js';
import { CheckView, ReceiptView, ReportView } from './view.js';

export function reportPages(services: DoctorServices, lists: ListMemory): readonly Page[] {
  const { screening } = services;

  function formPage({ texts }: ActingVisit, parties: Parties, draft: Draft): Reply {
    const title = titleOf({ texts, parties }, texts.doctor.report.title);
    return showForm(draft, texts, title, <ReportView {...{ texts, parties, title, draft }} />);
  }

  /** Asked without a test, the check refuses a former substitute and records this [T-4] [T-60]. */
  async function refusalsOfFormer({ call }: ActingVisit, parties: Parties): Promise<readonly RefusalCode[]> {
    const { doctor, titular, substitution } = parties;
    if (substitution === undefined || maySend(parties)) return [];
    const { refusals } = await screening.checkTests(call, {
      doctor,
      titular,
      persons: [],
      executedOn: substitution.to,
    });
    return refusals;
  }

  /** @param original number of the same test, communicated before */
  function wrong({ texts }: ActingVisit, refusals: readonly RefusalCode[], original?: number): Problems {
    const { fields, general } = problemsOf(refusals, { texts, campaign: services });
    const number = original === undefined ? [] : [texts.doctor.report.original(original)];
    return { fields, general: [...general, ...number] };
  }

  return [
    forOperation('test-submission', '/medico/:elenco/test/nuovo', {
      async get(visit) {
        const { texts } = visit;
        const parties = await partiesOf(visit, services);
        const refusals = await refusalsOfFormer(visit, parties);
        if (refusals.length > 0) {
          const title = titleOf({ texts, parties }, texts.doctor.report.title);
          return refused({ texts, parties, title, campaign: services, refusals });
        }
        const draft = draftOf(visit, pathOf(parties));
        return draft.isNew ? redirect(draft.at(pathOf(parties))) : formPage(visit, parties, draft);
      },
      /** From the list with a person, from the check page for a change, or from the form itself. */
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
        const { call, texts } = visit;
        const parties = await partiesOf(visit, services);
        const draft = draftOf(visit, pathOf(parties));
        const typed = typedTest(draft.typed);
        const read = readTest(typed, texts);
        if ('problems' in read) return redirect(draft.at(pathOf(parties)));
        const { doctor, titular } = parties;
        const { person, executedOn } = read;
        const { tests, refusals } = await screening.checkTests(call, {
          doctor,
          titular,
          persons: [person],
          executedOn,
        });
        const test = tests?.[0];
        if (test === undefined) return draft.refuse(fieldsOf(typed), wrong(visit, refusals));
        if (test.refusals.length > 0) {
          return draft.refuse(fieldsOf(typed), wrong(visit, test.refusals, test.original));
        }
        const title = titleOf({ texts, parties }, texts.doctor.report.checkTitle);
        return show(title, <CheckView {...{ texts, parties, title, draft, test, executedOn }} />);
      },
      async post(visit) {
        const { call, form, texts, keep } = visit;
        const parties = await partiesOf(visit, services);
        const draft = draftOf(visit, pathOf(parties));
        const fields = fieldsOf(typedTest(form));
        const read = readTest(typedTest(form), texts);
        if ('problems' in read) return draft.refuse(fields, read.problems);
        // A double press, Back or a second window repeat the same test: it is one test, with one receipt.
        const { titular, base } = parties;
        const shown = holderIn(form);
        const outcome = await screening.submitTest(call, { doctor: shown, titular, ...read });
        const { transactionId, refusals, original } = outcome;
        if (refusals.includes('not-the-caller')) return draft.refuse(fields, sentByAnother(texts));
        const test = refusals.length === 0 ? transactionId : original;
        if (test === undefined) return draft.refuse(fields, wrong(visit, refusals));
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
        const title = titleOf({ texts, parties }, test.isCancelled ? cancel.doneTitle : receipt.title);
        const isDuplicate = kept(`${parties.base}/test/${test.transactionId}`).has('gia');
        return show(title, <ReceiptView {...{ texts, parties, title, test, isDuplicate }} />);
      },
    }),

    forOperation('test-receipt', '/medico/:elenco/test/:numero/ricevuta.pdf', {
      async get(visit) {
        const parties = await partiesOf(visit, services);
        const test = await receiptOf(visit, parties, services);
        const bytes = await services.makePdf(testDocument(visit.texts, parties, test), askingOf(visit));
        return pdfFile(`ricevuta-${test.transactionId}.pdf`, bytes);
      },
    }),
  ];
}

/** Path of the form. */
const pathOf = ({ base }: Parties): string => `${base}/test/nuovo`;
