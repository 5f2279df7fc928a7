/** Receipts of tests as documents: what the pages show, for a PDF. */
import type { Receipt } from '../../screening/index.js';
import type { ReceiptDocument } from '../pdf/document.js';
import { dayInWords, instantInWords } from '../texts/dates.js';
import type { Catalogue } from '../texts/index.js';
import type { Parties } from './parties.js';

const common = ({ pdf, frame, language }: Catalogue) => ({
  ...{ service: frame.service, language, foot: pdf.foot, replacedNote: pdf.replaced },
});

const stateOf = ({ pdf }: Catalogue, { isCancelled }: Receipt): string =>
  isCancelled ? pdf.cancelled : pdf.registered;

const partiesIn = ({ doctor: { report }, pdf }: Catalogue, { titular, doctor }: Parties) => [
  [report.titular, titular] as const,
  ...(doctor === titular ? [] : [[pdf.substitute, doctor] as const]),
];

export function testDocument(texts: Catalogue, parties: Parties, test: Receipt): ReceiptDocument {
  const { pdf, doctor } = texts;
  const { receipt } = doctor;
  return {
    ...common(texts),
    ...{ title: pdf.test, at: test.communicatedAt, paragraphs: [pdf.what] },
    facts: [
      [receipt.transaction, String(test.transactionId)],
      ...partiesIn(texts, parties),
      [receipt.person, `${test.surname} ${test.givenName}, ${test.identifier}`],
      [receipt.executedOn, dayInWords(test.executedOn)],
      [receipt.communicatedAt, instantInWords(test.communicatedAt)],
      [pdf.state, stateOf(texts, test)],
    ],
  };
}

/** @param tests of one day, at least one */
export function testsDocument(texts: Catalogue, parties: Parties, tests: readonly Receipt[]): ReceiptDocument {
  const { pdf, doctor } = texts;
  const { receipt, patients, tests: list } = doctor;
  const [first] = tests;
  return {
    ...common(texts),
    ...{ title: pdf.tests, paragraphs: [pdf.whatOfSeveral] },
    at: new Date(Math.max(...tests.map(({ communicatedAt }) => communicatedAt.getTime()))),
    facts: [
      ...partiesIn(texts, parties),
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
