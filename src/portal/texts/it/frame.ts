/** The frame of every page, forms, and errors. */
import { timeInWords } from '../dates.js';

export const frame = {
  service: 'Passerella',
  tagline: 'Test sierologici del personale scolastico',
  owner: 'Servizio sanitario nazionale',
  skip: 'Vai al contenuto',
  mainMenu: 'Menu principale',
  signIn: 'Accedi',
  signOut: 'Esci',
  profile: 'Il tuo profilo',
  footer: 'Link utili',
  accessibilityDeclaration: 'Dichiarazione di accessibilità',
  sessionEnds: (at: Date) => `La sessione finisce alle ${timeInWords(at)} se non apri altre pagine.`,
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
  toStart: 'Vai alla pagina iniziale',
  requestId: 'Se scrivi all’assistenza, indica questo codice:',
  400: {
    title: 'Richiesta non valida',
    remedy: 'Il servizio non ha capito i dati inviati. Torna indietro, ricarica la pagina e riprova.',
  },
  403: {
    title: 'Non puoi aprire questa pagina',
    remedy: 'La tua utenza non è abilitata, oppure la richiesta non arriva da una pagina di questo sito.',
  },
  404: {
    title: 'Pagina non trovata',
    remedy: 'Se hai scritto l’indirizzo, controllalo. Se hai seguito un link, la pagina può essere stata spostata.',
  },
  405: {
    title: 'Richiesta non valida',
    remedy: 'Questa pagina non accetta questo tipo di richiesta. Torna alla pagina iniziale.',
  },
  413: { title: 'Troppi dati', remedy: 'I dati inviati sono troppi per questa pagina. Inviane meno alla volta.' },
  415: { title: 'Formato non accettato', remedy: 'Invia i dati con il modulo della pagina.' },
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
