/**
 * Reads a message as a tree of elements, in one pass and within the limits. All later steps use this tree, so no two
 * readers can disagree about it.
 */
import type { SoapLimits } from './limits.js';
import { MessageParser } from './parser.js';
import type { XmlElement } from './tree.js';

export { isBlank } from './tree.js';
export type { XmlElement } from './tree.js';

/**
 * Refuses DOCTYPE, processing instructions and comments inside a value.
 * @throws SoapFault with line and column when the text is not well-formed, or passes a limit.
 */
export function parseXml(text: string, limits: SoapLimits): XmlElement {
  return new MessageParser(text, limits).read();
}
