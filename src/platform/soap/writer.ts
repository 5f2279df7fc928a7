/** Typed answers and faults as XML. Element order is the contract's, whatever order the value was built in. */
import type { ContractShape, ElementShape } from './contract.js';
import { ENVELOPE_NAMESPACE } from './envelope.js';
import type { SoapVersion } from './envelope.js';
import { escapeAttribute, escapeText } from './escape.js';
import type { FaultClass, FaultFacts } from './fault.js';

/** Writes one value of a shape, tags included. */
type Write = (value: unknown) => string;

/** Compiles a shape into its writer once, at start: at run time nothing is looked up. */
export function compileWriter(shape: ElementShape, attributes = ''): Write {
  const open = `<${shape.name}${attributes}>`;
  const close = `</${shape.name}>`;
  const { children } = shape;
  if (children === undefined) return (value) => open + textOf(value, shape.name) + close;
  const names = children.map((child) => child.name);
  if (children.every((child) => child.lexical !== undefined && !child.optional && !child.many)) {
    return compileRow(names, open, close);
  }
  const parts = children.map((child) => ({ ...child, write: compileWriter(child) }));
  return (value) => {
    if (typeof value !== 'object' || value === null) throw new TypeError(`${shape.name}: an object is expected`);
    let inside = '';
    for (const part of parts) {
      const content = (value as Record<string, unknown>)[part.name];
      if (content === undefined) {
        if (!part.optional && !part.many) throw new TypeError(`${shape.name}: ${part.name} is missing`);
      } else if (part.many) {
        for (const item of content as readonly unknown[]) inside += part.write(item);
      } else inside += part.write(content);
    }
    return open + inside + close;
  };
}

/** A row of single values, as lists have by the thousand: the tags between two values are one constant. */
function compileRow(names: readonly string[], open: string, close: string): Write {
  const between = names.map((name, index) => (index === 0 ? open : `</${names[index - 1] ?? ''}>`) + `<${name}>`);
  const end = `</${names.at(-1) ?? ''}>${close}`;
  return (value) => {
    if (typeof value !== 'object' || value === null) throw new TypeError(`${open}: an object is expected`);
    let text = '';
    for (let index = 0; index < names.length; index++) {
      const name = names[index] ?? '';
      const content = (value as Record<string, unknown>)[name];
      text += (between[index] ?? '') + (typeof content === 'string' ? escapeText(content) : textOf(content, name));
    }
    return text + end;
  };
}

function textOf(value: unknown, name: string): string {
  if (typeof value === 'string') return escapeText(value);
  if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value);
  if (typeof value === 'boolean') return String(value);
  throw new TypeError(`${name}: a value of type ${typeof value} has no text`);
}

/** An envelope around a body, as text. */
export function envelope(version: SoapVersion, body: string): string {
  return (
    `<?xml version="1.0" encoding="UTF-8"?>\n<soap:Envelope xmlns:soap="${ENVELOPE_NAMESPACE[version]}">` +
    `<soap:Body>${body}</soap:Body></soap:Envelope>`
  );
}

/** SOAP 1.2 (part 1, 5.4.6) renames two of the four classes. */
const CODE_12: Readonly<Record<FaultClass, string>> = {
  Client: 'Sender',
  Server: 'Receiver',
  VersionMismatch: 'VersionMismatch',
  MustUnderstand: 'MustUnderstand',
};

/** Writes faults with the contract's typed detail. SOAP 1.1 allows no detail for errors in header blocks (4.4). */
export function compileFaultWriter(
  contract: ContractShape,
): (version: SoapVersion, fault: FaultFacts, requestId: string) => string {
  const writeDetail = compileWriter(contract.fault, ` xmlns="${escapeAttribute(contract.namespace)}"`);
  return (version, fault, requestId) => {
    const { codice, campo, riga } = fault;
    const detail = writeDetail({ codice, campo, riga, idRichiesta: requestId });
    const text = escapeText(fault.message);
    if (version === '1.2') {
      return envelope(
        version,
        `<soap:Fault><soap:Code><soap:Value>soap:${CODE_12[fault.faultClass]}</soap:Value></soap:Code>` +
          `<soap:Reason><soap:Text xml:lang="it">${text}</soap:Text></soap:Reason><soap:Detail>${detail}</soap:Detail></soap:Fault>`,
      );
    }
    const inBody = fault.faultClass === 'MustUnderstand' ? '' : `<detail>${detail}</detail>`;
    return envelope(
      version,
      `<soap:Fault><faultcode>soap:${fault.faultClass}</faultcode><faultstring xml:lang="it">${text}</faultstring>${inBody}</soap:Fault>`,
    );
  };
}
