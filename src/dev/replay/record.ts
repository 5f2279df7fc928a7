/** Turns an answer into an expected one: volatile values become placeholders, long lists one example of their form. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { matches, putBack } from './placeholders.js';
import type { Memory } from './placeholders.js';
import type { Sample } from './sample.js';
import { headerOf } from './transport.js';
import type { Incoming } from './transport.js';
import { linesOf, readTree } from './tree.js';
import type { Element } from './tree.js';

/** Placeholders for single values of elements that never repeat, by the element's name. */
const VOLATILE: ReadonlyMap<string, string> = new Map([
  ['identificativoTransazione', '${transaction}'],
  ['dataOra', '${dateTime}'],
  ['idRichiesta', '${requestId}'],
]);

/** So many siblings of one name and shape are a list, whose length may differ next time. */
const LIST = 5;

/**
 * Writes the answer as the expected one, the request with its placeholders, and status and stated headers into the
 * details.
 * @returns the files
 */
export function recordSample({ path, request, details }: Sample, answer: Incoming, memory: Memory): string[] {
  const files = [
    { file: `${path}.request.xml`, text: putBack(request, memory) },
    { file: `${path}.response.xml`, text: `${linesOf(generalised(readTree(answer.text), memory, '')).join('\n')}\n` },
  ];
  files.push({
    file: `${path}.json`,
    text: `${JSON.stringify(detailsWith(path, details, answer, memory), null, 2)}\n`,
  });
  for (const { file, text } of files) writeFileSync(file, text);
  return files.map(({ file }) => file);
}

/** Keeps the details' file as written, except for the answer's status and changed headers. */
function detailsWith(path: string, details: Sample['details'], answer: Incoming, memory: Memory): object {
  const { titolo, credentials } = details;
  const file = `${path}.json`;
  const written: unknown = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { titolo, credentials };
  const stated = Object.entries(details.answerHeaders).map(([name, expected]) => {
    const received = headerOf(answer, name);
    return [name, received === undefined || matches(expected, received, memory) ? expected : putBack(received, memory)];
  });
  return {
    ...(typeof written === 'object' ? written : {}),
    status: answer.status,
    ...(stated.length > 0 && { answerHeaders: Object.fromEntries(stated) as Sample['details']['answerHeaders'] }),
  };
}

/** @param parent local name of the parent: an id inside a list or a detail is not the answer's own */
function generalised(element: Element, memory: Memory, parent: string): Element {
  const volatile = VOLATILE.get(element.name);
  const isOwn = volatile !== undefined && !parent.startsWith('dettagli');
  const text = isOwn ? volatile : putBack(element.text, memory);
  const [first, ...others] = element.children;
  if (first !== undefined && others.length + 1 >= LIST && others.every(({ name }) => name === first.name)) {
    return { ...element, text, children: [{ ...formOf(first), presence: 'ripetuto' }] };
  }
  return { ...element, text, children: element.children.map((child) => generalised(child, memory, element.name)) };
}

function formOf(element: Element): Element {
  if (element.children.length > 0) return { ...element, children: element.children.map(formOf) };
  return { ...element, text: formOfText(element.text) };
}

function formOfText(text: string): string {
  if (/^\d{4}-\d{2}-\d{2}$/.test(text)) return '${date}';
  if (/^(?:[A-Z0-9]{16}|[0-9]{11})$/.test(text)) return '${identifier}';
  return /^[1-9][0-9]{0,14}$/.test(text) ? '${transaction}' : '${text}';
}
