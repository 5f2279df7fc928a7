/**
 * Every outcome of the doctors' operations: the only source of answers, access log and docs/esiti.md. Texts are for
 * people, in Italian. A code, once published, keeps its meaning.
 */
import type { IsoDate } from '../platform/clock.js';
import type { OutcomeTable } from '../platform/outcome.js';
import type { Campaign } from './model.js';

export type RefusalCode =
  | 'not-permitted'
  | 'not-the-caller'
  | 'no-substitution'
  | 'invalid-identifier'
  | 'executed-in-future'
  | 'executed-before-campaign'
  | 'executed-after-campaign'
  | 'not-on-list'
  | 'duplicate-test'
  | 'unknown-transaction'
  | 'already-cancelled'
  | 'other-person'
  | 'interval-reversed'
  | 'interval-too-long';

export const REFUSALS: OutcomeTable<RefusalCode> = {
  'not-permitted': {
    code: '1001',
    text: 'L’utente autenticato non è abilitato a questa operazione.',
    remedy: 'Usare le credenziali di un medico.',
  },
  'not-the-caller': {
    code: '1002',
    text: 'Il codice fiscale del medico non è quello dell’utente autenticato.',
    field: 'codiceFiscaleMedico',
    remedy:
      'Indicare in codiceFiscaleMedico il codice fiscale di chi si autentica; il titolare va in codiceFiscaleMedicoTitolare.',
  },
  'no-substitution': {
    code: '1003',
    text: 'Non risulta una sostituzione del medico titolare valida oggi.',
    field: 'codiceFiscaleMedicoTitolare',
    remedy:
      'Verificare il codice fiscale del titolare. Il titolare nomina il sostituto, con le date di inizio e fine, prima che questi operi. Finita la sostituzione, il sostituto può ancora consultare e annullare i propri invii, non inviarne altri.',
  },
  'invalid-identifier': {
    code: '2001',
    text: 'Il codice fiscale dell’assistito non è formalmente corretto: il carattere di controllo non corrisponde.',
    field: 'codiceFiscaleAssistito',
    remedy: 'Verificare il codice sulla tessera; non va mai ricalcolato.',
  },
  'executed-in-future': {
    code: '2002',
    text: 'La data di esecuzione del test è futura.',
    field: 'dataEsecuzioneTest',
    remedy: 'Comunicare il test dal giorno della sua esecuzione (ora italiana).',
  },
  'executed-before-campaign': {
    code: '2003',
    text: 'La data di esecuzione del test precede l’inizio della campagna.',
    field: 'dataEsecuzioneTest',
    remedy: 'Verificare la data.',
  },
  'executed-after-campaign': {
    code: '2006',
    text: 'La data di esecuzione del test segue la fine della campagna.',
    field: 'dataEsecuzioneTest',
    remedy:
      'Verificare la data: finita la campagna si comunicano ancora, per qualche settimana, i test eseguiti prima.',
  },
  'not-on-list': {
    code: '2004',
    text: 'L’assistito non è nell’elenco del medico titolare.',
    field: 'codiceFiscaleAssistito',
    remedy: 'Scaricare di nuovo l’elenco assistiti: può essere cambiato.',
  },
  'duplicate-test': {
    code: '2005',
    text: 'Per l’assistito è già comunicato un test nella stessa data.',
    field: 'dataEsecuzioneTest',
    remedy:
      'Se l’invio precedente era rimasto senza risposta, è andato a buon fine: usare l’identificativoTransazione del dettaglio. Per correggerlo, annullarlo e inviarlo di nuovo.',
  },
  'unknown-transaction': {
    code: '3001',
    text: 'La transazione indicata non è un invio di test annullabile da chi opera per questo titolare.',
    field: 'identificativoTransazione',
    remedy:
      'Usare l’identificativoTransazioneComunicazione dell’elenco dei test; il sostituto annulla solo i propri invii.',
  },
  'already-cancelled': {
    code: '3002',
    text: 'L’invio del test è già stato annullato.',
    field: 'identificativoTransazione',
    remedy: 'Nulla: il test non risulta più comunicato.',
  },
  'other-person': {
    code: '3003',
    text: 'La transazione indicata riguarda un altro assistito.',
    field: 'codiceFiscaleAssistito',
    remedy: 'Indicare il codice fiscale dell’assistito per cui il test era stato inviato.',
  },
  'interval-reversed': {
    code: '4001',
    text: 'La data di fine dell’intervallo precede quella di inizio.',
    field: 'dataFineIntervallo',
    remedy: 'Invertire le date.',
  },
  'interval-too-long': {
    code: '4002',
    text: 'L’intervallo supera 366 giorni, estremi compresi.',
    field: 'dataFineIntervallo',
    remedy: 'Chiedere più intervalli.',
  },
};

/**
 * The day that a refusal refers to, as a sentence appended to its text: the request does not show which day its date
 * was compared with. Empty for refusals without such a day.
 * @param written how the entrance writes a day
 */
export function campaignDay(
  refusal: string,
  { campaignStart, campaignEnd }: Campaign,
  written: (day: IsoDate) => string = (day) => day,
): string {
  if (refusal === 'executed-before-campaign') return ` Primo giorno: ${written(campaignStart)}.`;
  if (refusal !== 'executed-after-campaign' || campaignEnd === undefined) return '';
  return ` Ultimo giorno: ${written(campaignEnd)}.`;
}

/** Why an operation on a substitution is refused [T-2]. */
export type SubstitutionRefusal =
  | 'not-permitted'
  | 'term-reversed'
  | 'term-too-long'
  | 'term-over'
  | 'term-too-far'
  | 'same-doctor'
  | 'substitute-form'
  | 'substitute-no-doctor'
  | 'unknown-titular'
  | 'already-named'
  | 'too-many'
  | 'none-in-force';

/** The outcome in the access log: the code of the answer if it has one, otherwise the word. */
export function substitutionOutcome(refusal: SubstitutionRefusal): string {
  return refusal === 'not-permitted' ? REFUSALS[refusal].code : refusal;
}
