/**
 * The maximum of Node's http server: reads the body and answers with a constant of the length of our layer's answer.
 * Parses, checks and builds nothing. One form is text around a transaction id, encoded for each answer; the other is
 * bytes, made once.
 */
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { testSierologici } from '../../generated/TestSierologici.js';
import { compileWriter, envelopeAround, textOfUtf8 } from '../../src/platform/soap/writer.js';
import { SIZES, TITULAR, done, patientList } from '../messages.js';
import type { Size } from '../messages.js';

const MARK = 100_000_000;

/** The answer of our layer around the transaction id. */
function answerOf(size: Size): { readonly head: string; readonly tail: string } {
  const operation = size === 'submission' ? 'invioTestSierologico' : 'scaricoElencoAssistiti';
  const value = size === 'submission' ? done(MARK) : patientList(MARK, TITULAR[size]);
  const write = compileWriter(testSierologici.operations[operation].response, ` xmlns="${testSierologici.namespace}"`);
  const [head = '', tail = ''] = textOfUtf8(envelopeAround('1.1', write, value)).split(String(MARK));
  return { head, tail };
}

/** The size is the path: `/submission`. */
export function pathOf(size: Size): string {
  return `/${size.replaceAll(' ', '-')}`;
}

export function bareServer(): Server {
  let transactionId = MARK;
  return constantServer((size) => {
    const { head, tail } = answerOf(size);
    return () => Buffer.from(head + String(++transactionId) + tail);
  });
}

export function bareBytesServer(): Server {
  return constantServer((size) => {
    const { head, tail } = answerOf(size);
    const bytes = Buffer.from(head + String(MARK) + tail);
    return () => bytes;
  });
}

function constantServer(answering: (size: Size) => () => Buffer): Server {
  const answers = new Map(SIZES.map((size) => [pathOf(size), answering(size)]));
  return createServer((request, response) => {
    const answer = answers.get(request.url ?? '');
    const pieces: Buffer[] = [];
    request
      .on('data', (piece: Buffer) => pieces.push(piece))
      .on('end', () => {
        if (answer === undefined) {
          response.writeHead(404).end();
          return;
        }
        Buffer.concat(pieces);
        const bytes = answer();
        response
          .writeHead(200, { 'Content-Type': 'text/xml; charset=utf-8', 'Content-Length': bytes.length })
          .end(bytes);
      });
  });
}
