/** Reads envelope, header blocks and body element from the tree: versions, order, mustUnderstand. */
import { SoapFault, clientFault } from './fault.js';
import { isBlank, trimBlank } from './tree.js';
import type { XmlAttribute, XmlElement } from './tree.js';

export type SoapVersion = '1.1' | '1.2';

export const ENVELOPE_NAMESPACE: Readonly<Record<SoapVersion, string>> = {
  '1.1': 'http://schemas.xmlsoap.org/soap/envelope/',
  '1.2': 'http://www.w3.org/2003/05/soap-envelope',
};

const STYLE = 'il contratto è document/literal e non RPC/encoded';

/** The reason given for refusing an element or attribute of RPC/encoded. */
export const DOCUMENT_LITERAL = `perché ${STYLE}`;

const XSI = 'http://www.w3.org/2001/XMLSchema-instance';
const WSU = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd';

const SOAP_ATTRIBUTES = new Set(['mustUnderstand', 'actor', 'role', 'relay', 'encodingStyle']);

/** Actors and roles that mean the receiver of this message. */
const OUR_ROLES = new Set([
  '',
  'http://schemas.xmlsoap.org/soap/actor/next',
  'http://www.w3.org/2003/05/soap-envelope/role/next',
  'http://www.w3.org/2003/05/soap-envelope/role/ultimateReceiver',
]);

export interface Envelope {
  readonly version: SoapVersion;
  readonly headers: readonly XmlElement[];
  /** The one child of the body: with document/literal it names the operation. */
  readonly body: XmlElement;
}

/** @throws SoapFault VersionMismatch when the root is no envelope of a known version. */
export function versionOf(root: XmlElement): SoapVersion {
  for (const version of ['1.1', '1.2'] as const) {
    if (root.name === 'Envelope' && root.namespace === ENVELOPE_NAMESPACE[version]) return version;
  }
  throw new SoapFault({
    faultClass: 'VersionMismatch',
    codice: 'BUSTA_NON_VALIDA',
    message:
      'La radice del messaggio non è una busta SOAP: inviare un elemento Envelope nel namespace ' +
      `«${ENVELOPE_NAMESPACE['1.1']}» (SOAP 1.1) o «${ENVELOPE_NAMESPACE['1.2']}» (SOAP 1.2).`,
    campo: root.name,
    riga: root.line,
  });
}

/**
 * @param understands whether this service processes a header block
 * @throws SoapFault if header and body are not where SOAP puts them, or a mandatory header is unknown
 */
export function openEnvelope(
  root: XmlElement,
  version: SoapVersion,
  understands: (block: XmlElement) => boolean,
): Envelope {
  const namespace = ENVELOPE_NAMESPACE[version];
  const parts = root.children;
  const header = parts[0]?.name === 'Header' && parts[0].namespace === namespace ? parts[0] : undefined;
  const body = parts[header === undefined ? 0 : 1];
  const hasStrayText = !isBlank(root.text + (header?.text ?? ''));
  if (
    body?.name !== 'Body' ||
    body.namespace !== namespace ||
    parts.length > (header === undefined ? 1 : 2) ||
    hasStrayText
  ) {
    throw clientFault(
      'BUSTA_NON_VALIDA',
      'La busta deve contenere un Header facoltativo e poi un solo Body, nello stesso namespace, e nient’altro.',
      {
        riga: root.line,
      },
    );
  }
  const understood = new Set<string>();
  for (const block of header?.children ?? []) {
    if (understands(block)) {
      // Two readers of the message could disagree on which of two equal blocks counts.
      if (understood.has(block.name)) {
        throw clientFault(
          'BUSTA_NON_VALIDA',
          `L’header «${block.name}» è ripetuto: inviarlo una volta sola (riga ${block.line}).`,
          {
            campo: block.name,
            riga: block.line,
          },
        );
      }
      understood.add(block.name);
      if (!isNil(block)) refuseSchemaInstance(block);
    }
    if (isMandatoryForUs(block, namespace) && !understands(block)) {
      throw new SoapFault({
        faultClass: 'MustUnderstand',
        codice: 'HEADER_NON_RICONOSCIUTO',
        message: `L’header «${block.name}» è marcato mustUnderstand ma questo servizio non lo tratta: toglierlo, o inviarlo senza mustUnderstand (riga ${block.line}).`,
        campo: block.name,
        riga: block.line,
      });
    }
  }
  const [content, ...more] = body.children;
  if (content === undefined || more.length > 0 || !isBlank(body.text)) {
    throw clientFault('BODY_NON_VALIDO', bodyRule(body), { campo: 'Body', riga: body.line });
  }
  refuseSchemaInstance(content);
  return { version, headers: header?.children ?? [], body: content };
}

function bodyRule({ children }: XmlElement): string {
  const rule = 'Il Body deve contenere esattamente un elemento, quello dell’operazione';
  if (children.length < 2) return `${rule}${children.length === 0 ? ': non ne contiene' : ', e nessun testo'}.`;
  // RPC/encoded puts each object of a call into a separate element, with references between them.
  const isEncoded = children.some(({ name }) => name === 'multiRef');
  return `${rule}: ne contiene ${children.length}${isEncoded ? `, ma ${STYLE}` : ''}.`;
}

function isMandatoryForUs(block: XmlElement, namespace: string): boolean {
  const own = (name: string) =>
    block.attributes.find((a) => a.namespace === namespace && a.name === name)?.value.trim();
  const must = own('mustUnderstand');
  return (must === '1' || must === 'true') && OUR_ROLES.has(own('actor') ?? own('role') ?? '');
}

/** JAX-WS sends a header that its caller left out (for example with a card) as an empty block with xsi:nil. */
function isNil({ attributes, children, text }: XmlElement): boolean {
  const [nil, ...more] = attributes.filter(({ namespace }) => namespace === XSI);
  const saysSo = nil?.name === 'nil' && /^(?:true|1)$/.test(trimBlank(nil.value));
  return saysSo && more.length === 0 && children.length === 0 && isBlank(text);
}

/**
 * A header block without the attributes that its schema does not see: SOAP's own ones of either version, since toolkits
 * mix them up; xsi:nil, which only empty blocks have after `openEnvelope`; wsu:Id, with which WS-Security stacks name
 * what they sign, since nothing here follows a reference to it. The schema refuses any other.
 */
export function withoutSoapAttributes(block: XmlElement): XmlElement {
  return { ...block, attributes: block.attributes.filter((attribute) => !isOfSoap(attribute)) };
}

function isOfSoap({ namespace, name }: XmlAttribute): boolean {
  if (namespace === XSI) return name === 'nil';
  if (namespace === WSU) return name === 'Id';
  return Object.values(ENVELOPE_NAMESPACE).includes(namespace) && SOAP_ATTRIBUTES.has(name);
}

function remedyFor(attribute: string): string {
  if (attribute === 'type') return `toglierlo, ${DOCUMENT_LITERAL}`;
  return attribute === 'nil' ? 'un elemento facoltativo senza valore si omette' : 'toglierlo';
}

/** xsi:type, xsi:nil and schema locations would let a message choose how it is validated. */
function refuseSchemaInstance(element: XmlElement): void {
  for (const attribute of element.attributes) {
    if (attribute.namespace !== XSI) continue;
    throw clientFault(
      'ATTRIBUTO_NON_AMMESSO',
      `L’attributo xsi:${attribute.name} non è ammesso (elemento ${element.name}, riga ${element.line}): ${remedyFor(attribute.name)}.`,
      {
        campo: element.name,
        riga: element.line,
      },
    );
  }
  for (const child of element.children) refuseSchemaInstance(child);
}
