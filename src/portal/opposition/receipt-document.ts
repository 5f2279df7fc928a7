/** The receipt of a decision as a document: the content of its page, for a PDF created on request. */
import type { DecisionReceipt } from '../../opposition/index.js';
import type { ReceiptDocument } from '../pdf/document.js';
import { instantInWords } from '../texts/dates.js';
import type { Catalogue } from '../texts/index.js';
import type { Traveller } from './journey.js';

/** Term and value, in order. */
export function receiptFacts(
  { opposition }: Catalogue,
  { identifier, channel }: Pick<Traveller, 'identifier' | 'channel'>,
  { decision, changeableUntil }: DecisionReceipt,
): readonly (readonly [string, string])[] {
  const { receipt, check } = opposition;
  const until = changeableUntil === undefined ? opposition.notChangeable : check.untilDay(changeableUntil);
  return [
    [receipt.number, decision.id],
    [check.person(identifier), identifier],
    [check.choice, opposition.choiceInWords(decision.value)],
    [receipt.value, opposition.valueInWords(decision.value)],
    [receipt.at, instantInWords(decision.decidedAt)],
    [check.way, opposition.channelInWords(channel)],
    ...(decision.noticeVersion === null
      ? []
      : [[check.notice, receipt.noticeVersion(decision.noticeVersion)] as const]),
    [check.until, until],
  ];
}

export function receiptDocument(traveller: Traveller, receipt: DecisionReceipt): ReceiptDocument {
  const { texts } = traveller.visit;
  const { pdf, frame, language, opposition } = texts;
  return {
    ...{ service: frame.service, language, foot: pdf.foot, replacedNote: pdf.replaced },
    ...{ title: opposition.receipt.pdfTitle, at: receipt.decision.decidedAt, paragraphs: [opposition.receipt.what] },
    facts: receiptFacts(texts, traveller, receipt),
  };
}
