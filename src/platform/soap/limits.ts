/** Limits of a message, checked before anything else. Defaults: margins above the largest honest message. */
export interface SoapLimits {
  /**
   * Whole body, bytes. The largest honest doctor's request is under 4 kB; toolkits with security headers reach 20 kB.
   */
  readonly bodyBytes: number;
  readonly depth: number;
  readonly elements: number;
  readonly attributesPerElement: number;
  /** Namespace declarations in scope at one place: each name is looked up among them. */
  readonly namespaces: number;
  readonly nameLength: number;
  /** Text of one element or attribute, characters. */
  readonly valueLength: number;
}

export const defaultLimits: SoapLimits = {
  bodyBytes: 256 * 1024,
  depth: 32,
  elements: 2_000,
  attributesPerElement: 32,
  namespaces: 128,
  nameLength: 128,
  valueLength: 4_096,
};
