/**
 * What the SOAP engine knows about a contract: the order, number and lexical kind of its elements. Generated from the
 * XSD (`npm run generate`), never edited.
 */

/** How the text of an element becomes a value. `token` and the rest collapse white space, `string` keeps it. */
export type Lexical = 'string' | 'token' | 'date' | 'dateTime' | 'long' | 'int' | 'boolean';

/** Restrictions of a text beyond its lexical kind: the XSD's facets. All apply to the collapsed text. */
export interface Facets {
  /** Characters, counted as XML does: code points. */
  readonly length?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  /** Of numbers; safe integers. */
  readonly minInclusive?: number;
  readonly maxInclusive?: number;
  readonly values?: readonly string[];
  /** Anchored at both ends; one per step of derivation, all must match. */
  readonly patterns?: readonly RegExp[];
  /** The innermost pattern in Italian words, from the XSD's annotation: what to write instead. */
  readonly form?: string;
}

/** Text content: of an element, or of an attribute. */
export interface TextShape {
  readonly lexical: Lexical;
  readonly facets?: Facets;
}

export interface AttributeShape extends TextShape {
  readonly name: string;
  readonly optional: boolean;
}

/** One element: either `lexical` (text content) or `children` (an xs:sequence, in schema order). */
export interface ElementShape {
  readonly name: string;
  /** minOccurs is 0. */
  readonly optional: boolean;
  /** maxOccurs is unbounded: the value is an array. */
  readonly many: boolean;
  readonly lexical?: Lexical;
  readonly facets?: Facets;
  readonly children?: readonly ElementShape[];
  /** The attributes of an element with text content; one with children has none. */
  readonly attributes?: readonly AttributeShape[];
}

export interface OperationShape {
  /** Input wrapper; its name is the operation's [R2204]. */
  readonly request: ElementShape;
  readonly response: ElementShape;
  readonly soapAction: string;
}

export interface ContractShape {
  readonly service: string;
  readonly port: string;
  /** targetNamespace of the WSDL. */
  readonly wsdlNamespace: string;
  /** targetNamespace of the XSD, hence of every element on the wire. */
  readonly namespace: string;
  readonly wsdlFile: string;
  readonly xsdFile: string;
  readonly operations: Readonly<Record<string, OperationShape>>;
  /** Header blocks that the contract declares, by local name. */
  readonly headers: Readonly<Record<string, ElementShape>>;
  /** The element inside every fault's detail. */
  readonly fault: ElementShape;
}
