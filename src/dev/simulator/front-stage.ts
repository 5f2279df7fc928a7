/**
 * The steps before the `soap` package's server: limits, DOCTYPE, envelope, operation, schema, signature; all from the
 * platform. An accepted message is written again from the validated values, so that the server gets none of the
 * caller's text. Decides what a notification consists of, not what happens to it.
 */
import type { IncomingMessage } from 'node:http';
import { notificaOpposizione } from '../../../generated/NotificaOpposizione.js';
import { createBodyReader } from '../../platform/soap/body.js';
import { decodeBody } from '../../platform/soap/charset.js';
import { mediaTypeOf, unquote } from '../../platform/soap/media-type.js';
import { ENVELOPE_NAMESPACE, openEnvelope, versionOf } from '../../platform/soap/envelope.js';
import { escapeText } from '../../platform/soap/escape.js';
import { SoapFault, clientFault } from '../../platform/soap/fault.js';
import type { SoapLimits } from '../../platform/soap/limits.js';
import { operationOf } from '../../platform/soap/operation.js';
import { compileReader } from '../../platform/soap/reader.js';
import { compileWriter, writtenText } from '../../platform/soap/writer.js';
import { parseXml } from '../../platform/soap/xml.js';
import type { XmlElement } from '../../platform/soap/xml.js';
import { WSSE } from './ws-security.js';
import type { SignatureVerifier } from './ws-security.js';

const ADDRESSING = 'http://www.w3.org/2005/08/addressing';
const operation = notificaOpposizione.operations.NotifyOppPregresso;
const operations = new Map([[operation.request.name, operation]]);
const readRequest = compileReader(operation.request, notificaOpposizione.namespace);
const writeRequest = compileWriter(operation.request, ` xmlns="${notificaOpposizione.namespace}"`);

export interface AcceptedMessage {
  /** UUID, lower case. */
  readonly messageId: string;
  /** An envelope with the MessageID and the validated body, nothing else. */
  readonly envelope: string;
}

export interface FrontStage {
  /** @throws SoapFault in Italian with problem and position; RequestAborted when the caller disconnects */
  accept(request: IncomingMessage): Promise<AcceptedMessage>;
}

/** @param verifier undefined: signatures are neither required nor verified */
export function createFrontStage(verifier: SignatureVerifier | undefined, limits: SoapLimits): FrontStage {
  const readBody = createBodyReader(limits.bodyBytes);
  return {
    async accept(request) {
      const media = mediaTypeOf(request);
      const text = decodeBody(await readBody(request), media.charset);
      const root = parseXml(text, limits);
      const version = versionOf(root);
      if (version !== '1.1') {
        throw new SoapFault({
          faultClass: 'VersionMismatch',
          codice: 'VERSIONE_NON_AMMESSA',
          message: 'La notifica è in SOAP 1.1: la busta ha il namespace di un’altra versione.',
          campo: 'Envelope',
          riga: root.line,
        });
      }
      const envelope = openEnvelope(root, version, isUnderstood);
      const said = request.headers['soapaction'];
      const actions = [media.action, typeof said === 'string' ? unquote(said.trim()) : undefined];
      operationOf(operations, notificaOpposizione, envelope, actions);
      const signed = verifier?.verify(text, root);
      const body = signed === undefined ? envelope.body : onlyChild(signed);
      const read = readRequest(body);
      const messageId = messageIdOf(envelope.headers);
      return { messageId, envelope: rewritten(messageId, read) };
    },
  };
}

function isUnderstood(block: XmlElement): boolean {
  return block.namespace === ADDRESSING || (block.namespace === WSSE && block.name === 'Security');
}

/** The signed body, instead of the one found: if they differ, an attacker wants them confused. */
function onlyChild(body: XmlElement): XmlElement {
  const [content, ...more] = body.children;
  if (content === undefined || more.length > 0) {
    throw clientFault('BODY_NON_VALIDO', 'Il Body firmato deve contenere esattamente un elemento.', { campo: 'Body' });
  }
  return content;
}

function messageIdOf(headers: readonly XmlElement[]): string {
  const block = headers.find(({ name, namespace }) => name === 'MessageID' && namespace === ADDRESSING);
  const other = block ?? headers.find(({ name }) => name === 'MessageID');
  const id = /^urn:uuid:([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i.exec(block?.text.trim() ?? '')?.[1];
  if (id === undefined) {
    throw clientFault(
      'MESSAGEID_NON_VALIDO',
      block === undefined && other !== undefined
        ? `L’header MessageID è in un altro namespace: inviarlo nel namespace «${ADDRESSING}».`
        : 'Manca l’header WS-Addressing MessageID, o non ha la forma «urn:uuid:» seguita da un UUID.',
      { campo: 'MessageID', ...(other === undefined ? {} : { riga: other.line }) },
    );
  }
  return id.toLowerCase();
}

function rewritten(messageId: string, request: unknown): string {
  return (
    `<soap:Envelope xmlns:soap="${ENVELOPE_NAMESPACE['1.1']}" xmlns:wsa="${ADDRESSING}"><soap:Header>` +
    `<wsa:MessageID>${escapeText(messageId)}</wsa:MessageID></soap:Header>` +
    `<soap:Body>${writtenText(writeRequest, request)}</soap:Body></soap:Envelope>`
  );
}
