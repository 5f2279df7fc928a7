/**
 * The client of one region's FSE: the generated stub on the `soap` package, over our own transport [N-2] [N-3]. `soap`
 * writes the request once: all notifications of a region share the same text except three values. The answer does not
 * reach `soap`, whose parser trusts its input (one hostile id would break it for the whole process): region-answer.ts
 * reads the answer, within limits. region-message.ts defines the message; the sender decides when to send and retry.
 * Logs nothing and discloses no identifier.
 */
import { fileURLToPath } from 'node:url';
import type { IHttpClient } from 'soap';
import { createClientAsync } from '../../../generated/client/notificaopposizione/index.js';
import { escapeText } from '../../platform/soap/escape.js';
import type { CreateRegionClient, RegionAnswer, RegionNotification } from './region.js';
import { ANSWER_BYTES, readAnswer } from './region-answer.js';
import { UnreadableAnswer } from './region-body.js';
import { addressingOf, patientIdOf, requestOf } from './region-message.js';
import { createRegionTransport } from './region-transport.js';
import type { Exchange } from './region-transport.js';
import { createSigner } from './wssecurity.js';

/** Our own file on disk: a WSDL that a region serves at its address has no effect. */
const WSDL = fileURLToPath(new URL('../../../../wsdl/NotificaOpposizione.wsdl', import.meta.url));

/** @throws Error when endpoint, certificate, key or anchors are unusable; nothing has been sent yet */
export const createRegionClient: CreateRegionClient = (region, identity, { timeoutMs, clock }) => {
  const transport = createRegionTransport(region, identity, timeoutMs, ANSWER_BYTES);
  const sign = region.sign ? createSigner(identity) : undefined;
  let form: Promise<Form> | undefined;
  return {
    async notify(notification) {
      const { messageId, subject, opposedOn } = notification;
      form ??= writtenForm(region.endpoint);
      const { envelope, headers } = await form.catch((error: unknown) => {
        form = undefined; // a temporary failure, such as too many open files: the next attempt builds it again
        throw error;
      });
      const values = { messageId, patientId: patientIdOf(subject, region.patientIdForm), opposedOn };
      const filled = envelope.replace(BLANK, (_, name: keyof typeof values) => escapeText(values[name]));
      const message = sign === undefined ? filled : sign(filled, clock.now());
      return answerIn(await transport.post(Buffer.from(message, 'utf8'), headers), notification);
    },
    close() {
      transport.close();
    },
  };
};

/** A message with placeholders for its values, and its headers. */
interface Form {
  readonly envelope: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** XML escapes none of these characters, and no value of a notification matches the pattern. */
const BLANK = /\{(messageId|patientId|opposedOn)\}/g;

async function writtenForm(endpoint: string): Promise<Form> {
  const form = await new Promise<Form>((resolve, reject) => {
    const httpClient: IHttpClient = {
      request(_url: string, envelope: string, _callback, headers) {
        const wanted = Object.entries({ ...headers }).map(([name, value]) => [name, String(value)] as const);
        resolve({ envelope, headers: Object.fromEntries(wanted) });
        return new Promise(() => undefined); // nothing is sent: `soap` never gets an answer
      },
    };
    createClientAsync(WSDL, { endpoint, httpClient })
      .then((client) => {
        client.addSoapHeader(addressingOf('{messageId}', endpoint));
        return client.NotifyOppPregressoAsync(requestOf('{patientId}', '{opposedOn}'));
      })
      .catch(reject);
  });
  if (form.envelope.match(BLANK)?.length !== 3) throw new Error('the text of the notification is not as expected');
  return form;
}

function answerIn(exchange: Exchange, asked: RegionNotification): RegionAnswer {
  if (exchange.kind === 'failed') {
    const { reason, certificate } = exchange;
    return { kind: 'unreachable', reason, ...(certificate ? { certificate } : {}) };
  }
  const { status } = exchange;
  // Whatever the body holds, even a fault: the status concerns us, not the message.
  if (status === 401 || status === 403) {
    return { kind: 'unreachable', reason: `http ${status}${exchange.hint}`, denied: true };
  }
  try {
    if (exchange.text === undefined) throw new UnreadableAnswer(exchange.flaw);
    return readAnswer(status, exchange.text, asked);
  } catch (error) {
    const flaw = error instanceof UnreadableAnswer ? error.message : 'malformed answer';
    if (status >= 200 && status < 300) return { kind: 'unreachable', reason: flaw };
    return { kind: 'unreachable', reason: `http ${status}` };
  }
}
