/** SOAP faults: the only answer to an invalid message, a refused credential or a failure of the service. */

import { StacklessError } from '../stackless-error.js';

/** Who caused the fault, in SOAP 1.1 words; SOAP 1.2 has Sender and Receiver. */
export type FaultClass = 'Client' | 'Server' | 'VersionMismatch' | 'MustUnderstand';

export interface FaultFacts {
  readonly faultClass: FaultClass;
  /** Stable machine-readable code of the typed detail. */
  readonly codice: string;
  /** Italian, for the caller: what is wrong, where, what to do. Never library text, SQL or a stack. */
  readonly message: string;
  /** The element concerned. */
  readonly campo?: string | undefined;
  /** Line of the request, from 1. */
  readonly riga?: number | undefined;
  /** HTTP status when one is more specific than 500: 405, 413, 415, 503. */
  readonly status?: number | undefined;
  /** Further HTTP header fields, e.g. Retry-After. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** The answer is sent at a multiple of this, counted from when the message was complete. Absent: at once. */
  readonly beatMs?: number | undefined;
}

/** For 503 answers, ms: a caller who retries at once has to wait. */
const BUSY_BEAT_MS = 1_000;

export class SoapFault extends StacklessError {
  constructor(
    readonly facts: FaultFacts,
    cause?: unknown,
  ) {
    super(facts.message, cause);
    this.name = 'SoapFault';
  }
}

/** The message is not a valid request. */
export function clientFault(
  codice: string,
  message: string,
  more: Pick<FaultFacts, 'campo' | 'riga' | 'beatMs'> = {},
): SoapFault {
  return new SoapFault({ faultClass: 'Client', codice, message, ...more });
}

/** The same fault with one more sentence in its message. */
export function withAdvice({ facts, cause }: SoapFault, advice: string): SoapFault {
  return new SoapFault({ ...facts, message: `${facts.message} ${advice}` }, cause);
}

/** A refusal with a specific HTTP status. */
export function transportFault(
  status: 405 | 413 | 415,
  codice: string,
  message: string,
  headers?: Record<string, string>,
): SoapFault {
  return new SoapFault({ faultClass: 'Client', codice, message, status, headers });
}

/** The service cannot answer now; the caller may send the same message again after this many seconds. */
export function retryLaterFault(
  codice: string,
  message: string,
  seconds: number,
  { cause, beatMs = BUSY_BEAT_MS }: { cause?: unknown; beatMs?: number | undefined } = {},
): SoapFault {
  const headers = { 'Retry-After': String(seconds) };
  return new SoapFault({ faultClass: 'Server', codice, message, status: 503, headers, beatMs }, cause);
}

/** The fault for an unforeseen error. The cause is for the log only. */
export function internalFault(cause: unknown): SoapFault {
  const message = 'Errore interno del servizio. Riprovare; se si ripete, segnalare l’idRichiesta al gestore.';
  return new SoapFault({ faultClass: 'Server', codice: 'ERRORE_INTERNO', message }, cause);
}
