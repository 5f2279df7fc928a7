/**
 * Every reason for which an expression is refused, with the text that pages and operators show. Texts are for people, in
 * Italian; a code, once published, keeps its meaning.
 */

export type OppositionRefusal =
  | 'invalid-identifier'
  | 'notice-not-acknowledged'
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
  | 'revocation-closed';

export const OPPOSITION_REFUSALS: Readonly<Record<OppositionRefusal, string>> = {
  'invalid-identifier': 'L’identificativo non è un codice fiscale o un codice STP formalmente corretto.',
  'notice-not-acknowledged': 'Occorre prima confermare la presa visione dell’informativa.',
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
};
