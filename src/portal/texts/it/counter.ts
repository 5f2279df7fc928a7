/** The counters of intermediaries (ASL, USMAF-SASN). */
import type { Category } from '../../../opposition/index.js';

const categories: Readonly<Record<Category, string>> = {
  1: 'Si è già espressa in un periodo precedente: nel periodo aperto può confermare o cambiare la scelta.',
  2: 'È assistita dal Servizio sanitario nazionale e non si è mai espressa in un periodo precedente.',
  3: 'Ha riattivato l’assistenza sanitaria da meno di 30 giorni e non si è mai espressa: può farlo solo presso un intermediario.',
  4: 'È diventata maggiorenne da meno di 30 giorni e non si è mai espressa.',
};

export const counter = {
  title: 'Sportello',
  lead: 'Da qui esprimi o revochi l’opposizione al pregresso per le persone che si presentano allo sportello.',
  office: 'Ufficio',
  regions: 'Per le persone assistite da',
  begin: 'Identifica una persona',
  chooseOffice: 'Scegli l’ufficio per cui operi.',
  withdrawn: (name: string) => `Non risulti più abilitato per l’ufficio ${name}: scegline un altro.`,
  toOffices: 'Cambia ufficio o ruolo',
  subject: 'Identifica la persona',
  subjectLead: 'Prima di proseguire controlla un documento di identità: la persona deve essere presente.',
  forOffice: (name: string) => `Operi per l’ufficio ${name}.`,
  code: 'Codice fiscale o codice STP',
  codeHint:
    'Il codice fiscale ha 16 caratteri, quello provvisorio 11 cifre; il codice STP comincia con STP e ha 16 caratteri.',
  lookUp: 'Verifica',
  subjectForm: 'Controlla il codice: non è un codice fiscale o un codice STP formalmente corretto',
  recorded:
    'Ogni verifica è registrata con la tua utenza e il tuo ufficio. Dopo molte verifiche senza una scelta registrata occorre aspettare.',
  another: 'Identifica un’altra persona',
  refused: 'Non è possibile per questa persona',
  why: 'Situazione',
  may: 'Adesso la persona può',
  late: 'la scelta è comunicata subito alla regione e non può essere cambiata',
  showNotice: 'Mostra l’informativa',
  noticeLead: 'Mostra il testo alla persona, o leggilo insieme a lei, prima di proseguire.',
  noticeRead: 'La persona ha letto l’informativa, o l’ha ascoltata',
  noticeUnread: 'Conferma che la persona conosce l’informativa',
  choiceLegend: 'Qual è la scelta della persona?',
  receiptLead: 'La scelta è nel registro. Consegna la ricevuta alla persona: stampala o scarica il PDF.',
  categories,
};
