/** Fields of a form or a query: unique names, text values. */
import type { Request } from 'express';
import { Pieces } from '../../platform/pieces.js';
import { PageError } from './page.js';

/** Largest form in bytes; uploads do not use it. */
const FORM_BYTES = 64 * 1024;
/** A provider's message of 100 kB in base64, in which the form encodes «+» and «/» as three bytes. */
export const PROVIDER_FORM_BYTES = 256 * 1024;
const MAX_FIELDS = 500;

export class Form {
  constructor(private readonly values: ReadonlyMap<string, string> = new Map()) {}

  /**
   * The text of a field, trimmed; empty if the field is missing.
   * @param longest further characters are cut off: browsers respect the field's limit
   */
  text(name: string, longest = 256): string {
    return (this.values.get(name) ?? '').trim().slice(0, longest);
  }

  /** Untrimmed: for passwords. */
  typed(name: string): string {
    return this.values.get(name) ?? '';
  }

  has(name: string): boolean {
    return this.values.has(name);
  }

  /** @returns the names with this prefix, in order */
  names(prefix: string): string[] {
    return [...this.values.keys()].filter((name) => name.startsWith(prefix));
  }
}

/** NUL, which no database accepts, or the replacement for bytes that are not UTF-8. */
const UNFIT = /[\0\uFFFD]/;

/** @throws PageError 400 for too many fields, unfit characters, or a name that occurs twice: the intended value is unknown */
export function formOf(fields: Iterable<readonly [string, string]>): Form {
  const values = new Map<string, string>();
  for (const [name, value] of fields) {
    if (values.size === MAX_FIELDS || values.has(name) || UNFIT.test(name) || UNFIT.test(value))
      throw new PageError(400);
    values.set(name, value);
  }
  return new Form(values);
}

/** @throws PageError 400, 413 or 415, as soon as it is certain, without waiting for the rest of the body */
export async function readForm(request: Request, limit = FORM_BYTES): Promise<Form> {
  const isForm = request.is('application/x-www-form-urlencoded') !== false;
  if (!isForm || request.headers['content-encoding'] !== undefined) throw new PageError(415);
  if (Number(request.headers['content-length'] ?? 0) > limit) throw new PageError(413);
  return formOf(new URLSearchParams((await bytesOf(request, limit)).toString('utf8')));
}

/** The client disconnected before the form was complete: no answer is possible. */
export class VisitAborted extends Error {}

function bytesOf(request: Request, limit: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const pieces = new Pieces();
    const add = (piece: Buffer): void => {
      if (pieces.length + piece.length <= limit) {
        pieces.add(piece);
        return;
      }
      request.off('data', add).pause();
      pieces.drop();
      reject(new PageError(413));
    };
    request
      .on('data', add)
      .on('end', () => {
        resolve(pieces.take());
      })
      .on('close', () => {
        reject(new VisitAborted());
      })
      .on('error', () => {
        reject(new VisitAborted());
      });
  });
}
