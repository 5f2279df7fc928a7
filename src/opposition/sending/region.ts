/**
 * The notification to the FSE of a region, and its possible answers [N-1] [N-3]. Defines the types that the sender and
 * the region's client share. Independent of SOAP, TLS and the outbox.
 */
import type { Clock, IsoDate } from '../../platform/clock.js';

/** One opposition as a region receives it. */
export interface RegionNotification {
  /**
   * UUID fixed when the notification was queued: the same at every attempt, so that a region recognises a repetition.
   */
  messageId: string;
  /** Codice fiscale, provisional codice fiscale or STP code. */
  subject: string;
  /** Day of the decision, Europe/Rome. */
  opposedOn: IsoDate;
}

/** One reason that a region gives, in its own words: without identifiers, bounded, on one line [S-7]. */
export interface RegionError {
  /** Absent: the region gave none. */
  readonly code?: string;
  readonly description: string;
  /** A warning beside errors has no effect. */
  readonly isWarning?: true;
}

export type RegionErrors = readonly [RegionError, ...RegionError[]];

/**
 * Result of one notification. All kinds but `unreachable` are answers of the region's service to that message, and say
 * nothing about the next one.
 */
export type RegionAnswer =
  | { kind: 'success' }
  /** Status Failure; or Success together with an error. */
  | { kind: 'failure'; errors: RegionErrors }
  /**
   * A SOAP fault. `blames`: by `faultCode`, either the message is wrong (Client, Sender…) or the region failed (Server,
   * Receiver). `faultCode`: the SOAP code with the region's suffix: `Client.Auth`.
   */
  | { kind: 'fault'; blames: 'message' | 'region'; faultCode: string; errors: RegionErrors }
  /** A SOAP envelope with neither status, or both. */
  | { kind: 'unclear'; reason: string }
  /**
   * Transport error, time-out, or an answer that is not SOAP. `certificate`: the peer's certificate is expired,
   * untrusted or of another name. `denied`: HTTP 401 or 403, the region does not recognise us. `reason` never holds a
   * subject.
   */
  | { kind: 'unreachable'; reason: string; certificate?: boolean; denied?: boolean };

/**
 * Prefix of the description of an error beside a Success: the code counts, but the region may have accepted the
 * notification.
 */
export const BESIDE_SUCCESS = '(Success)';

export const TLS_MAX = ['1.2', '1.3'] as const;
export type TlsMax = (typeof TLS_MAX)[number];

/** Connection settings of a region. */
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
  /**
   * Highest TLS version: 1.2 for a region that requests our certificate only after the handshake; undefined: the
   * newest.
   */
  tlsMax?: TlsMax;
}

/** PEM of the certificate, with its intermediates, and of the key, with which we authenticate to regions [N-2]. */
export interface SenderIdentity {
  certificate: string;
  key: string;
}

export interface RegionClientOptions {
  /** For a whole exchange, in ms. */
  timeoutMs: number;
  clock: Clock;
}

export interface RegionClient {
  /** Resolves whatever the region does. */
  notify(notification: RegionNotification): Promise<RegionAnswer>;
  /** Closes idle connections; no call may follow. */
  close(): void;
}

export type CreateRegionClient = (
  region: RegionConnection,
  identity: SenderIdentity,
  options: RegionClientOptions,
) => RegionClient;
