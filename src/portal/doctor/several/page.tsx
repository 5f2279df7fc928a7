/** Submits tests of several persons on one day (3.4.2) [T-20]: chosen or entered, checked by the doctor, sent. */
import { newRequestId } from '../../../platform/ids/index.js';
import { draftOf, showForm } from '../../frame/draft.js';
import type { Draft } from '../../frame/draft.js';
import { hasProblems } from '../../frame/fields.js';
import { Form } from '../../frame/form.js';
import { holderIn, sentByAnother } from '../../frame/holder.js';
import { PageError, forOperation, redirect, show } from '../../frame/page.js';
import type { ActingVisit, Page, Reply } from '../../frame/page.js';
import type { ListMemory } from '../patients/memory.js';
import type { PatientReader } from '../patients/reading.js';
import { searchOf, selectionOf } from '../patients/selection.js';
import { FOUND, foundIn } from '../patients/view.js';
import { partiesOf, titleOf } from '../parties.js';
import type { Parties } from '../parties.js';
import { problemsOf, refused } from '../refusals.js';
import type { DoctorServices } from '../services.js';
import { fieldsOf, isContinued, readTests, typedTests } from './form.js';
import type { ReadTests } from './form.js';
import { keptOf } from './lines.js';
import type { Line } from './lines.js';
import { CheckView, SeveralView } from './view.js';

const REQUEST = /^[0-9a-f-]{36}$/;
/** Concurrent submissions of one form: others submit in the meantime. */
const AT_ONCE = 20;

export function severalPages(services: DoctorServices, read: PatientReader, lists: ListMemory): readonly Page[] {
  const { screening } = services;

  async function formPage(visit: ActingVisit, parties: Parties, draft: Draft): Promise<Reply> {
    const { texts, query } = visit;
    const title = titleOf({ texts, parties }, texts.several.title);
    const isLeafing = hasProblems(draft.problems) || query.has('cerca');
    const { persons, refusals } = await read(visit, parties, isLeafing);
    if (persons === undefined) return refused({ texts, parties, title, campaign: services, refusals });
    const selection = selectionOf(persons, isLeafing ? draft.typed : new Form());
    const found = query.has('cerca') ? `${foundIn({ texts, selection, all: persons.length })} – ` : '';
    const view = { texts, parties, title, draft, persons, selection };
    return showForm(draft, texts, found + title, <SeveralView {...view} />);
  }

  /** In consecutive portions: tests submitted before a crash stay, and sending again shows their numbers [T-20]. */
  async function send({ call, form }: ActingVisit, { titular }: Parties, tests: ReadTests): Promise<Line[]> {
    const { persons, executedOn } = tests;
    const shown = holderIn(form);
    const lines: Line[] = [];
    for (let from = 0; from < persons.length; from += AT_ONCE) {
      const sent = persons.slice(from, from + AT_ONCE).map(async (person): Promise<Line> => {
        const outcome = await screening.submitTest(call, { doctor: shown, titular, person, executedOn });
        const { transactionId, refusals, original } = outcome;
        const test = refusals.length === 0 ? transactionId : original;
        return { person, refusals, ...(test === undefined ? {} : { test }) };
      });
      lines.push(...(await Promise.all(sent)));
    }
    return lines;
  }

  return [
    forOperation('test-submission', '/medico/:elenco/test/piu', {
      async get(visit) {
        const parties = await partiesOf(visit, services);
        const draft = draftOf(visit, pathOf(parties));
        return draft.isNew ? redirect(draft.at(pathOf(parties))) : formPage(visit, parties, draft);
      },
      /** To search and to turn pages, keeping the choice so far, or to continue. */
      async post(visit) {
        const { form, texts } = visit;
        const parties = await partiesOf(visit, services);
        const draft = draftOf(visit, pathOf(parties));
        const typed = { ...typedTests(form), request: newRequestId() };
        const fields = { ...fieldsOf(typed), ...searchOf(form) };
        const isChecked = isContinued(form);
        const tests = readTests(typed, texts);
        if (isChecked && 'problems' in tests) return draft.refuse(fields, tests.problems);
        await draft.keep(fields);
        return redirect(
          isChecked ? draft.at(`${pathOf(parties)}/conferma`) : `${draft.at(pathOf(parties))}&cerca#${FOUND}`,
        );
      },
    }),

    forOperation('test-submission', '/medico/:elenco/test/piu/conferma', {
      async get(visit) {
        const { call, texts } = visit;
        const parties = await partiesOf(visit, services);
        const draft = draftOf(visit, pathOf(parties));
        const tests = readTests(typedTests(draft.typed), texts);
        if ('problems' in tests) return redirect(draft.at(pathOf(parties)));
        const title = titleOf({ texts, parties }, texts.several.checkTitle);
        const words = { texts, campaign: services };
        const { doctor, titular } = parties;
        const { tests: checked, refusals } = await screening.checkTests(call, { doctor, titular, ...tests });
        if (checked === undefined) return refused({ ...words, parties, title, refusals });
        const ofDay = checked[0]?.refusals.filter((refusal) => refusal.startsWith('executed-')) ?? [];
        if (ofDay.length > 0) return draft.refuse(fieldsOf(typedTests(draft.typed)), problemsOf(ofDay, words));
        const { executedOn } = tests;
        return show(title, <CheckView {...{ ...words, parties, title, draft, tests: checked, executedOn }} />);
      },
      async post(visit) {
        const { form, texts, keep } = visit;
        const parties = await partiesOf(visit, services);
        const draft = draftOf(visit, pathOf(parties));
        const typed = typedTests(form);
        const tests = readTests(typed, texts);
        if ('problems' in tests) return draft.refuse(fieldsOf(typed), tests.problems);
        if (!REQUEST.test(typed.request)) throw new PageError(400);
        const lines = await send(visit, parties, tests);
        if (lines.every(({ refusals }) => refusals.includes('not-the-caller'))) {
          return draft.refuse(fieldsOf(typed), sentByAnother(texts));
        }
        lists.forget(visit.session, parties.titular);
        const outcome = `${pathOf(parties)}/${typed.request}`;
        await keep(outcome, { ...keptOf(lines), correggi: draft.at(pathOf(parties)) });
        const left = lines.filter(({ test }) => test === undefined).map(({ person }) => person);
        if (left.length === 0) await draft.forget();
        else await draft.keep(fieldsOf({ ...typed, chosen: [], typed: left.join('\n') }));
        return redirect(outcome);
      },
    }),
  ];
}

/** Path of the form. */
const pathOf = ({ base }: Parties): string => `${base}/test/piu`;
