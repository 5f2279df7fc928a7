/** Tests of several persons at once. */
import { count } from './count.js';

export const several = {
  title: 'Comunica più test',
  link: 'Comunica più test insieme',
  lead: (most: number) =>
    `Un giorno solo, più assistiti: al massimo ${most} per volta. Prima dell’invio controlli tutto.`,
  typed: 'Codici fiscali degli assistiti',
  typedHint: 'Uno per riga. Se preferisci, lascia vuoto e scegli gli assistiti dall’elenco qui sotto.',
  typedForm: (lines: readonly number[]) =>
    `${lines.length === 1 ? 'Controlla la riga' : 'Controlla le righe'} ${lines.join(', ')}: il codice fiscale ha sedici caratteri, o undici cifre se provvisorio. Attenzione a non scambiare O e 0, oppure I e 1`,
  nobody: 'Scegli almeno un assistito dall’elenco, o scrivi il suo codice fiscale',
  tooMany: (number: number, most: number) =>
    `Gli assistiti sono ${number}: se ne possono comunicare al massimo ${most} per volta. Togline qualcuno e comunicalo dopo.`,
  fromList: 'Scegli dall’elenco',
  chosen: 'Assistiti già scelti',
  chosenNumber: (number: number) =>
    number === 1
      ? '1 assistito scelto, che non è in questa pagina'
      : `${number} assistiti scelti, che non sono in questa pagina`,
  choose: 'Scegli',
  goOn: 'Continua',
  checkTitle: 'Controlla i test prima di inviare',
  number: (number: number) => count(number, 'test', 'test'),
  checkCaption: 'Test da comunicare',
  notListed: '–',
  check: 'Controllo',
  fine: 'si può comunicare',
  notFine: 'Non si può comunicare',
  someNotFine: (number: number) =>
    `${count(number, 'test', 'test')} non si ${number === 1 ? 'può' : 'possono'} comunicare: il motivo è nella riga. Modifica, oppure invia: gli altri test si registrano, questi restano nel modulo.`,
  already: (number: number) => `già comunicato con il numero ${number}: non si invia di nuovo`,
  send: 'Conferma e invia',
  change: 'Modifica',
  changeObject: ' giorno e assistiti',
  outcome: {
    title: 'Esito dell’invio di più test',
    done: (number: number) => count(number, 'test registrato', 'test registrati'),
    alreadyDone: (number: number) => count(number, 'test già registrato', 'test già registrati'),
    refused: (number: number) => count(number, 'test non registrato', 'test non registrati'),
    caption: 'Esito per ogni assistito',
    result: 'Esito',
    registered: 'Registrato',
    already: 'Era già registrato: non è stato inviato di nuovo',
    cancelled: 'Registrato e poi annullato',
    notRegistered: 'Non registrato',
    bySubstitute: (doctor: string) => `, comunicato dal sostituto ${doctor}`,
    correct: 'Correggi i test non registrati',
    another: 'Comunica altri test',
    list: 'Vai ai test comunicati',
  },
};
