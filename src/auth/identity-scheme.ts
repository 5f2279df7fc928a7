/**
 * How a person shows who he is at an identity provider outside: he is sent there with a request, and comes back with an
 * answer. SAML implements it for SPID and CIE; OpenID Connect can.
 */
import type { Arrival } from './call.js';

export interface IdentityScheme<Answer, Refusal> {
  readonly name: 'spid' | 'cie';
  /** In an order drawn for this call: none may always stand first. */
  providers(): readonly ProviderChoice[];
  /**
   * @param provider a choice's id
   * @param browserCode that the browser holds already, if any: a second window does not undo the first
   * @returns undefined: there is no such provider; `busy`: the caller's network has too many requests without an answer
   */
  begin(provider: string, browserCode: string | undefined, arrival: Arrival): Promise<Departure | 'busy' | undefined>;
  /** Uses the request up, whatever comes of it. */
  finish(answer: Answer, browserCode: string | undefined, arrival: Arrival): Promise<Identity<Refusal>>;
}

export interface ProviderChoice {
  readonly id: string;
  readonly title: string;
}

export interface Departure {
  /** Address of the provider, with the request. */
  readonly location: string;
  /** For the browser's cookie: without it the answer is nobody's. */
  readonly browserCode: string;
}

/** Of whoever comes back nothing but the codice fiscale is taken [O-4]. */
export type Identity<Refusal> =
  | { readonly codiceFiscale: string; readonly refusal?: never }
  | { readonly refusal: Refusal; readonly codiceFiscale?: never };
