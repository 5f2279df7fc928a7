/** Submitted tests in an interval (3.4.4) [T-40], and the cancellation of one (3.4.3) [T-30]. */
import { addDays, romeDate } from '../../../platform/clock.js';
import type { IsoDate } from '../../../platform/clock.js';
import type { ListedTest } from '../../../screening/index.js';
import { dayOf, dayProblem, typedDay, typedOf } from '../../frame/day.js';
import { NO_PROBLEMS } from '../../frame/fields.js';
import { csvFile } from '../../frame/file.js';
import { PageError, forOperation, redirect, show } from '../../frame/page.js';
import type { ActingVisit, Page } from '../../frame/page.js';
import { substituteOf } from '../facts.js';
import type { ListMemory } from '../patients/memory.js';
import { partiesOf, titleOf } from '../parties.js';
import type { Parties } from '../parties.js';
import { receiptOf } from '../receipt.js';
import { problemsOf, refused } from '../refusals.js';
import type { DoctorServices } from '../services.js';
import { CancelView, TestsView } from './view.js';

/** Default interval: this many days up to today. */
const USUAL_DAYS = 30;

export function testsPages(services: DoctorServices, lists: ListMemory): readonly Page[] {
  const { screening } = services;
  const common = ({ texts }: ActingVisit, parties: Parties) => ({ texts, parties, campaign: services });

  return [
    forOperation('test-list', '/medico/:elenco/test', {
      async get(visit) {
        const { texts, call, query } = visit;
        const parties = await partiesOf(visit, services);
        const { title: subject, ownTitle, from: fromLabel, to: toLabel } = texts.doctor.tests;
        const title = titleOf({ texts, parties }, subject, ownTitle);
        const isAsked = query.names('dal-').length > 0;
        const typed = isAsked
          ? { from: typedDay(query, 'dal'), to: typedDay(query, 'al') }
          : usual(romeDate(visit.arrival.at));
        const [from, to] = [dayOf(typed.from), dayOf(typed.to)];
        const view = { texts, parties, title, typed };
        if (from === undefined || to === undefined) {
          const fields = {
            ...(from === undefined ? { dal: dayProblem(typed.from, fromLabel, texts) } : {}),
            ...(to === undefined ? { al: dayProblem(typed.to, toLabel, texts) } : {}),
          };
          const body = <TestsView {...view} problems={{ fields, general: [] }} tests={undefined} />;
          return show(texts.form.titlePrefix + title, body, { status: 422 });
        }
        const { tests, refusals } = await screening.testList(call, { ...ofParties(parties), from, to });
        const problems = tests === undefined ? problemsOf(refusals, { texts, campaign: services }) : NO_PROBLEMS;
        const body = <TestsView {...{ ...view, problems, tests }} />;
        if (tests === undefined) return show(texts.form.titlePrefix + title, body, { status: 422 });
        return show(title, body);
      },
    }),

    forOperation('test-list', '/medico/:elenco/test.csv', {
      async get(visit) {
        const { call, query, texts } = visit;
        const parties = await partiesOf(visit, services);
        const [from, to] = [dayOf(typedDay(query, 'dal')), dayOf(typedDay(query, 'al'))];
        if (from === undefined || to === undefined) throw new PageError(400);
        const { tests, refusals } = await screening.testList(call, { ...ofParties(parties), from, to });
        const { title, ownTitle } = texts.doctor.tests;
        if (tests === undefined) {
          return refused({ ...common(visit, parties), title: titleOf({ texts, parties }, title, ownTitle), refusals });
        }
        return csvFile(
          'test-comunicati.csv',
          COLUMNS,
          tests.map((test) => lineOf(test, parties)),
        );
      },
    }),

    forOperation('test-cancellation', '/medico/:elenco/test/:numero/annulla', {
      async get(visit) {
        const { texts } = visit;
        const parties = await partiesOf(visit, services);
        const test = await receiptOf(visit, parties, services);
        if (test.isCancelled) return redirect(`${parties.base}/test/${test.transactionId}`);
        const title = titleOf({ texts, parties }, texts.doctor.cancel.title);
        return show(title, <CancelView {...{ texts, parties, title, test }} />);
      },
      async post(visit) {
        const { call, texts } = visit;
        const parties = await partiesOf(visit, services);
        const test = await receiptOf(visit, parties, services);
        const { identifier: person, transactionId } = test;
        const { refusals } = await screening.cancelTest(call, { ...ofParties(parties), person, transactionId });
        // A second press finds it already cancelled: the intended state.
        const isDone = refusals.every((refusal) => refusal === 'already-cancelled');
        lists.forget(visit.session, parties.titular);
        if (isDone) return redirect(`${parties.base}/test/${transactionId}`);
        const title = titleOf({ texts, parties }, texts.doctor.cancel.title);
        return refused({ ...common(visit, parties), title, refusals });
      },
    }),
  ];
}

const COLUMNS = [
  ...['codice_fiscale', 'cognome', 'nome', 'data_esecuzione', 'data_comunicazione', 'numero_comunicazione'],
  'codice_fiscale_sostituto',
];

/** Of the file: who communicated the test is named when it was a substitute. */
function lineOf(test: ListedTest, parties: Parties): (string | number)[] {
  const { identifier, surname, givenName, executedOn, communicatedOn, transactionId } = test;
  return [
    ...[identifier, surname, givenName, executedOn, communicatedOn, transactionId],
    substituteOf(test, parties) ?? '',
  ];
}

const ofParties = ({ doctor, titular }: Parties) => ({ doctor, titular });

function usual(today: IsoDate) {
  return { from: typedOf(addDays(today, 1 - USUAL_DAYS)), to: typedOf(today) };
}
