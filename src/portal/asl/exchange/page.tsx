/** «Scambio File» (4.4.1): the two files of numbers. Each download is recorded (4.5). */
import { doctorNumbersFile, unmatchedNumbersFile } from '../../../asl/index.js';
import { csvReply } from '../../frame/file.js';
import { forOperation, show } from '../../frame/page.js';
import type { Page } from '../../frame/page.js';
import { refusedPage } from '../../frame/refused.js';
import type { Catalogue } from '../../texts/index.js';
import { problemsOf } from '../refusals.js';
import type { AslServices } from '../services.js';

const PATH = '/asl/scambio-file';

export function exchangePages(services: AslServices): readonly Page[] {
  const { asl } = services;
  return [
    forOperation('asl-doctor-numbers', PATH, {
      get: ({ texts }) => show(texts.asl.exchange.title, <ExchangeView texts={texts} />),
    }),
    forOperation('asl-doctor-numbers', `${PATH}/numero-assistiti.csv`, {
      async get({ call, texts }) {
        const { numbers, refusals } = await asl.doctorNumbers(call);
        if (numbers === undefined) {
          return refusedPage(texts.asl.exchange.title, problemsOf(refusals, services, texts), texts);
        }
        return csvReply('numero-assistiti.csv', doctorNumbersFile(numbers));
      },
    }),
    forOperation('asl-unmatched-numbers', `${PATH}/senza-medico.csv`, {
      async get({ call, texts }) {
        const { numbers, refusals } = await asl.unmatchedNumbers(call);
        if (numbers === undefined) {
          return refusedPage(texts.asl.exchange.title, problemsOf(refusals, services, texts), texts);
        }
        return csvReply('senza-medico.csv', unmatchedNumbersFile(numbers));
      },
    }),
  ];
}

function ExchangeView({ texts }: { readonly texts: Catalogue }) {
  const { exchange } = texts.asl;
  const files = [
    { ...exchange.doctorNumbers, file: 'numero-assistiti.csv' },
    { ...exchange.unmatched, file: 'senza-medico.csv' },
  ];
  return (
    <>
      <h1>{exchange.title}</h1>
      <p class="lead">{exchange.lead}</p>
      {files.map(({ title, text, columns, file }) => (
        <>
          <h2>{title}</h2>
          <p>{text}</p>
          <p>{columns}</p>
          <p>
            <a class="btn btn-primary" href={`${PATH}/${file}`}>
              {exchange.download}
              <span class="visually-hidden"> {title}</span>
            </a>
          </p>
        </>
      ))}
      <p>{exchange.recorded}</p>
    </>
  );
}
