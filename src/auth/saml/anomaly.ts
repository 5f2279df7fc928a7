/**
 * The anomalies that a provider returns instead of an assertion («Messaggi di errore» of the SPID rules; CIE uses the
 * same).
 */
import type { SamlScheme } from './scheme.js';

/**
 * Outcomes caused by the person, not errors: attempts exhausted, level, timeout, consent, suspension, cancelled, other
 * identity.
 */
export const PERSONAL_ANOMALIES = [19, 20, 21, 22, 23, 25, 30] as const;
/** The provider reports our request as wrong. */
export const OUR_ANOMALIES = [8, 9, 11, 12, 13, 14, 15, 16, 17, 18] as const;

export type PersonalAnomaly = (typeof PERSONAL_ANOMALIES)[number];
export type OurAnomaly = (typeof OUR_ANOMALIES)[number];
export type Anomaly = PersonalAnomaly | OurAnomaly;

/** @param message a StatusMessage such as «ErrorCode nr25» @returns undefined: not one of the scheme's */
export function anomalyIn(message: string, { reserved }: SamlScheme): Anomaly | undefined {
  const code = Number(/nr(\d{1,2})(?!\d)/.exec(message)?.[1]);
  const known = [...PERSONAL_ANOMALIES, ...OUR_ANOMALIES].find((anomaly) => anomaly === code);
  return known === undefined || reserved.includes(known) ? undefined : known;
}
