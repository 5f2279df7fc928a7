/** The frame of every page, forms, and errors. */
import { timeInWords } from '../dates.js';

export const frame = {
  service: 'Passerella',
  tagline: 'Test sierologici del personale scolastico',
  ownTagline: 'Opposizione al pregresso del Fascicolo sanitario',
  owner: 'Servizio sanitario nazionale',
  skip: 'Vai al contenuto',
  mainMenu: 'Menu principale',
  signIn: 'Accedi',
  signOut: 'Esci',
  profile: 'Il tuo profilo',
  footer: 'Link utili',
  accessibilityDeclaration: 'Dichiarazione di accessibilità',
  sessionEnds: (at: Date) => `Se non apri altre pagine la sessione finisce alle ${timeInWords(at)}.`,
};

export const roles = {
  doctor: 'medico',
  asl_operator: 'operatore ASL',
  ministry_uploader: 'utente del ministero',
  ministry_administrator: 'amministratore del ministero',
  intermediary: 'operatore di sportello',
  administrator: 'amministratore',
  auditor: 'revisore',
};

export const form = {
  problemHeading: 'C’è un problema',
  errorPrefix: 'Errore:',
  titlePrefix: 'Errore: ',
  otherHolder:
    'Questa pagina è stata aperta con un’altra utenza: non è stato inviato nulla. Controlla i dati e, se sono tuoi, inviali di nuovo.',
  dayMissing: (label: string) => `${label}: scrivi giorno, mese e anno, per esempio 7 9 2020`,
  dayForm: (label: string) =>
    `${label}: manca una parte, o non è un numero. Scrivi giorno, mese e anno, per esempio 7 9 2020`,
  noSuchDay: (label: string, day: string) => `${label}: nel calendario non c’è il giorno ${day}`,
  day: 'Giorno',
  month: 'Mese',
  year: 'Anno',
};

export const errors = {
  otherRole: (role: string) => `Stai operando come ${role}: questa pagina è per chi ha un altro ruolo.`,
  changeRole: 'Cambia ruolo',
  noOtherRole: 'Se ti serve, chiedi all’amministratore del servizio di abilitare la tua utenza.',
  toStart: 'Vai alla pagina iniziale',
  requestId: 'Se scrivi all’assistenza, indica questo codice:',
  400: {
    title: 'Richiesta non valida',
    remedy:
      'Il servizio non ha capito i dati inviati e non ha registrato nulla. Apri di nuovo la pagina e riprova; se succede ancora, scrivi all’assistenza.',
  },
  403: {
    title: 'Non puoi aprire questa pagina',
    remedy:
      'La richiesta non arriva da una pagina di questo sito: non è stato fatto nulla. Vai alla pagina iniziale e riparti da lì.',
  },
  404: {
    title: 'Pagina non trovata',
    remedy:
      'Se hai scritto l’indirizzo, controllalo. Se hai seguito un collegamento, quello che cerchi può essere stato spostato o non esserci più: riparti dalla pagina iniziale.',
  },
  405: {
    title: 'Questa pagina non si apre da sola',
    remedy: 'L’indirizzo serve solo a inviare un modulo. Vai alla pagina iniziale e usa i pulsanti delle pagine.',
  },
  413: {
    title: 'Troppi dati',
    remedy:
      'I dati inviati sono troppi per questa pagina e non è stato registrato nulla. Torna indietro e inviane meno alla volta.',
  },
  415: {
    title: 'Formato non accettato',
    remedy: 'Non è stato registrato nulla. Apri la pagina e invia i dati con il suo modulo.',
  },
  500: {
    title: 'Il servizio ha un problema',
    remedy:
      'Il problema è nostro ed è stato registrato. Riprova tra qualche minuto: se stavi inviando dati, controlla prima se risultano già inviati.',
  },
  503: {
    title: 'Il servizio non è disponibile',
    remedy:
      'In questo momento non possiamo rispondere. Riprova tra un minuto: se stavi inviando dati, controlla prima se risultano già inviati.',
  },
};
