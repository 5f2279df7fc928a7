/** Typed answers and faults as XML. Element order is the contract's, whatever order the value was built in. */
import type { ContractShape, ElementShape } from './contract.js';
import { ENVELOPE_NAMESPACE } from './envelope.js';
import type { SoapVersion } from './envelope.js';
import { escapeAttribute, escapeText } from './escape.js';
import type { FaultClass, FaultFacts } from './fault.js';

/** So much text becomes bytes at once: one text of a whole list is slow to join and to encode. */
const PIECE = 16_384;
/** Of one unit of a text in UTF-8, bytes at most. */
const WIDEST = 3;
/** Bytes of the last answer that outgrew its first place: the next one that does has so much from then on. */
let lastLong = 0;

/** An answer while it is written: a short one stays text, a long one becomes bytes piece by piece, all in one place. */
export class XmlOutput {
  #text = '';
  #bytes = Buffer.alloc(0);
  #length = 0;

  /** @param text already escaped */
  write(text: string): void {
    this.#text += text;
    if (this.#text.length >= PIECE) this.#encode();
  }

  /** The whole, ready to be sent: as text when it is short and one byte a character, else in UTF-8. */
  content(): string | Buffer {
    if (this.#length === 0 && Buffer.byteLength(this.#text) === this.#text.length) return this.#text;
    this.#encode();
    if (this.#length > PIECE * WIDEST) lastLong = this.#length;
    return this.#bytes.subarray(0, this.#length);
  }

  #encode(): void {
    const needed = this.#length + this.#text.length * WIDEST;
    if (needed > this.#bytes.length) {
      const { length } = this.#bytes;
      // Doubling alone would make, fill and clear away two to three times the answer.
      const larger = Buffer.allocUnsafeSlow(
        length === 0 ? needed : Math.max(needed, length * 2, lastLong + PIECE * WIDEST),
      );
      this.#bytes.copy(larger, 0, 0, this.#length);
      this.#bytes = larger;
    }
    this.#length += this.#bytes.write(this.#text, this.#length);
    this.#text = '';
  }
}

/** Writes one value of a shape, tags included. */
export type Write = (value: unknown, output: XmlOutput) => void;

/** Compiles a shape into its writer once, at start: at run time nothing is looked up. */
export function compileWriter(shape: ElementShape, attributes = ''): Write {
  const open = `<${shape.name}${attributes}>`;
  const close = `</${shape.name}>`;
  const { children } = shape;
  if (children === undefined) {
    return (value, output) => {
      output.write(open + textOf(value, shape.name) + close);
    };
  }
  const names = children.map((child) => child.name);
  if (children.every((child) => child.lexical !== undefined && !child.optional && !child.many)) {
    return compileRow(names, open, close);
  }
  const parts = children.map((child) => ({ ...child, write: compileWriter(child) }));
  return (value, output) => {
    if (typeof value !== 'object' || value === null) throw new TypeError(`${shape.name}: an object is expected`);
    output.write(open);
    for (const part of parts) {
      const content = (value as Record<string, unknown>)[part.name];
      if (content === undefined) {
        if (!part.optional && !part.many) throw new TypeError(`${shape.name}: ${part.name} is missing`);
      } else if (part.many) {
        for (const item of content as readonly unknown[]) part.write(item, output);
      } else part.write(content, output);
    }
    output.write(close);
  };
}

/** A row of single values, as lists have by the thousand: the tags between two values are one constant. */
function compileRow(names: readonly string[], open: string, close: string): Write {
  const between = names.map((name, index) => (index === 0 ? open : `</${names[index - 1] ?? ''}>`) + `<${name}>`);
  const end = `</${names.at(-1) ?? ''}>${close}`;
  return (value, output) => {
    if (typeof value !== 'object' || value === null) throw new TypeError(`${open}: an object is expected`);
    let text = '';
    for (let index = 0; index < names.length; index++) {
      const name = names[index] ?? '';
      const content = (value as Record<string, unknown>)[name];
      text += (between[index] ?? '') + (typeof content === 'string' ? escapeText(content) : textOf(content, name));
    }
    output.write(text + end);
  };
}

/** For what is short and not yet to be sent. */
export function writtenText(write: Write, value: unknown): string {
  const output = new XmlOutput();
  write(value, output);
  return output.content().toString();
}

function textOf(value: unknown, name: string): string {
  if (typeof value === 'string') return escapeText(value);
  if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value);
  if (typeof value === 'boolean') return String(value);
  throw new TypeError(`${name}: a value of type ${typeof value} has no text`);
}

const HEAD: Readonly<Record<SoapVersion, string>> = { '1.1': headOf('1.1'), '1.2': headOf('1.2') };
const TAIL = '</soap:Body></soap:Envelope>';

function headOf(version: SoapVersion): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<soap:Envelope xmlns:soap="${ENVELOPE_NAMESPACE[version]}"><soap:Body>`;
}

/** An envelope around a value, ready to be sent. */
export function envelopeAround(version: SoapVersion, write: Write, value: unknown): string | Buffer {
  const output = new XmlOutput();
  output.write(HEAD[version]);
  write(value, output);
  output.write(TAIL);
  return output.content();
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
): (version: SoapVersion, fault: FaultFacts, requestId: string) => string | Buffer {
  const writeDetail = compileWriter(contract.fault, ` xmlns="${escapeAttribute(contract.namespace)}"`);
  return (version, fault, requestId) => {
    const { codice, campo, riga } = fault;
    const detail = writtenText(writeDetail, { codice, campo, riga, idRichiesta: requestId });
    const text = escapeText(fault.message);
    const inBody = fault.faultClass === 'MustUnderstand' ? '' : `<detail>${detail}</detail>`;
    const xml =
      version === '1.2'
        ? `<soap:Fault><soap:Code><soap:Value>soap:${CODE_12[fault.faultClass]}</soap:Value></soap:Code>` +
          `<soap:Reason><soap:Text xml:lang="it">${text}</soap:Text></soap:Reason><soap:Detail>${detail}</soap:Detail></soap:Fault>`
        : `<soap:Fault><faultcode>soap:${fault.faultClass}</faultcode><faultstring xml:lang="it">${text}</faultstring>${inBody}</soap:Fault>`;
    const write: Write = (_value, output) => {
      output.write(xml);
    };
    return envelopeAround(version, write, undefined);
  };
}
