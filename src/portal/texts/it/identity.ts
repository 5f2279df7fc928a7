/** Signing in by SPID and CIE, and the first page of a citizen. */
import { timeInWords } from '../dates.js';

export const identity = {
  title: 'Accedi con la tua identità digitale',
  lead: 'Per i servizi che riguardano i tuoi dati sanitari servono SPID di livello 2 oppure la carta d’identità elettronica.',
  spid: {
    heading: 'SPID',
    text: 'Scegli il tuo gestore di identità. Accedi sul suo sito, poi torni qui.',
  },
  cie: {
    heading: 'Carta d’identità elettronica (CIE)',
    text: 'Accedi sul sito del Ministero dell’interno, con la carta e il suo PIN o con l’app CieID, poi torni qui.',
    enter: 'Entra con CIE',
  },
  enterSpid: 'Entra con SPID',
  waysHeading: 'Con la tua identità digitale',
  waysNeeds: 'Per i cittadini, e per chi opera negli sportelli, nel ministero o nell’amministrazione del servizio.',
  card: {
    heading: 'Tessera sanitaria (TS-CNS) o CNS',
    text: 'Servono la tessera attivata, il suo PIN e un lettore.',
    enter: 'Entra con la tessera',
  },
  choice: {
    title: 'Come vuoi entrare?',
    legend: 'Scegli',
    hint: 'Le pagine di chi opera nel servizio e quelle dei cittadini restano separate. Per cambiare, esci e accedi di nuovo.',
    account: (roles: string) => `Con la tua utenza: ${roles}`,
    citizen: 'Come cittadino, per i tuoi dati',
    missing: 'Scegli come entrare',
  },
  taken: 'Dal gestore prendiamo solo il tuo codice fiscale: gli altri dati non sono conservati.',
  retry: 'Riprova',
  otherWays: 'Altri modi di accedere',
  outTitle: 'Nessuna sessione presso il gestore',
  out: 'Con SPID di livello 2 e con CIE il gestore non tiene aperta nessuna sessione. Per chiudere la sessione di questo servizio usa «Esci», in alto.',
  anomalies: {
    19: {
      title: 'Troppi tentativi',
      lead: 'Il tuo gestore ha ricevuto credenziali sbagliate troppe volte. Controlla le credenziali sul suo sito, poi riprova.',
    },
    20: {
      title: 'Serve SPID di livello 2',
      lead: 'Le tue credenziali non bastano per questo servizio. Chiedi al tuo gestore di attivare il livello 2: di solito basta la sua app.',
    },
    21: {
      title: 'Il tempo è scaduto',
      lead: 'L’accesso sul sito del gestore ha richiesto troppo tempo. Riprova.',
    },
    22: {
      title: 'Non hai dato il consenso',
      lead: 'Per riconoscerti il servizio ha bisogno del tuo codice fiscale, e di nient’altro. Se sei d’accordo, riprova e autorizza l’invio.',
    },
    23: {
      title: 'Identità sospesa o bloccata',
      lead: 'Il tuo gestore dice che la tua identità è sospesa, revocata o bloccata. Rivolgiti al gestore.',
    },
    25: {
      title: 'Accesso annullato',
      lead: 'Hai annullato l’accesso sul sito del gestore. Puoi riprovare quando vuoi.',
    },
    30: {
      title: 'Usa la tua identità personale',
      lead: 'Hai usato un’identità di un altro tipo, per esempio professionale. Per i tuoi dati serve la tua identità personale.',
    },
  },
  ours: {
    title: 'Il problema è nostro',
    lead: 'Il gestore non ha accettato la richiesta di questo servizio. Non dipende da te: il problema è stato registrato.',
  },
  busy: {
    title: 'Troppi accessi in corso',
    lead: 'Dalla tua rete sono partite troppe richieste di accesso che aspettano ancora una risposta. Riprova tra qualche minuto.',
  },
  invalid: {
    title: 'Accesso non riuscito',
    lead: 'La risposta del gestore non è valida, quindi non possiamo riconoscerti. Riprova; se succede ancora, scegli un altro modo di accedere.',
  },
  'unknown-request': {
    title: 'Accesso da ripetere',
    lead: 'La richiesta di accesso è scaduta, è già stata usata o è partita da un altro browser. Comincia di nuovo da qui.',
  },
  'no-codice-fiscale': {
    title: 'Codice fiscale mancante',
    lead: 'Il gestore non ha comunicato un codice fiscale italiano di persona fisica: il servizio non può riconoscerti.',
  },
};

export const citizen = {
  title: 'La tua area personale',
  signedIn: 'Hai effettuato l’accesso con:',
  methods: {
    spid: 'SPID',
    cie: 'carta d’identità elettronica',
    card: 'tessera sanitaria o carta nazionale dei servizi',
  },
  codiceFiscale: 'Codice fiscale',
  ends: (at: Date) => `La sessione finisce alle ${timeInWords(at)} se non apri altre pagine.`,
};
