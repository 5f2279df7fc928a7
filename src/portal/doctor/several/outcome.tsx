/** The results of the tests of a form: one line each, with its number, or with the reason and the remedy. */
import type { Receipt } from '../../../screening/index.js';
import { pdfFile } from '../../frame/file.js';
import { PageError, forOperation, redirect, show } from '../../frame/page.js';
import type { ActingVisit, Page } from '../../frame/page.js';
import { partiesOf, titleOf } from '../parties.js';
import type { Parties } from '../parties.js';
import { testsDocument } from '../receipt-document.js';
import { askingOf } from '../../pdf/maker.js';
import { refused } from '../refusals.js';
import type { DoctorServices } from '../services.js';
import { linesIn } from './lines.js';
import type { Line } from './lines.js';
import { OutcomeView } from './outcome-view.js';

export function outcomePages(services: DoctorServices): readonly Page[] {
  const { screening } = services;

  /** The submitted tests in their present state: one access to receipts. */
  async function receiptsOf({ call }: ActingVisit, { doctor, titular }: Parties, tests: readonly number[]) {
    if (tests.length === 0) return { tests: [] as readonly Receipt[], refusals: [] };
    return screening.receipts(call, { doctor, titular, tests });
  }

  return [
    forOperation('test-receipt', '/medico/:elenco/test/piu/:invio', {
      async get(visit) {
        const { texts, kept } = visit;
        const parties = await partiesOf(visit, services);
        const path = pathOf(visit, parties);
        const lines = linesOf(visit, parties);
        // The session that sent them has ended: the list of tests shows the submitted ones.
        if (lines.length === 0) return redirect(`${parties.base}/test`);
        const { tests, refusals } = await receiptsOf(visit, parties, numbersIn(lines));
        const common = { texts, parties, title: titleOf({ texts, parties }, texts.several.outcome.title) };
        if (tests === undefined) return refused({ ...common, campaign: services, refusals });
        const view = { ...common, lines, tests, campaign: services, path, again: kept(path).typed('correggi') };
        return show(common.title, <OutcomeView {...view} />);
      },
    }),

    forOperation('test-receipt', '/medico/:elenco/test/piu/:invio/ricevuta.pdf', {
      async get(visit) {
        const parties = await partiesOf(visit, services);
        const { tests = [] } = await receiptsOf(visit, parties, numbersIn(linesOf(visit, parties)));
        if (tests.length === 0) throw new PageError(404);
        return pdfFile(
          'ricevuta.pdf',
          await services.makePdf(testsDocument(visit.texts, parties, tests), askingOf(visit)),
        );
      },
    }),
  ];
}

/** Path under which the session stores the lines. */
const pathOf = ({ params }: ActingVisit, { base }: Parties): string => `${base}/test/piu/${params['invio'] ?? ''}`;

const linesOf = (visit: ActingVisit, parties: Parties): readonly Line[] => linesIn(visit.kept(pathOf(visit, parties)));

const numbersIn = (lines: readonly Line[]): number[] => lines.flatMap(({ test }) => (test === undefined ? [] : [test]));
