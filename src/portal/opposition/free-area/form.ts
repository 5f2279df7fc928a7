/** The form for entering the free area, and the checks that depend on the input only. */
import type { FreeAreaClaim } from '../../../auth/index.js';
import { isCodiceFiscale, isProvisionalCodiceFiscale, isStpCode } from '../../../platform/ids/index.js';
import { dayOf, typedDay } from '../../frame/day.js';
import type { TypedDay } from '../../frame/day.js';
import type { Problems } from '../../frame/fields.js';
import type { Form } from '../../frame/form.js';
import type { Catalogue } from '../../texts/index.js';

export interface TypedClaim {
  readonly subject: string;
  /** Number of the card, or region of the STP code. */
  readonly second: string;
  readonly day: TypedDay;
}

/** Blanks come from copying, and separate groups of digits on the card. */
export function typedClaim(form: Form, second: 'numero' | 'regione'): TypedClaim {
  const compact = (name: string): string => form.text(name, 40).replace(/\s+/g, '').toUpperCase();
  return { subject: compact('codice'), second: compact(second), day: typedDay(form, 'data') };
}

type Read = { readonly problems: Problems } | { readonly claim: FreeAreaClaim };

export function readCard({ subject, second, day }: TypedClaim, { freeArea: { problems } }: Catalogue): Read {
  const cardExpiry = dayOf(day);
  const isSubject = isCodiceFiscale(subject) || isProvisionalCodiceFiscale(subject);
  const isNumber = /^80380[0-9]{15}$/.test(second);
  if (isSubject && isNumber && cardExpiry !== undefined) {
    return { claim: { method: 'health-card', subject, cardNumber: second, cardExpiry } };
  }
  return faults([
    ['codice', isSubject, problems.subject],
    ['numero', isNumber, problems.number],
    ['data', cardExpiry !== undefined, problems.day],
  ]);
}

export function readStp({ subject, second, day }: TypedClaim, { freeArea: { problems }, regions }: Catalogue): Read {
  const issuedOn = dayOf(day);
  const isSubject = isStpCode(subject);
  const isRegion = Object.hasOwn(regions, second);
  if (isSubject && isRegion && issuedOn !== undefined) {
    return { claim: { method: 'stp', subject, region: second, issuedOn } };
  }
  return faults([
    ['codice', isSubject, problems.stp],
    ['regione', isRegion, problems.region],
    ['data', issuedOn !== undefined, problems.issuedOn],
  ]);
}

function faults(checks: readonly (readonly [field: string, isRight: boolean, text: string])[]): Read {
  const wrong = checks.filter(([, isRight]) => !isRight).map(([field, , text]) => [field, text] as const);
  return { problems: { fields: Object.fromEntries(wrong), general: [] } };
}
