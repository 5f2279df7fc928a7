/** Fields of a form or of a query: each name once, each a text. Bounds are the reader's. */
import express from 'express';
import type { Request, Response } from 'express';
import { PageError } from './page.js';

/** Bytes of a form at most: uploads have a way of their own. */
const FORM_BYTES = 64 * 1024;
const MAX_FIELDS = 500;

export class Form {
  constructor(private readonly values: ReadonlyMap<string, string> = new Map()) {}

  /** The text of a field without white space around it; empty when there is none. */
  text(name: string): string {
    return (this.values.get(name) ?? '').trim();
  }

  /** As typed: for passwords. */
  typed(name: string): string {
    return this.values.get(name) ?? '';
  }

  has(name: string): boolean {
    return this.values.has(name);
  }

  /** @returns the names that begin so, in their order */
  names(prefix: string): string[] {
    return [...this.values.keys()].filter((name) => name.startsWith(prefix));
  }
}

/** @throws PageError 400 when a name is there twice: which one counts would be a guess */
export function formOf(fields: Iterable<readonly [string, string]>): Form {
  const values = new Map<string, string>();
  for (const [name, value] of fields) {
    if (values.has(name) || value.includes('\0')) throw new PageError(400);
    values.set(name, value);
  }
  return new Form(values);
}

const urlencoded = express.text({
  type: 'application/x-www-form-urlencoded',
  limit: FORM_BYTES,
  inflate: false,
  defaultCharset: 'utf-8',
});

/** @throws PageError 400, 413 or 415 */
export async function readForm(request: Request, response: Response): Promise<Form> {
  if (request.is('application/x-www-form-urlencoded') === false) throw new PageError(415);
  await new Promise<void>((resolve, reject) => {
    urlencoded(request, response, (error: unknown) => {
      if (error === undefined) resolve();
      else reject(readingError(error));
    });
  });
  const body: unknown = request.body;
  const fields = new URLSearchParams(typeof body === 'string' ? body : '');
  if (fields.size > MAX_FIELDS) throw new PageError(400);
  return formOf(fields);
}

function readingError(error: unknown): Error {
  const status = typeof error === 'object' && error !== null && 'status' in error ? error.status : undefined;
  if (status === 413 || status === 415) return new PageError(status);
  return new PageError(400);
}
