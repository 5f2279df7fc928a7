/** The text for a person whose provider's answer is refused, and the HTTP status of that page. */
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
  if (refusal.code === 'unknown-request') return identity['unknown-request'];
  const isNameless = refusal.code === 'no-codice-fiscale' || ('why' in refusal && refusal.why === 'fiscal-number');
  return isNameless ? identity['no-codice-fiscale'] : identity.invalid;
}

/** 403: the person, or the sender, is refused; 500: our request was wrong. The official checker does not accept 200. */
export function statusOf(refusal: SamlRefusal): number {
  const isOurs = refusal.code === 'anomaly' && OUR_ANOMALIES.some((anomaly) => anomaly === refusal.anomaly);
  if (isOurs) return 500;
  return refusal.code === 'anomaly' ? 401 : 403;
}
