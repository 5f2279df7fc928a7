/** Writes typed answers and faults as XML. Elements have the contract's order, whatever the order of the value. */
import type { ContractShape, ElementShape } from './contract.js';
import { ENVELOPE_NAMESPACE } from './envelope.js';
import type { SoapVersion } from './envelope.js';
import { escapeAttribute, escapedUtf8, utf8Units } from './escape.js';
import type { FaultClass, FaultFacts } from './fault.js';

/** Text is converted to bytes in pieces of this length: joining a whole list is slow. */
const PIECE = 16_384;
/** Size of a new buffer for an answer of more than one piece, bytes. */
const PLACE = 4 * PIECE;
/** Free buffers that are kept: maximum number, and maximum size of each. */
const spare: Buffer[] = [];
const SPARE_AT_MOST = 16;
const SPARE_BYTES = 1_048_576;

/**
 * An answer while it is written, in UTF-8, one unit of text per byte. A short one stays text. A long one becomes bytes
 * piece by piece, in a recycled buffer: allocating hundreds of kilobytes for each answer, clearing the pages and
 * collecting them would cost a large part of the writing.
 */
class XmlOutput {
  #text = '';
  #bytes: Buffer | undefined;
  #length = 0;

  /** @param utf8 already escaped, one unit per byte */
  write(utf8: string): void {
    this.#text += utf8;
    if (this.#text.length >= PIECE) this.#store();
  }

  /**
   * The complete content, ready to send; nothing may be written afterwards. Short content is text, one unit per byte.
   */
  content(): string | Buffer {
    return this.#bytes === undefined ? this.#text : this.#store().subarray(0, this.#length);
  }

  #store(): Buffer {
    const needed = this.#length + this.#text.length;
    let bytes = this.#bytes ?? spare.pop() ?? Buffer.allocUnsafeSlow(PLACE);
    if (needed > bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(needed, bytes.length * 2));
      bytes.copy(larger, 0, 0, this.#length);
      bytes = larger;
    }
    this.#length += bytes.write(this.#text, this.#length, 'latin1');
    this.#text = '';
    this.#bytes = bytes;
    return bytes;
  }
}

/**
 * Recycles the buffer of an answer after the operating system has taken over every byte: nobody reads it again.
 * @param content of an {@link XmlOutput}
 */
export function release(content: Buffer): void {
  const place = Buffer.from(content.buffer);
  if (spare.length < SPARE_AT_MOST && place.length <= SPARE_BYTES) spare.push(place);
}

/** Writes one value of a shape, tags included. */
export type Write = (value: unknown, output: XmlOutput) => void;

/** Compiles a shape into its writer once, at start: nothing is looked up at run time. */
export function compileWriter(shape: ElementShape, attributes = ''): Write {
  const open = utf8Units(`<${shape.name}${attributes}>`);
  const close = utf8Units(`</${shape.name}>`);
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

/** A row of single values, of which lists have thousands: the tags between two values are one constant. */
function compileRow(names: readonly string[], open: string, close: string): Write {
  let before = open;
  const fields = names.map((name) => {
    const field = { name, before: before + utf8Units(`<${name}>`) };
    before = utf8Units(`</${name}>`);
    return field;
  });
  const end = before + close;
  return (value, output) => {
    if (typeof value !== 'object' || value === null) throw new TypeError(`${open}: an object is expected`);
    let text = '';
    for (const field of fields) {
      text += field.before + textOf((value as Record<string, unknown>)[field.name], field.name);
    }
    output.write(text + end);
  };
}

/** For content that is not sent unchanged. */
export function writtenText(write: Write, value: unknown): string {
  const output = new XmlOutput();
  write(value, output);
  return textOfUtf8(output.content());
}

/** The answer as text, for callers that do not send it. @param utf8 bytes, or one unit per byte */
export function textOfUtf8(utf8: string | Buffer): string {
  return (typeof utf8 === 'string' ? Buffer.from(utf8, 'latin1') : utf8).toString();
}

function textOf(value: unknown, name: string): string {
  if (typeof value === 'string') return escapedUtf8(value);
  if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value);
  if (typeof value === 'boolean') return String(value);
  throw new TypeError(`${name}: a value of type ${typeof value} has no text`);
}

const HEAD: Readonly<Record<SoapVersion, string>> = { '1.1': headOf('1.1'), '1.2': headOf('1.2') };
const TAIL = '</soap:Body></soap:Envelope>';

function headOf(version: SoapVersion): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<soap:Envelope xmlns:soap="${ENVELOPE_NAMESPACE[version]}"><soap:Body>`;
}

/** An envelope around a value, ready to send. */
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
    const { faultClass, codice, campo, riga } = fault;
    const text = escapedUtf8(fault.message);
    const detail = { codice, campo, riga, idRichiesta: requestId };
    const write: Write = (_value, output) => {
      if (version === '1.2') {
        output.write(`<soap:Fault><soap:Code><soap:Value>soap:${CODE_12[faultClass]}</soap:Value></soap:Code>`);
        output.write(`<soap:Reason><soap:Text xml:lang="it">${text}</soap:Text></soap:Reason><soap:Detail>`);
        writeDetail(detail, output);
        output.write('</soap:Detail></soap:Fault>');
        return;
      }
      output.write(`<soap:Fault><faultcode>soap:${faultClass}</faultcode>`);
      output.write(`<faultstring xml:lang="it">${text}</faultstring>`);
      if (faultClass !== 'MustUnderstand') {
        output.write('<detail>');
        writeDetail(detail, output);
        output.write('</detail>');
      }
      output.write('</soap:Fault>');
    };
    return envelopeAround(version, write, undefined);
  };
}
