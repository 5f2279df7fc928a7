/**
 * Outcomes of the metadata communication [B-1], with their Italian texts. A published code keeps its meaning, and means
 * the same in all services of the gateway.
 */
import type { OutcomeTable, OutcomeText } from '../../platform/outcome.js';

export type BlockRefusal = 'not-permitted' | 'invalid-identifier' | 'event-after-document' | 'opposed';

export const MAY_BE_FED: OutcomeText = {
  code: '0000',
  text: 'Il documento può essere inserito nel FSE.',
  remedy: 'Inserire il documento.',
};

export const BLOCK_REFUSALS: OutcomeTable<BlockRefusal> = {
  'not-permitted': {
    code: '1001',
    text: 'L’utente autenticato non è abilitato a questa operazione.',
    remedy: 'Usare il certificato di un sistema alimentante.',
  },
  'invalid-identifier': {
    code: '2001',
    text: 'L’identificativo dell’assistito non è formalmente corretto: il carattere di controllo non corrisponde.',
    field: 'identificativoAssistito',
    remedy: 'Verificare il codice sulla tessera; non va mai ricalcolato.',
  },
  'event-after-document': {
    code: '2007',
    text: 'La data dell’evento clinico è successiva a quella di produzione del documento.',
    field: 'dataEventoClinico',
    remedy:
      'Verificare le due date. Se l’evento deve ancora avvenire, come nella lettera di invito allo screening, omettere dataEventoClinico: decide la data di produzione.',
  },
  opposed: {
    code: '5001',
    text: 'Il documento non può essere inserito nel FSE: è stato prodotto prima del 19 maggio 2020, o riguarda un evento clinico anteriore, e l’assistito si è opposto al pregresso.',
    field: 'dataProduzioneDocumento',
    remedy:
      'Non inserire il documento e non ripetere la richiesta. Sono accettati comunque le prescrizioni e le erogazioni, i documenti già caricati con specifico consenso e quelli di prestazioni non erogate dal SSN.',
  },
};
