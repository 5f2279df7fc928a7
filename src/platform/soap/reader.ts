/** A validated element as a typed value, read by the contract's shape: names on the wire never become property names. */
import type { ElementShape, Lexical } from './contract.js';
import { trimBlank } from './xml.js';
import type { XmlElement } from './xml.js';

/** Only for elements that passed the schema; order and number are then as the shape says. */
export function readElement(element: XmlElement, shape: ElementShape): unknown {
  if (shape.lexical !== undefined) return readText(element.text, shape.lexical);
  const value: Record<string, unknown> = {};
  let at = 0;
  for (const child of shape.children ?? []) {
    const found: unknown[] = [];
    for (let next = element.children[at]; next?.name === child.name; next = element.children[++at]) {
      found.push(readElement(next, child));
      if (!child.many) {
        at++;
        break;
      }
    }
    if (child.many) value[child.name] = found;
    else if (found.length === 1) value[child.name] = found[0];
  }
  return value;
}

function readText(text: string, lexical: Lexical): string | number | boolean {
  if (lexical === 'string') return text;
  const collapsed = trimBlank(text).replace(/[ \t\r\n]+/g, ' ');
  if (lexical === 'long' || lexical === 'int') return Number(collapsed);
  if (lexical === 'boolean') return collapsed === 'true' || collapsed === '1';
  return collapsed;
}
