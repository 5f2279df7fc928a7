/** The daily numbers that the ASL has sent (4.4.2), replaced ones too, and the receipt of one. */
import { PageError, forOperation, show } from '../../frame/page.js';
import type { Page } from '../../frame/page.js';
import { refusedPage } from '../../frame/refused.js';
import { problemsOf } from '../refusals.js';
import type { AslServices } from '../services.js';
import { ReceiptView, TestsView } from './view.js';

export function testsPages(services: AslServices): readonly Page[] {
  const { asl } = services;
  return [
    forOperation('asl-daily-list', '/asl/test', {
      async get({ call, texts }) {
        const { numbers, refusals } = await asl.dailyNumbers(call);
        const { title } = texts.asl.tests;
        if (numbers === undefined) return refusedPage(title, problemsOf(refusals, services), texts);
        return show(title, <TestsView {...{ texts, numbers }} />);
      },
    }),
  ];
}

export function receiptPages({ asl: service }: AslServices): readonly Page[] {
  return [
    forOperation('asl-daily-list', '/asl/test/:numero', {
      async get({ call, params, texts }) {
        const { numbers, asl, name } = await service.dailyNumbers(call);
        const sent = numbers?.find(({ transactionId }) => String(transactionId) === params['numero']);
        if (sent === undefined) throw new PageError(404);
        const view = { texts, sent, asl: `${name ?? ''} (${asl ?? ''})` };
        return show(texts.asl.receipt.title, <ReceiptView {...view} />);
      },
    }),
  ];
}
