/** The daily numbers that the ASL has submitted (4.4.2), including replaced ones, and the receipt of one. */
import { pdfFile } from '../../frame/file.js';
import { PageError, forOperation, show } from '../../frame/page.js';
import type { ActingVisit, Page } from '../../frame/page.js';
import { refusedPage } from '../../frame/refused.js';
import { askingOf } from '../../pdf/maker.js';
import { problemsOf } from '../refusals.js';
import type { AslServices } from '../services.js';
import { dailyDocument } from './document.js';
import { ReceiptView, TestsView } from './view.js';

export function testsPages(services: AslServices): readonly Page[] {
  const { asl } = services;
  return [
    forOperation('asl-daily-list', '/asl/test', {
      async get({ call, texts }) {
        const { numbers, refusals } = await asl.dailyNumbers(call);
        const { title } = texts.asl.tests;
        if (numbers === undefined) return refusedPage(title, problemsOf(refusals, services, texts), texts);
        return show(title, <TestsView {...{ texts, numbers }} />);
      },
    }),
  ];
}

export function receiptPages({ asl: service, makePdf }: AslServices): readonly Page[] {
  /** @throws PageError 404: the ASL has no such number */
  async function sentOf({ call, params }: ActingVisit) {
    const { numbers, asl, name } = await service.dailyNumbers(call);
    const sent = numbers?.find(({ transactionId }) => String(transactionId) === params['numero']);
    if (sent === undefined) throw new PageError(404);
    return { sent, asl: `${name ?? ''} (${asl ?? ''})` };
  }

  return [
    forOperation('asl-daily-list', '/asl/test/:numero', {
      async get(visit) {
        const { texts } = visit;
        return show(texts.asl.receipt.title, <ReceiptView {...{ texts, ...(await sentOf(visit)) }} />);
      },
    }),
    forOperation('asl-daily-list', '/asl/test/:numero/ricevuta.pdf', {
      async get(visit) {
        const { sent, asl } = await sentOf(visit);
        const bytes = await makePdf(dailyDocument(visit.texts, asl, sent), askingOf(visit));
        return pdfFile(`ricevuta-${sent.transactionId}.pdf`, bytes);
      },
    }),
  ];
}
