/** One-time links, new secrets, what happened to an account lately. */
import { instantInWords } from '../dates.js';
import { count } from './count.js';

export const links = {
  forgotten: 'Hai dimenticato la password o il pincode?',
  askTitle: 'Recupera le credenziali',
  askLead:
    'Scrivi il tuo codice utente: riceverai per e-mail un collegamento, valido un’ora, per scegliere una nuova password e un nuovo pincode.',
  askSubmit: 'Invia il collegamento',
  askWithoutEmail:
    'Se la tua utenza non ha un indirizzo e-mail, o non puoi più leggerlo, chiedi all’amministratore del servizio.',
  sent: {
    title: 'Controlla la posta',
    text: 'Se l’utenza esiste e ha un indirizzo e-mail, entro qualche minuto arriva un messaggio con il collegamento. Se non arriva, controlla la posta indesiderata; poi chiedi all’amministratore del servizio. Per ogni utenza si inviano pochi messaggi al giorno.',
  },
  chooseTitle: { activation: 'Attiva la tua utenza', recovery: 'Scegli nuove credenziali' },
  chooseLead: 'Scegli la password e il pincode: servono insieme al codice utente, qui e nel tuo software gestionale.',
  chooseSubmit: 'Salva le credenziali',
  ready: {
    title: 'Credenziali salvate',
    text: 'Da ora valgono la password e il pincode che hai scelto. Le sessioni aperte prima sono state chiuse. Se usi un software gestionale, aggiornali anche lì.',
  },
  gone: {
    title: 'Il collegamento non vale più',
    text: 'È scaduto, è già stato usato, o ne è stato inviato uno più recente. Se stavi attivando l’utenza, chiedi un altro collegamento all’amministratore del servizio.',
  },
  again: 'Recupera le credenziali',
  confirmTitle: 'Conferma l’indirizzo e-mail',
  confirmLead: (address: string) =>
    `L’indirizzo ${address} sarà usato per i collegamenti e gli avvisi della tua utenza.`,
  confirmSubmit: 'Conferma',
  confirmed: {
    title: 'Indirizzo confermato',
    text: 'Da ora i messaggi della tua utenza arrivano a questo indirizzo. All’indirizzo di prima, se c’era, è stato inviato un avviso.',
  },
  toSignIn: 'Accedi',
};

export const secrets = {
  titles: { password: 'Cambia la password', pincode: 'Cambia il pincode', email: 'Cambia l’indirizzo e-mail' },
  changeLead: 'Dopo il cambio si chiudono le altre sessioni. Se usi un software gestionale, aggiorna anche quello.',
  emailLead:
    'Inviamo un collegamento al nuovo indirizzo: vale dal momento in cui lo confermi. All’indirizzo di prima arriva un avviso.',
  presentPassword: 'Password attuale',
  presentPincode: 'Pincode attuale',
  presentPasswordMissing: 'Scrivi la password attuale',
  presentPincodeMissing: 'Scrivi il pincode attuale',
  newPassword: 'Nuova password',
  newPincode: 'Nuovo pincode',
  newMissing: { password: 'Scrivi la nuova password', pincode: 'Scrivi il nuovo pincode' },
  email: 'Nuovo indirizzo e-mail',
  passwordHint:
    'Da 12 a 128 caratteri, di qualsiasi tipo; non il codice utente, né la password attuale. Gli spazi contano, anche all’inizio e alla fine. Puoi incollarla da un gestore di password.',
  pincodeHint: 'Dieci cifre, non tutte uguali e non in fila (come 1234567890); non il pincode attuale.',
  repeat: { password: 'Ripeti la nuova password', pincode: 'Ripeti il nuovo pincode' },
  repeatWrong: {
    password: 'Le due password non sono uguali: scrivi la stessa due volte',
    pincode: 'I due pincode non sono uguali: scrivi lo stesso due volte',
  },
  submit: 'Salva',
  back: 'Torna al profilo',
  show: 'Mostra',
  hide: 'Nascondi',
  presentWrong: 'La password o il pincode attuali non sono corretti, oppure l’accesso è bloccato per qualche minuto.',
  tooManyAddresses: 'Hai già chiesto cinque cambi di indirizzo in un giorno: riprova domani.',
  emailForm: 'Scrivi un indirizzo e-mail completo, come nome@example.it',
  faults: {
    'password-length': 'La password deve avere da 12 a 128 caratteri',
    'password-control': 'La password contiene un carattere che non si vede: scrivila o incollala di nuovo',
    'password-is-user': 'La password non può essere il codice utente',
    'password-same': 'La nuova password è uguale a quella attuale: scegline un’altra',
    'pincode-form': 'Il pincode deve avere dieci cifre',
    'pincode-same': 'Il nuovo pincode è uguale a quello attuale: scegline un altro',
    'pincode-plain': 'Il pincode è troppo facile da indovinare: scegli altre cifre',
  },
  done: {
    password: 'La password è cambiata. Le altre sessioni sono state chiuse.',
    pincode: 'Il pincode è cambiato. Le altre sessioni sono state chiuse.',
    email: 'Abbiamo inviato un collegamento al nuovo indirizzo: aprilo entro un giorno per confermarlo.',
  },
};

export const lately = {
  first: 'È il tuo primo accesso a questo sito.',
  last: (at: Date) => `Il tuo accesso precedente: ${instantInWords(at)}.`,
  failures: (number: number) =>
    `Da allora ${number === 1 ? 'c’è stato' : 'ci sono stati'} ${count(number, 'tentativo non riuscito', 'tentativi non riusciti')} di accesso alla tua utenza.`,
  /** On a first access: there is no earlier one to count from. */
  failuresBefore: (number: number) =>
    `${number === 1 ? 'C’è già stato' : 'Ci sono già stati'} ${count(number, 'tentativo non riuscito', 'tentativi non riusciti')} di accesso alla tua utenza.`,
  changed: (at: Date) => `Le credenziali o l’indirizzo e-mail della tua utenza sono cambiati: ${instantInWords(at)}.`,
  notYou: 'Se non sei stato tu, cambia la password e avvisa l’amministratore del servizio.',
  accesses: 'Vedi gli accessi',
};
