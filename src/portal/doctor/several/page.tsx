/** Communicating tests of several persons on one day (3.4.2) [T-20]: chosen or typed, checked by the doctor, sent. */
import { newRequestId } from '../../../platform/ids/index.js';
import type { Problems } from '../../frame/fields.js';
import { NO_PROBLEMS } from '../../frame/fields.js';
import { Form } from '../../frame/form.js';
import { holderIn, sentByAnother } from '../../frame/holder.js';
import { PageError, forOperation, redirect, show } from '../../frame/page.js';
import type { ActingVisit, Page, Reply } from '../../frame/page.js';
import { refusedPage } from '../../frame/refused.js';
import type { ListMemory } from '../patients/memory.js';
import type { PatientReader } from '../patients/reading.js';
import { searchOf, selectionOf } from '../patients/selection.js';
import { partiesOf } from '../parties.js';
import type { Parties } from '../parties.js';
import { problemsOf } from '../refusals.js';
import type { DoctorServices } from '../services.js';
import { fieldsOf, readTests, typedTests } from './form.js';
import type { ReadTests, TypedTests } from './form.js';
import { keptOf } from './lines.js';
import type { Line } from './lines.js';
import { CheckView, SeveralView } from './view.js';

const REQUEST = /^[0-9a-f-]{36}$/;
/** Tests of a form that are sent at the same time: others send theirs meanwhile. */
const AT_ONCE = 20;

export function severalPages(services: DoctorServices, read: PatientReader, lists: ListMemory): readonly Page[] {
  const { screening } = services;

  interface Shown {
    readonly typed: TypedTests;
    /** Search, order and page of the list. */
    readonly wanted: Form;
    readonly isLeafing: boolean;
    readonly problems?: Problems;
  }

  async function formPage(visit: ActingVisit, parties: Parties, shown: Shown): Promise<Reply> {
    const { texts } = visit;
    const { title } = texts.several;
    const { typed, wanted, isLeafing, problems } = shown;
    const { persons, refusals } = await read(visit, parties, isLeafing);
    if (persons === undefined) return refusedPage(title, problemsOf(refusals, services), texts);
    const view = { texts, parties, typed, persons, selection: selectionOf(persons, wanted) };
    const body = <SeveralView {...view} problems={problems ?? NO_PROBLEMS} />;
    if (problems === undefined) return show(title, body);
    return show(texts.form.titlePrefix + title, body, { status: 422 });
  }

  /** One after the other in portions: what was entered before a crash stays, and sent again shows its number [T-20]. */
  async function send({ call, form }: ActingVisit, { doctor, titular }: Parties, tests: ReadTests): Promise<Line[]> {
    const { persons, executedOn } = tests;
    const shown = holderIn(form, doctor);
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
        const kept = visit.kept(pathOf(parties));
        const isLeafing = visit.query.has('cerca');
        return formPage(visit, parties, { typed: typedTests(kept), wanted: isLeafing ? kept : new Form(), isLeafing });
      },
      /** To search and to leaf, with what is chosen so far, or to go on. */
      async post(visit) {
        const { form, texts, keep } = visit;
        const parties = await partiesOf(visit, services);
        const typed = { ...typedTests(form), request: newRequestId() };
        await keep(pathOf(parties), { ...fieldsOf(typed), ...searchOf(form) });
        if (!form.has('controlla')) return redirect(`${pathOf(parties)}?cerca#elenco`);
        const tests = readTests(typed, texts);
        if (!('problems' in tests)) return redirect(`${pathOf(parties)}/conferma`);
        return formPage(visit, parties, { typed, wanted: form, isLeafing: true, problems: tests.problems });
      },
    }),

    forOperation('test-submission', '/medico/:elenco/test/piu/conferma', {
      async get(visit) {
        const { texts, kept } = visit;
        const parties = await partiesOf(visit, services);
        const typed = typedTests(kept(pathOf(parties)));
        const tests = readTests(typed, texts);
        if ('problems' in tests) return redirect(pathOf(parties));
        const { checkTitle } = texts.several;
        const { persons: listed, refusals } = await read(visit, parties, true);
        if (listed === undefined) return refusedPage(checkTitle, problemsOf(refusals, services), texts);
        return show(checkTitle, <CheckView {...{ texts, parties, typed, tests, listed }} />);
      },
      async post(visit) {
        const { form, texts, keep } = visit;
        const parties = await partiesOf(visit, services);
        const typed = typedTests(form);
        const tests = readTests(typed, texts);
        if ('problems' in tests) {
          return formPage(visit, parties, { typed, wanted: new Form(), isLeafing: true, problems: tests.problems });
        }
        if (!REQUEST.test(typed.request)) throw new PageError(400);
        const lines = await send(visit, parties, tests);
        if (lines.every(({ refusals }) => refusals.includes('not-the-caller'))) {
          return formPage(visit, parties, {
            typed,
            wanted: new Form(),
            isLeafing: true,
            problems: sentByAnother(texts),
          });
        }
        lists.forget(visit.session, parties.titular);
        const outcome = `${pathOf(parties)}/${typed.request}`;
        await keep(outcome, keptOf(lines));
        const left = lines.filter(({ test }) => test === undefined).map(({ person }) => person);
        const again = fieldsOf({ ...typed, chosen: [], typed: left.join('\n') });
        await keep(pathOf(parties), left.length === 0 ? undefined : again);
        return redirect(outcome);
      },
    }),
  ];
}

/** Of the form, under which the session keeps what is chosen and typed. */
const pathOf = ({ base }: Parties): string => `${base}/test/piu`;
