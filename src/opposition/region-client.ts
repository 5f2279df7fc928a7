/**
 * The client of one region's FSE: the generated stub on the `soap` package, over our own transport [N-2] [N-3].
 * `soap` writes the request. The answer does not reach it: its parser trusts what it is given (one hostile id would break
 * it for the whole process), so region-message.ts reads the answer, within limits. What the body looks like is that
 * file's affair too; when to send, and again, the sender's. Logs nothing and tells no identifier.
 */
import { fileURLToPath } from 'node:url';
import type { IHttpClient } from 'soap';
import { createClientAsync } from '../../generated/client/notificaopposizione/index.js';
import type { NotificaOpposizioneClient } from '../../generated/client/notificaopposizione/index.js';
import type { CreateRegionClient, RegionAnswer } from './region.js';
import {
  ANSWER_BYTES,
  UnreadableAnswer,
  addressingOf,
  judged,
  readAnswer,
  refusal,
  requestOf,
} from './region-message.js';
import { createRegionTransport } from './region-transport.js';
import type { Exchange, RegionTransport } from './region-transport.js';
import { createSigner } from './wssecurity.js';

/** Ours, from the disk: what a region serves at its address decides nothing. */
const WSDL = fileURLToPath(new URL('../../../wsdl/NotificaOpposizione.wsdl', import.meta.url));

/** `soap` wants a promise back and never looks at it. */
const NOT_AWAITED = new Promise<never>(() => undefined);

/** @throws Error when endpoint, certificate, key or anchors cannot be used; nothing is sent yet */
export const createRegionClient: CreateRegionClient = (region, identity, { timeoutMs, clock }) => {
  const transport = createRegionTransport(region.endpoint, region.anchors, identity, timeoutMs, ANSWER_BYTES);
  const sign = region.sign ? createSigner(identity) : undefined;
  const headerOf = new WeakMap<object, string>();
  const addressing = (_method: unknown, _location: unknown, _action: unknown, request: object) => headerOf.get(request);
  let opened: Promise<NotificaOpposizioneClient> | undefined;

  async function open(): Promise<NotificaOpposizioneClient> {
    const client = await createClientAsync(WSDL, { endpoint: region.endpoint, httpClient: httpClientOn(transport) });
    client.addSoapHeader(addressing);
    if (sign !== undefined) {
      client.setSecurity({ toXML: () => '', postProcess: (envelope: string) => sign(envelope, clock.now()) });
    }
    return client;
  }

  return {
    async notify(notification) {
      const client = await (opened ??= open());
      const { subject } = notification;
      const request = requestOf(notification, region.patientIdForm);
      headerOf.set(request, addressingOf(notification.messageId, region.endpoint));
      try {
        await client.NotifyOppPregressoAsync(request);
        throw new Error('the soap package read an answer by itself');
      } catch (error) {
        if (error instanceof Settled) return error.answer(subject);
        // eslint-disable-next-line preserve-caught-error -- ours to mend, but its text may quote the message
        throw new Error(
          `the notification could not be written (${error instanceof Error ? error.name : typeof error})`,
        );
      }
    },
    close() {
      transport.close();
    },
  };
};

/** How an exchange ended. It goes past `soap` as if it were an error, for that is the one way that nothing is parsed. */
class Settled {
  constructor(readonly answer: (subject: string) => RegionAnswer) {}
}

function httpClientOn(transport: RegionTransport): IHttpClient {
  return {
    request(_url: string, envelope: string, callback, headers) {
      const wanted = Object.entries({ ...headers }).map(([name, value]) => [name, String(value)] as const);
      void transport.post(Buffer.from(envelope, 'utf8'), Object.fromEntries(wanted)).then((exchange) => {
        callback(settled(exchange));
      });
      return NOT_AWAITED;
    },
  };
}

function settled(exchange: Exchange): Settled {
  const unreachable = (reason: string, certificate = false) =>
    new Settled(() => ({ kind: 'unreachable', reason, ...(certificate ? { certificate } : {}) }));
  if (exchange.kind === 'failed') return unreachable(exchange.reason, exchange.certificate);
  // SOAP 1.1, 6.2: a response comes with 200, a fault with 500; whatever else is between us and the region's service.
  if (exchange.status !== 200 && exchange.status !== 500) return unreachable(`http ${exchange.status}`);
  try {
    const answer = readAnswer(exchange.text);
    if (answer.kind === 'response') {
      return new Settled((subject) => judged(answer.status, answer.code, answer.description, subject));
    }
    // The region says that the message itself is wrong: sent again it would be wrong again.
    const isOurs = /^(?:client|sender|versionmismatch|mustunderstand)\b/i.test(answer.code);
    return isOurs
      ? new Settled((subject) => refusal(`SOAP.${answer.code}`, answer.description, subject))
      : unreachable('fault of the region');
  } catch (error) {
    const reason = error instanceof UnreadableAnswer ? error.message : 'malformed answer';
    return unreachable(exchange.status === 500 ? 'http 500' : reason);
  }
}
