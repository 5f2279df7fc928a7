/**
 * Every reason for refusing an expression, with its Italian text, which the admin commands and the counter's pages show. The
 * pages for citizens and the free area have texts of their own (`portal/texts/it/opposition.ts`). A published code keeps
 * its meaning.
 */
import { accessLogIn } from '../../audit/index.js';
import { operationsOf } from '../../auth/index.js';
import type { Caller } from '../../auth/index.js';
import type { Clock } from '../../platform/clock.js';
import type { Queryable } from '../../platform/db/index.js';
import { registerOutcome } from '../operations.js';

export type OppositionRefusal =
  | 'not-permitted'
  | 'invalid-identifier'
  | 'notice-not-acknowledged'
  | 'notice-changed'
  | 'notice-expired'
  | 'wrong-channel'
  | 'not-for-another'
  | 'office-not-authorised'
  | 'operator-not-of-office'
  | 'unknown-person'
  | 'deceased'
  | 'minor'
  | 'not-in-care'
  | 'not-yet-open'
  | 'term-over'
  | 'operator-only'
  | 'already-expressed'
  | 'already-opposed'
  | 'nothing-to-revoke'
  | 'revocation-closed'
  | 'too-many-lookups'
  | 'not-possible-here';

export const OPPOSITION_REFUSALS: Readonly<Record<OppositionRefusal, string>> = {
  'not-permitted': 'L’utente autenticato non è abilitato a questa operazione.',
  'invalid-identifier': 'L’identificativo non è un codice fiscale o un codice STP formalmente corretto.',
  'notice-not-acknowledged': 'Occorre prima confermare la presa visione dell’informativa.',
  'notice-changed': 'L’informativa è stata aggiornata: occorre leggere e confermare il nuovo testo.',
  'notice-expired': 'La conferma dell’informativa è scaduta: occorre confermarla di nuovo.',
  'wrong-channel': 'Questa modalità di accesso non è prevista per questo tipo di identificativo.',
  'not-for-another': 'Solo un intermediario può esprimere l’opposizione per conto di un’altra persona.',
  'office-not-authorised':
    'L’ufficio non è tra gli intermediari individuati dalla regione di assistenza della persona.',
  'operator-not-of-office': 'L’operatore non risulta abilitato per questo ufficio.',
  'unknown-person': 'La persona non risulta assistita dal Servizio sanitario nazionale.',
  deceased: 'La persona risulta deceduta.',
  minor: 'La persona è minorenne: potrà esprimersi entro 30 giorni dal compimento della maggiore età.',
  'not-in-care': 'La persona non risulta avere l’assistenza sanitaria.',
  'not-yet-open': 'La funzione non è ancora attiva.',
  'term-over': 'Il termine per esprimere l’opposizione è scaduto.',
  'operator-only': 'La funzione è attiva solo presso gli intermediari della regione di assistenza.',
  'already-expressed': 'La persona si è già espressa nel periodo di apertura della funzione.',
  'already-opposed': 'L’opposizione è già stata espressa in questo periodo.',
  'nothing-to-revoke': 'Non risulta un’opposizione da revocare.',
  'revocation-closed': 'La revoca è possibile solo nel periodo di apertura della funzione.',
  'too-many-lookups':
    'Sono state verificate molte persone senza registrare una scelta: occorre aspettare qualche minuto.',
  'not-possible-here':
    'In quest’area non è possibile registrare la scelta. Può accedere con SPID, CIE o TS-CNS, oppure rivolgersi a un intermediario della regione di assistenza.',
};

/** Refusals that depend only on the windows, the notice and the request: anybody may see them. */
const PUBLIC: ReadonlySet<OppositionRefusal> = new Set([
  ...(['not-permitted', 'invalid-identifier', 'wrong-channel', 'not-for-another'] as const),
  ...(['notice-not-acknowledged', 'notice-changed', 'notice-expired', 'not-yet-open', 'revocation-closed'] as const),
]);

/** The free area gives the same answer for every refusal that depends on the person: care, age, an earlier choice. */
export function inFreeArea(caller: Caller, reason: OppositionRefusal): OppositionRefusal {
  return caller.kind === 'free_area' && !PUBLIC.has(reason) ? 'not-possible-here' : reason;
}

/** Refusals that reveal a past or present choice: the access log has one outcome for all of them [O-4]. */
const OF_A_CHOICE: ReadonlySet<OppositionRefusal> = new Set([
  ...(['already-expressed', 'already-opposed', 'nothing-to-revoke', 'revocation-closed'] as const),
]);

/** The outcome in the access log. */
export function oppositionOutcome(refusal: OppositionRefusal): string {
  return OF_A_CHOICE.has(refusal) ? 'not-expressible' : registerOutcome(refusal);
}

/** Operations on decisions. @param tables the consent database, or the transaction of the operation */
export function decisionOperations(tables: Queryable, clock: Clock) {
  return operationsOf<OppositionRefusal>({ accessLog: accessLogIn(tables), clock, outcomeOf: oppositionOutcome });
}
