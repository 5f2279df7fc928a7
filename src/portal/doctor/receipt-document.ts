/** Receipts of tests as documents: the content of their pages, for a PDF. */
import type { Receipt } from '../../screening/index.js';
import type { ReceiptDocument } from '../pdf/document.js';
import { dayInWords, instantInWords } from '../texts/dates.js';
import type { Catalogue } from '../texts/index.js';
import { factsOf, substituteOf } from './facts.js';
import { titularIn } from './parties.js';
import type { Parties } from './parties.js';

const common = ({ pdf, frame, language }: Catalogue) => ({
  ...{ service: frame.service, language, foot: pdf.foot, replacedNote: pdf.replaced },
});

const stateOf = ({ pdf }: Catalogue, { isCancelled }: Receipt): string =>
  isCancelled ? pdf.cancelled : pdf.registered;

export function testDocument(texts: Catalogue, parties: Parties, test: Receipt): ReceiptDocument {
  const { pdf } = texts;
  return {
    ...common(texts),
    ...{ title: pdf.test, at: test.communicatedAt, paragraphs: [pdf.what] },
    facts: [...factsOf(texts, parties, test), [pdf.state, stateOf(texts, test)]],
  };
}

/** Each substitute who submitted some of the tests, with their numbers unless one submitted them all. */
function substitutesIn(parties: Parties, tests: readonly Receipt[]): string[] {
  const substitutes = new Set(tests.flatMap((test) => substituteOf(test, parties) ?? []));
  return [...substitutes].map((substitute) => {
    const own = tests.filter(({ doctor }) => doctor === substitute).map(({ transactionId }) => transactionId);
    return own.length === tests.length ? substitute : `${substitute} (${own.join(', ')})`;
  });
}

/** @param tests of one day, at least one */
export function testsDocument(texts: Catalogue, parties: Parties, tests: readonly Receipt[]): ReceiptDocument {
  const { pdf, doctor } = texts;
  const { receipt, report, patients, tests: list } = doctor;
  const [first] = tests;
  return {
    ...common(texts),
    ...{ title: pdf.tests, paragraphs: [pdf.whatOfSeveral] },
    at: new Date(Math.max(...tests.map(({ communicatedAt }) => communicatedAt.getTime()))),
    facts: [
      [report.titular, titularIn(parties)],
      ...substitutesIn(parties, tests).map((substitute) => [list.substitute, substitute] as const),
      ...(first === undefined ? [] : [[receipt.executedOn, dayInWords(first.executedOn)] as const]),
      [pdf.number, String(tests.length)],
    ],
    table: {
      headings: [list.transaction, patients.identifier, patients.name, receipt.communicatedAt, pdf.state],
      widths: [60, 112, 0, 105, 62],
      rows: tests.map((test) => [
        ...[String(test.transactionId), test.identifier, `${test.surname} ${test.givenName}`],
        ...[instantInWords(test.communicatedAt), stateOf(texts, test)],
      ]),
    },
  };
}
