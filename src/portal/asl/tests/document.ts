/** The receipt of a daily number as a document, for a PDF. */
import type { DailyNumber } from '../../../asl/index.js';
import type { ReceiptDocument } from '../../pdf/document.js';
import { dayInWords, instantInWords } from '../../texts/dates.js';
import type { Catalogue } from '../../texts/index.js';

export function dailyDocument(texts: Catalogue, asl: string, sent: DailyNumber): ReceiptDocument {
  const { pdf, frame, language } = texts;
  const { receipt, tests } = texts.asl;
  return {
    ...{ service: frame.service, language, foot: pdf.foot, replacedNote: pdf.replaced },
    ...{ title: pdf.daily, at: sent.communicatedAt, paragraphs: [pdf.what] },
    facts: [
      [receipt.transaction, String(sent.transactionId)],
      [receipt.asl, asl],
      [receipt.executedOn, dayInWords(sent.executedOn)],
      [receipt.number, String(sent.tests)],
      [receipt.communicatedAt, instantInWords(sent.communicatedAt)],
      [tests.state, sent.isCurrent ? tests.current : tests.replaced],
    ],
  };
}
