/** What a person is told when a provider's answer lets him not in, and the HTTP status of that page. */
import { OUR_ANOMALIES } from '../../auth/saml/index.js';
import type { SamlRefusal } from '../../auth/saml/index.js';
import type { Catalogue } from '../texts/index.js';

export interface RefusalWords {
  readonly title: string;
  readonly lead: string;
}

export function wordsFor(refusal: SamlRefusal, { identity }: Catalogue): RefusalWords {
  if (refusal.code === 'anomaly') {
    const { anomaly } = refusal;
    const known: Readonly<Record<number, RefusalWords>> = identity.anomalies;
    return known[anomaly] ?? identity.ours;
  }
  return refusal.code === 'unknown-request' || refusal.code === 'no-codice-fiscale'
    ? identity[refusal.code]
    : identity.invalid;
}

/** 403: the person, or whoever sent this, does not get in; 500: our request was wrong. The official checker wants no 200. */
export function statusOf(refusal: SamlRefusal): number {
  const isOurs = refusal.code === 'anomaly' && OUR_ANOMALIES.some((anomaly) => anomaly === refusal.anomaly);
  if (isOurs) return 500;
  return refusal.code === 'anomaly' ? 401 : 403;
}
