/**
 * What is said to the FSE of a region, and what may come back [N-1] [N-3]. Owns the words that the sender and the
 * region's client share. Does not know SOAP, TLS and the outbox.
 */
import type { Clock, IsoDate } from '../../platform/clock.js';

/** One opposition as a region receives it. */
export interface RegionNotification {
  /** UUID fixed when the notification was queued: the same at every attempt, so that a region knows a repetition. */
  messageId: string;
  /** Codice fiscale, provisional codice fiscale or STP code. */
  subject: string;
  /** Day of the decision, Europe/Rome. */
  opposedOn: IsoDate;
}

/** One reason that a region gives, in its own words: cleaned of identifiers, bounded, on one line [S-7]. */
export interface RegionError {
  /** Absent: the region gave none. */
  readonly code?: string;
  readonly description: string;
  /** Beside others it decides nothing. */
  readonly isWarning?: true;
}

export type RegionErrors = readonly [RegionError, ...RegionError[]];

/**
 * What came of one notification. All but `unreachable` are answers of the region's service on that message: they say
 * nothing about the next one.
 */
export type RegionAnswer =
  | { kind: 'success' }
  /** Status Failure; or Success beside an error. */
  | { kind: 'failure'; errors: RegionErrors }
  /**
   * A SOAP fault. `blames`: by `faultCode`, the message is wrong (Client, Sender…) or the region cannot (Server, Receiver).
   * `faultCode`: of SOAP, as the region made it more specific: `Client.Auth`.
   */
  | { kind: 'fault'; blames: 'message' | 'region'; faultCode: string; errors: RegionErrors }
  /** A SOAP envelope that says neither, or both. */
  | { kind: 'unclear'; reason: string }
  /**
   * Transport, time-out, an answer that is not SOAP. `certificate`: the peer's certificate is expired, foreign or of
   * another name. `denied`: HTTP 401 or 403, it does not know us. `reason` never holds a subject.
   */
  | { kind: 'unreachable'; reason: string; certificate?: boolean; denied?: boolean };

/** Begins the description of an error beside a Success: the code counts, the region may have taken the notification. */
export const BESIDE_SUCCESS = '(Success)';

export const TLS_MAX = ['1.2', '1.3'] as const;
export type TlsMax = (typeof TLS_MAX)[number];

/** How a region is reached. */
export interface RegionConnection {
  /** Three digits, or `SASN`. */
  code: string;
  /** URL, https. */
  endpoint: string;
  /** PEM: the authorities that may have issued the region's server certificate. */
  anchors: string;
  /** PatientId as it is, or as HL7 CX. */
  patientIdForm: 'plain' | 'cx';
  /** Whether messages carry a WS-Security signature. */
  sign: boolean;
  /** Highest version of TLS: 1.2 for a region that asks for our certificate after the handshake only; undefined: the newest. */
  tlsMax?: TlsMax;
}

/** PEM of the certificate, with its intermediates, and of the key, with which we authenticate to regions [N-2]. */
export interface SenderIdentity {
  certificate: string;
  key: string;
}

export interface RegionClientOptions {
  /** For a whole exchange, ms. */
  timeoutMs: number;
  clock: Clock;
}

export interface RegionClient {
  /** Never rejects for anything that the region does. */
  notify(notification: RegionNotification): Promise<RegionAnswer>;
  /** Ends idle connections; no call afterwards. */
  close(): void;
}

export type CreateRegionClient = (
  region: RegionConnection,
  identity: SenderIdentity,
  options: RegionClientOptions,
) => RegionClient;
