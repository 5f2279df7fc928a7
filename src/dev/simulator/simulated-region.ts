/**
 * One simulated region: a listener with mutual TLS, its records, and its misbehaviours [N-5]. Combines the steps, each
 * of which has its own file. Logs the sender's certificate, MessageID and outcome, never the person of a message.
 */
import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { TLSSocket, createSecureContext } from 'node:tls';
import { setTimeout as pause } from 'node:timers/promises';
import { notificaOpposizione } from '../../../generated/NotificaOpposizione.js';
import type { Clock } from '../../platform/clock.js';
import { createHttpsServer, defaultListenerLimits, listen } from '../../platform/http/index.js';
import { newRequestId } from '../../platform/ids/index.js';
import type { Logger } from '../../platform/log.js';
import { RequestAborted } from '../../platform/soap/body.js';
import { SoapFault, retryLaterFault, transportFault } from '../../platform/soap/fault.js';
import { defaultLimits } from '../../platform/soap/limits.js';
import { serveContract } from '../../platform/soap/wsdl.js';
import { compileFaultWriter, textOfUtf8 } from '../../platform/soap/writer.js';
import { serverTls } from '../../platform/tls/index.js';
import { createFrontStage } from './front-stage.js';
import { drawn, forConnections, forMessages } from './misbehaviour.js';
import type { Misbehaviour, MisbehaviourKind } from './misbehaviour.js';
import { failure, receive } from './reception.js';
import { openRegister } from './register.js';
import type { RecordedNotification } from './register.js';
import { createSoapHost } from './soap-host.js';
import { wrapped } from './wrapping.js';
import type { WrappedAnswer } from './wrapping.js';
import { createSignatureVerifier } from './ws-security.js';

const SIMULATOR_PATH = '/ws/NotificaOpposizione';

/** PEM texts: certificate with its intermediates, and key. */
export interface ServerPair {
  readonly certificate: string;
  readonly key: string;
}

export interface SimulatedRegionOptions {
  /** Code of the region. */
  readonly region: string;
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** Host name for the WSDL's address. */
  readonly publicName: string;
  readonly contractDirectory: string;
  readonly server: ServerPair;
  /** Certificate for `wrong-certificate` and `expired-certificate`. */
  readonly wrong: ServerPair;
  readonly expired: ServerPair;
  /** PEM of the CAs of permitted client certificates. */
  readonly senderAnchors: string;
  /** PEM of the certificates that may sign; undefined: signatures are ignored. */
  readonly signers: readonly string[] | undefined;
  /** File of received notifications. */
  readonly journal: string;
  readonly misbehaviours: readonly Misbehaviour[];
  /** Delay of `slow`, in ms. */
  readonly slowMs: number;
  /** errorCode of `refuse`. */
  readonly refuseCode: string;
  readonly clock: Clock;
  /** From 0 (included) to 1 (excluded). */
  readonly random: () => number;
  readonly log: Logger;
}

export interface SimulatedRegion {
  readonly region: string;
  readonly port: number;
  readonly endpoint: string;
  readonly misbehaviours: readonly Misbehaviour[];
  misbehave(list: readonly Misbehaviour[]): void;
  /** Number of different notifications on disk. */
  readonly recorded: number;
  /** Number of events since the start: outcomes, fault codes, misbehaviours, refused handshakes. */
  counts(): Readonly<Record<string, number>>;
  received(from: number, limit: number): Promise<readonly RecordedNotification[]>;
  stop(): Promise<void>;
}

const GRACE_MS = 5_000;

/** @throws Error when the port is in use, or a certificate, the contract or the journal is unusable */
export async function startSimulatedRegion(options: SimulatedRegionOptions): Promise<SimulatedRegion> {
  const { region, clock, log, random } = options;
  let misbehaviours = options.misbehaviours;
  const counted = new Map<string, number>();
  const count = (what: string) => counted.set(what, (counted.get(what) ?? 0) + 1);
  const writeFault = compileFaultWriter(notificaOpposizione);
  const soap = await createSoapHost<Said>(options.contractDirectory, async (request, said) => {
    const { response, what } = await receive(register, clock, said.peer, request);
    said.outcome = what;
    count(what);
    return response;
  });
  const soapRefusal = await refusalText(options);
  const verifier = options.signers && createSignatureVerifier(options.signers, clock, defaultLimits);
  const front = createFrontStage(verifier, defaultLimits);
  const tls = (pair: ServerPair) => ({
    ...serverTls(),
    cert: pair.certificate,
    key: pair.key,
    ca: options.senderAnchors,
    allowPartialTrustChain: true,
    requestCert: true,
    rejectUnauthorized: true,
  });
  const pairs = { 'wrong-certificate': options.wrong, 'expired-certificate': options.expired };
  for (const pair of [options.server, ...Object.values(pairs)]) createSecureContext(tls(pair));

  async function answer(http: IncomingMessage, kind: MisbehaviourKind | undefined, said: Said): Promise<WrappedAnswer> {
    if (kind === '503') throw retryLaterFault('NON_DISPONIBILE', 'Indisponibilità simulata.', 1);
    const accepted = await front.accept(http);
    said.messageId = accepted.messageId;
    if (kind === 'slow') await pause(options.slowMs);
    if (kind === 'refuse') return wrapped(soapRefusal, undefined);
    if (kind === 'fault' || (kind === 'poison' && isPoison(accepted.envelope))) {
      throw new SoapFault({ faultClass: 'Server', codice: 'ERRORE_SIMULATO', message: 'Errore interno simulato.' });
    }
    return wrapped(await soap(accepted.envelope, said), kind);
  }

  async function serve(http: IncomingMessage, response: ServerResponse): Promise<void> {
    const requestId = newRequestId();
    const said: Said = { peer: peerOf(http), messageId: undefined, outcome: undefined };
    const kind = drawn(forMessages(misbehaviours), random());
    if (kind !== undefined) count(`misbehaved ${kind}`);
    if (kind === 'close') {
      http.socket.destroy();
      return;
    }
    try {
      const { status, bytes, headers } = await answer(http, kind, said);
      send(response, status, bytes, requestId, headers);
      log.info('simulator: notification', { region, requestId, ...said, misbehaviour: kind });
    } catch (error) {
      if (error instanceof RequestAborted || http.socket.destroyed) return;
      // Anything but a refusal of the message means that the record could not be stored: the message may be sent again.
      const fault =
        error instanceof SoapFault
          ? error
          : retryLaterFault('NON_REGISTRATA', 'La notifica non è stata registrata: ripetere.', 5, { cause: error });
      const { codice, status = 500, headers } = fault.facts;
      count(`fault ${codice}`);
      const cause: unknown = fault.cause;
      log.info('simulator: fault', { region, requestId, ...said, codice, ...(cause === undefined ? {} : { cause }) });
      send(response, status, bytesOf(writeFault('1.1', fault.facts, requestId)), requestId, headers);
    }
  }

  const register = await openRegister(options.journal);
  const server = createHttpsServer(tls(options.server), (request, response) => {
    if (request.method === 'POST' && request.url?.split('?')[0] === SIMULATOR_PATH) void serve(request, response);
    else describe(request, response);
  });
  server.on('tlsClientError', () => count('handshake failed'));
  let shown: ServerPair = options.server;
  // Runs before the handshake of each connection, which Node's own, later listener begins.
  server.prependListener('connection', () => {
    const kind = drawn(forConnections(misbehaviours), random());
    const wanted = kind === 'wrong-certificate' || kind === 'expired-certificate' ? pairs[kind] : options.server;
    if (kind !== undefined) count(`misbehaved ${kind}`);
    if (wanted !== shown) server.setSecureContext(tls(wanted));
    shown = wanted;
  });
  // All senders of the country may have one address.
  const { maxConnections } = defaultListenerLimits;
  const limits = {
    ...defaultListenerLimits,
    maxConnectionsPerAddress: maxConnections,
    handshakesPerSecondPerAddress: maxConnections,
  };
  const listener = await listen(server, { host: options.host, port: options.port }, limits).catch(
    async (error: unknown) => {
      await register.close();
      throw error;
    },
  );
  const endpoint = `https://${options.publicName}:${listener.port}${SIMULATOR_PATH}`;
  const answerContract = serveContract(notificaOpposizione, options.contractDirectory, endpoint);

  function describe(request: IncomingMessage, response: ServerResponse): void {
    if (answerContract(request, response)) return;
    const said = `Le notifiche si inviano in POST a ${SIMULATOR_PATH}; il contratto è a ${SIMULATOR_PATH}?wsdl.`;
    const fault = transportFault(405, 'METODO_NON_AMMESSO', said, { Allow: 'POST, GET, HEAD' });
    const requestId = newRequestId();
    send(response, 405, bytesOf(writeFault('1.1', fault.facts, requestId)), requestId, fault.facts.headers);
  }

  return {
    region,
    port: listener.port,
    endpoint,
    get misbehaviours() {
      return misbehaviours;
    },
    misbehave(list) {
      const hadCertificate = forConnections(misbehaviours).length + forConnections(list).length > 0;
      misbehaviours = list;
      // Kept-alive connections would keep their first certificate.
      if (hadCertificate) listener.renewConnections();
    },
    get recorded() {
      return register.size;
    },
    counts: () => Object.fromEntries(counted),
    received: (from, limit) => register.list(from, limit),
    async stop() {
      await listener.close(GRACE_MS);
      await register.close();
    },
  };
}

interface Said {
  readonly peer: string;
  messageId: string | undefined;
  outcome: string | undefined;
}

/** The soap server writes the refusal too, so that it has the form of real answers. */
async function refusalText({ contractDirectory, refuseCode }: SimulatedRegionOptions): Promise<string> {
  const refuse = await createSoapHost<undefined>(contractDirectory, () =>
    Promise.resolve(failure(refuseCode, 'Rifiuto simulato')),
  );
  const { namespace, operations } = notificaOpposizione;
  const name = operations.NotifyOppPregresso.request.name;
  return refuse(
    '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" xmlns:wsa="http://www.w3.org/2005/08/addressing">' +
      '<soap:Header><wsa:MessageID>-</wsa:MessageID></soap:Header>' +
      `<soap:Body><${name} xmlns="${namespace}"><PatientId>-</PatientId><OppositionDate>2020-01-01</OppositionDate>` +
      `<OppositionValue>true</OppositionValue></${name}></soap:Body></soap:Envelope>`,
    undefined,
  );
}

const bytesOf = (utf8: Parameters<typeof textOfUtf8>[0]): Buffer => Buffer.from(textOfUtf8(utf8), 'utf8');

/** One person in six, always the same: a region that its own data break. */
function isPoison(envelope: string): boolean {
  const [, subject = ''] = /<PatientId>([^<^]*)/.exec(envelope) ?? [];
  return createHash('sha256').update(subject).digest().readUInt8(0) % 6 === 0;
}

/** Common name of the sender's certificate, or its fingerprint if it has none. */
function peerOf(request: IncomingMessage): string {
  if (!(request.socket instanceof TLSSocket)) return '';
  const certificate = request.socket.getPeerCertificate();
  const name: unknown = certificate.subject.CN;
  return typeof name === 'string' ? name : certificate.fingerprint256;
}

function send(
  response: ServerResponse,
  status: number,
  bytes: Buffer,
  requestId: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response
    .writeHead(status, {
      'Content-Type': 'text/xml; charset=utf-8',
      'Content-Length': bytes.length,
      'X-Request-Id': requestId,
      ...headers,
    })
    .end(bytes);
}
