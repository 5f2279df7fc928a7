/** The ASLs’ pages. */
import type { AslRefusal } from '../../../asl/index.js';
import { count } from './count.js';

export const asl = {
  title: 'ASL',
  /** What a person can do about each refusal. */
  remedies: {
    'not-permitted': 'Accedi con l’utenza di un operatore ASL.',
    'not-the-caller': 'Esci, accedi con la tua utenza e ripeti l’operazione.',
    'no-asl': 'Chiedi all’amministratore del servizio di attribuire l’ASL alla tua utenza.',
    'executed-in-future':
      'Controlla il giorno: si comunicano i test eseguiti dal primo giorno della campagna fino a oggi.',
    'executed-before-campaign': 'Controlla il giorno, e anche l’anno.',
    'executed-after-campaign': 'Controlla il giorno: si comunicano solo i test eseguiti durante la campagna.',
    'not-a-day': 'Scrivi giorno, mese e anno, per esempio 7 9 2020.',
    'not-a-count': 'Controlla le cifre: scrivi quanti test sono stati eseguiti in quel giorno, 0 se nessuno.',
  } satisfies Readonly<Record<AslRefusal, string>>,
  actingFor: (asl: string) => `Operi per ${asl}.`,
  exchange: {
    title: 'Scambio File',
    link: 'Scarica i file',
    lead: 'I numeri con cui distribuire i test: quanti assistiti sono personale scolastico, medico per medico.',
    doctorNumbers: {
      title: 'Numero di assistiti per medico',
      text: 'Una riga per ogni medico dell’ASL, anche con zero assistiti.',
      columns: 'Colonne: codice_fiscale_medico, numero_assistiti.',
    },
    unmatched: {
      title: 'Numero di assistiti senza medico',
      text: 'Una riga per ogni file del ministero elaborato. La stessa persona può essere in più file: le righe non si sommano.',
      columns: 'Colonne: elaborazione, tracciato, data_elaborazione, numero_assistiti_senza_medico.',
    },
    download: 'Scarica (CSV)',
    recorded: 'Ogni file scaricato è registrato con data, ora e utenza.',
  },
  tests: {
    title: 'Test giornalieri',
    link: 'Numeri già comunicati',
    lead: 'Quanti test sierologici l’ASL ha eseguito, giorno per giorno. Di un giorno conta l’ultimo numero comunicato.',
    none: 'L’ASL non ha ancora comunicato nessun numero.',
    latest: (tests: number, day: string) => `Ultimo giorno comunicato: ${day}, ${count(tests, 'test', 'test')}.`,
    caption: 'Numeri comunicati',
    executedOn: 'Giorno',
    number: 'Test eseguiti',
    communicatedAt: 'Comunicato il',
    state: 'Stato',
    current: 'in vigore',
    replaced: 'sostituito',
    transaction: 'Numero della comunicazione',
  },
  send: {
    title: 'Comunica i test di un giorno',
    lead: 'Scrivi quanti test l’ASL ha eseguito in un giorno. Se il numero cambia, comunicalo di nuovo: conta l’ultimo.',
    day: 'Giorno in cui sono stati eseguiti i test',
    dayHint: 'Per esempio: 7 9 2020',
    number: 'Numero di test eseguiti',
    numberHint: 'Solo cifre, da 0 a 99999: 0 se nessuno.',
    numberFaults: {
      missing: 'Scrivi il numero di test eseguiti, 0 se nessuno',
      tooLarge: 'Il numero è troppo grande: scrivi un numero da 0 a 99999',
      negative: 'Il numero non può essere negativo: scrivi quanti test l’ASL ha eseguito, 0 se nessuno',
      separators: (digits: string) => `Scrivi il numero senza punti né virgole: ${digits}`,
      fraction: 'Scrivi un numero intero, senza virgola',
      form: 'Scrivi il numero con le sole cifre, per esempio 125',
    },
    goOn: 'Continua',
    checkTitle: 'Controlla il numero prima di inviare',
    replaces: (tests: number, at: string) =>
      `Per questo giorno è già comunicato un numero: ${count(tests, 'test', 'test')}, il ${at}. Il nuovo numero lo sostituisce.`,
    send: 'Conferma e invia',
    change: 'Modifica',
    changeObject: ' giorno e numero',
    another: 'Comunica un altro giorno',
  },
  receipt: {
    title: 'Numero comunicato',
    lead: 'Il numero è registrato.',
    replaced: 'Questo numero non conta più: per lo stesso giorno ne è stato comunicato un altro.',
    transaction: 'Numero della comunicazione',
    asl: 'ASL',
    executedOn: 'Giorno',
    number: 'Test eseguiti',
    communicatedAt: 'Comunicato il',
    list: 'Vai ai numeri comunicati',
  },
};
