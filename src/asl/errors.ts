/**
 * Every outcome of the ASLs' services (chapter 4), with texts for people in Italian. A published code keeps its
 * meaning, which is the same as in the doctors' operations.
 */
import { outcomeOf } from '../platform/outcome.js';
import type { OutcomeTable, OutcomeText } from '../platform/outcome.js';
import { REFUSALS, campaignDay } from '../screening/index.js';
import type { Campaign } from '../screening/index.js';

export type AslRefusal =
  | 'not-permitted'
  | 'not-the-caller'
  | 'no-asl'
  | 'executed-in-future'
  | 'executed-before-campaign'
  | 'executed-after-campaign'
  | 'not-a-day'
  | 'not-a-count';

export const ASL_REFUSALS: OutcomeTable<AslRefusal> = {
  'not-permitted': { ...REFUSALS['not-permitted'], remedy: 'Usare le credenziali di un operatore ASL.' },
  'not-the-caller': {
    code: REFUSALS['not-the-caller'].code,
    text: 'Il codice fiscale dell’operatore sanitario non è quello dell’utente autenticato.',
    field: 'codiceFiscaleOperatore',
    remedy: 'Indicare il codice fiscale di chi si autentica.',
  },
  'no-asl': {
    code: '1004',
    text: 'All’utente autenticato non è attribuita un’ASL.',
    remedy: 'Chiedere al gestore del servizio di attribuire l’ASL all’utente.',
  },
  'executed-in-future': { ...REFUSALS['executed-in-future'], text: 'La data di esecuzione dei test è futura.' },
  'executed-before-campaign': {
    ...REFUSALS['executed-before-campaign'],
    text: 'La data di esecuzione dei test precede l’inizio della campagna.',
  },
  'executed-after-campaign': {
    ...REFUSALS['executed-after-campaign'],
    text: 'La data di esecuzione dei test segue la fine della campagna.',
    remedy: 'Verificare la data.',
  },
  'not-a-day': {
    code: '6001',
    text: 'La data di esecuzione dei test non è una data valida.',
    field: 'dataEsecuzioneTest',
    remedy: 'Indicare un giorno del calendario nella forma AAAA-MM-GG.',
  },
  'not-a-count': {
    code: '6002',
    text: 'Il numero dei test eseguiti non è un numero intero da 0 a 99999.',
    field: 'numeroTestEseguiti',
    remedy: 'Indicare quanti test sono stati eseguiti nella giornata; 0 se nessuno.',
  },
};

/** The content of an answer: the outcome of the first reason, or done; and every reason, with the day it refers to. */
export function verdictOf(
  refusals: readonly AslRefusal[],
  campaign: Campaign,
): {
  readonly outcome: OutcomeText;
  readonly details: readonly OutcomeText[];
} {
  const details = refusals.map((refusal) => {
    const outcome = ASL_REFUSALS[refusal];
    return { ...outcome, text: outcome.text + campaignDay(refusal, campaign) };
  });
  return { outcome: outcomeOf(refusals, ASL_REFUSALS), details };
}
