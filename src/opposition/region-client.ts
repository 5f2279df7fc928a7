/**
 * The client of one region's FSE: the generated stub on the `soap` package, over our own transport [N-2] [N-3].
 * `soap` writes the request, once: all notifications of a region are the same text but for three values. The answer does
 * not reach it: its parser trusts what it is given (one hostile id would break it for the whole process), so
 * region-message.ts reads the answer, within limits. What the body looks like is that file's affair too; when to send, and
 * again, the sender's. Logs nothing and tells no identifier.
 */
import { fileURLToPath } from 'node:url';
import type { IHttpClient } from 'soap';
import { createClientAsync } from '../../generated/client/notificaopposizione/index.js';
import { escapeText } from '../platform/soap/escape.js';
import type { CreateRegionClient, RegionAnswer } from './region.js';
import {
  ANSWER_BYTES,
  UnreadableAnswer,
  addressingOf,
  judged,
  patientIdOf,
  readAnswer,
  refusal,
  requestOf,
} from './region-message.js';
import { createRegionTransport } from './region-transport.js';
import type { Exchange } from './region-transport.js';
import { createSigner } from './wssecurity.js';

/** Ours, from the disk: what a region serves at its address decides nothing. */
const WSDL = fileURLToPath(new URL('../../../wsdl/NotificaOpposizione.wsdl', import.meta.url));

/** @throws Error when endpoint, certificate, key or anchors cannot be used; nothing is sent yet */
export const createRegionClient: CreateRegionClient = (region, identity, { timeoutMs, clock }) => {
  const transport = createRegionTransport(region.endpoint, region.anchors, identity, timeoutMs, ANSWER_BYTES);
  const sign = region.sign ? createSigner(identity) : undefined;
  let form: Promise<Form> | undefined;
  return {
    async notify({ messageId, subject, opposedOn }) {
      form ??= writtenForm(region.endpoint);
      const { envelope, headers } = await form.catch((error: unknown) => {
        form = undefined; // of this moment, such as too many open files: the next attempt tries anew
        throw error;
      });
      const values = { messageId, patientId: patientIdOf(subject, region.patientIdForm), opposedOn };
      const filled = envelope.replace(BLANK, (_, name: keyof typeof values) => escapeText(values[name]));
      const message = sign === undefined ? filled : sign(filled, clock.now());
      return answerIn(await transport.post(Buffer.from(message, 'utf8'), headers), subject);
    },
    close() {
      transport.close();
    },
  };
};

/** A message whose values are blanks, and the headers that go with it. */
interface Form {
  readonly envelope: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** No character of these is written otherwise in XML, and no value of a notification looks like one. */
const BLANK = /\{(messageId|patientId|opposedOn)\}/g;

async function writtenForm(endpoint: string): Promise<Form> {
  const form = await new Promise<Form>((resolve, reject) => {
    const httpClient: IHttpClient = {
      request(_url: string, envelope: string, _callback, headers) {
        const wanted = Object.entries({ ...headers }).map(([name, value]) => [name, String(value)] as const);
        resolve({ envelope, headers: Object.fromEntries(wanted) });
        return new Promise(() => undefined); // nothing is sent, so `soap` gets no answer, and is forgotten
      },
    };
    createClientAsync(WSDL, { endpoint, httpClient })
      .then((client) => {
        client.addSoapHeader(addressingOf('{messageId}', endpoint));
        return client.NotifyOppPregressoAsync(requestOf('{patientId}', '{opposedOn}'));
      })
      .catch(reject);
  });
  if (form.envelope.match(BLANK)?.length !== 3) throw new Error('the notification was not written as expected');
  return form;
}

/** @param subject masked wherever the region repeats it */
function answerIn(exchange: Exchange, subject: string): RegionAnswer {
  const unreachable = (reason: string, certificate = false): RegionAnswer => ({
    kind: 'unreachable',
    reason,
    ...(certificate ? { certificate } : {}),
  });
  if (exchange.kind === 'failed') return unreachable(exchange.reason, exchange.certificate);
  // SOAP 1.1, 6.2: a response comes with 200, a fault with 500; whatever else is between us and the region's service.
  if (exchange.status !== 200 && exchange.status !== 500) return unreachable(`http ${exchange.status}`);
  try {
    const answer = readAnswer(exchange.text);
    if (answer.kind === 'response') {
      return judged(answer.status, answer.code, answer.description, subject);
    }
    // The region says that the message itself is wrong: sent again it would be wrong again.
    const isOurs = /^(?:client|sender|versionmismatch|mustunderstand)\b/i.test(answer.code);
    return isOurs ? refusal(`SOAP.${answer.code}`, answer.description, subject) : unreachable('fault of the region');
  } catch (error) {
    const reason = error instanceof UnreadableAnswer ? error.message : 'malformed answer';
    return unreachable(exchange.status === 500 ? 'http 500' : reason);
  }
}
