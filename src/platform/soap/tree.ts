/** The tree that a message is read into: elements, attributes, text. What counts as white space in XML. */

export interface XmlAttribute {
  readonly namespace: string;
  readonly name: string;
  readonly value: string;
}

export interface XmlElement {
  readonly namespace: string;
  /** Local name. */
  readonly name: string;
  /** Line of the start tag, from 1. */
  readonly line: number;
  /** Without namespace declarations. */
  readonly attributes: readonly XmlAttribute[];
  readonly children: readonly XmlElement[];
  /** All character data directly inside. */
  readonly text: string;
}

/** Whether the text is only XML white space: a no-break space is a character like any other. */
export function isBlank(text: string): boolean {
  return !/[^ \t\r\n]/.test(text);
}

/** Without XML white space at both ends. */
export function trimBlank(text: string): string {
  return text.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, '');
}
