/**
 * How a person signs in at an external identity provider: redirected there with a request, and back with a response.
 * SAML implements it for SPID and CIE; OpenID Connect can be added.
 */
import type { Arrival } from './call.js';

export interface IdentityScheme<Answer, Refusal> {
  readonly name: 'spid' | 'cie';
  /** In random order for each call: no provider may always be first. */
  providers(): readonly ProviderChoice[];
  /**
   * @param provider id of a choice
   * @param browserCode that the browser already holds, if any: a second window does not invalidate the first
   * @returns undefined: no such provider; `busy`: the caller's network has too many unanswered requests
   */
  begin(provider: string, browserCode: string | undefined, arrival: Arrival): Promise<Departure | 'busy' | undefined>;
  /** Consumes the request, whatever the result. */
  finish(answer: Answer, browserCode: string | undefined, arrival: Arrival): Promise<Identity<Refusal>>;
}

export interface ProviderChoice {
  readonly id: string;
  readonly title: string;
}

export interface Departure {
  /** URL of the provider, including the request. */
  readonly location: string;
  /** For the browser's cookie: without it the response cannot be matched. */
  readonly browserCode: string;
}

/** Only the codice fiscale is taken from the response [O-4]. */
export type Identity<Refusal> =
  | { readonly codiceFiscale: string; readonly refusal?: never }
  | { readonly refusal: Refusal; readonly codiceFiscale?: never };
