/** Sign-in, profile, session. */
import { timeInWords } from '../dates.js';
import { count } from './count.js';

export const signIn = {
  title: 'Accedi',
  lead: 'Usa il codice utente, la password e il pincode.',
  ways: 'Scegli come accedere.',
  passwordHeading: 'Con codice utente, password e pincode',
  passwordNeeds: 'Servono le tue credenziali.',
  userId: 'Codice utente',
  password: 'Password',
  pincode: 'Pincode',
  pincodeHint: 'È il codice di dieci cifre.',
  submit: 'Accedi',
  help: 'Non riesci ad accedere?',
  userIdMissing: 'Scrivi il codice utente',
  passwordMissing: 'Scrivi la password',
  pincodeMissing: 'Scrivi il pincode',
  refused: 'Codice utente, password o pincode non sono corretti, oppure l’accesso è bloccato per qualche minuto.',
  notEnabled: 'Il tuo ruolo non accede con la password: usa la carta, SPID o CIE.',
  busy: 'In questo momento troppe persone stanno accedendo. Aspetta qualche secondo e riprova.',
  needed:
    'Per aprire questa pagina devi accedere. Se la sessione è finita, dopo l’accesso torni alla pagina che stavi usando.',
  outTitle: 'Sei uscito',
  out: 'La sessione è chiusa. Se il computer è condiviso, chiudi anche il browser.',
  again: 'Accedi di nuovo',
  capacityTitle: 'In quale ruolo vuoi operare?',
  capacityHint: 'Puoi cambiarlo in qualsiasi momento dal tuo profilo.',
  capacityMissing: 'Scegli un ruolo',
  ofOffice: (role: string, { office, name }: { readonly office: string; readonly name: string }) =>
    `${role}: ${name} (${office})`,
  noOffice: 'Nessun ufficio abilitato',
  noOfficeText:
    'La tua utenza è di operatore di sportello, ma nessun ufficio indicato da una regione ti ha tra i suoi operatori. Rivolgiti all’amministratore del servizio.',
  goOn: 'Continua',
};

export const profile = {
  title: 'Il tuo profilo',
  userId: 'Codice utente',
  codiceFiscale: 'Codice fiscale',
  capacity: 'Ruolo',
  changeCapacity: 'Cambia ruolo',
  email: 'Indirizzo e-mail',
  noEmail: 'nessuno: se dimentichi la password, può aiutarti solo l’amministratore del servizio',
  sessions: 'Le tue sessioni aperte',
  sessionsLead: 'Se non riconosci una sessione, chiudila e chiedi nuove credenziali.',
  device: 'Programma',
  address: 'Indirizzo di rete',
  startedAt: 'Iniziata',
  lastSeenAt: 'Ultima pagina',
  thisOne: 'questa',
  end: 'Chiudi',
  endObject: (device: string) => ` la sessione di ${device}`,
  endOthers: 'Chiudi tutte le altre sessioni',
  ended: (number: number) => `${count(number, 'sessione chiusa', 'sessioni chiuse')}.`,
};

export const session = {
  title: 'La sessione sta per finire',
  ends: (at: Date) => `Finisce alle ${timeInWords(at)}. Se vuoi continuare a lavorare, prolungala.`,
  goOn: 'Prolunga la sessione',
  soon: (at: Date) =>
    `La sessione finisce alle ${timeInWords(at)}. Se la prolunghi, quello che hai scritto resta nella pagina.`,
  notSent:
    'La sessione era finita: quello che avevi scritto non è stato inviato e non è stato conservato. Dopo l’accesso torni alla pagina: scrivilo di nuovo, controlla e invia.',
  notSentBefore: 'La sessione era finita: quello che avevi scritto non è stato inviato. Scrivilo di nuovo.',
  over: 'La sessione è finita. Quello che hai scritto resta in questa pagina: copialo prima di accedere di nuovo.',
};
