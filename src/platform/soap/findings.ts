/**
 * Violations of the schema in a message: collected while it is read, and reported to the caller all at once, each with
 * element and line.
 */
import { clientFault } from './fault.js';
import type { SoapFault } from './fault.js';
import type { XmlElement } from './tree.js';

/** Maximum of findings in one fault: enough to correct a message in one go. */
const SHOWN = 5;

export interface Finding {
  readonly element: XmlElement;
  /** In Italian, what is wrong with it. */
  readonly reason: string;
}

/** @param findings at least one, in the order of the message. Only the first of one element is reported. */
export function findingsFault(findings: readonly Finding[]): SoapFault {
  const told = new Map<XmlElement, string>();
  for (const { element, reason } of findings) if (!told.has(element)) told.set(element, reason);
  const list = [...told].map(([{ name, line }, reason]) => `elemento «${name}» (riga ${line}): ${reason}`);
  const more = list.length > SHOWN ? `; e altri ${list.length - SHOWN} errori` : '';
  const first = findings[0]?.element;
  return clientFault(
    'MESSAGGIO_NON_VALIDO',
    `Il messaggio non rispetta lo schema: ${list.slice(0, SHOWN).join('; ')}${more}.`,
    first === undefined ? {} : { campo: first.name, riga: first.line },
  );
}
