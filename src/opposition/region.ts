/**
 * What is said to the FSE of a region, and what may come back [N-1] [N-3]. Owns the words that the sender and the
 * region's client share. Refuses to know SOAP, TLS and the outbox.
 */
import type { Clock, IsoDate } from '../platform/clock.js';

/** One opposition as a region is told of it. */
export interface RegionNotification {
  /** UUID fixed when the notification was queued: the same at every attempt, so that a region knows a repetition. */
  messageId: string;
  /** Codice fiscale, provisional codice fiscale or STP code. */
  subject: string;
  /** Day of the decision, Europe/Rome. */
  opposedOn: IsoDate;
}

/** `unreachable`: transport, HTTP other than 200 without a SOAP answer, malformed answer, time-out. */
export type RegionAnswer =
  | { kind: 'success' }
  | { kind: 'failure'; code: string; description: string }
  /** `certificate`: the peer's certificate is expired, foreign or of another name. `reason` never holds a subject. */
  | { kind: 'unreachable'; reason: string; certificate?: boolean };

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
