/** The opposition to past data: information, the steps, receipts, and what is said when a step is refused. */
import type { Channel, DecisionValue, OppositionRefusal } from '../../../opposition/index.js';
import { dayWithWeekday, instantInWords } from '../dates.js';

export interface RefusalWords {
  readonly title: string;
  readonly lead: string;
  /** Who still may, and how. */
  readonly how: string;
}

const INTERMEDIARIES =
  'Gli intermediari sono le ASL indicate dalla tua regione di assistenza e, per i naviganti, gli uffici USMAF-SASN: chiedi alla tua ASL quale ufficio riceve le opposizioni e porta un documento di identità.';

/** Total: a refusal without words does not compile. */
const refusals: Readonly<Record<OppositionRefusal, RefusalWords>> = {
  'not-permitted': {
    title: 'Non puoi usare questa funzione',
    lead: 'Chi ha effettuato l’accesso non è abilitato a esprimere l’opposizione con questa modalità.',
    how: 'Ogni persona accede con la propria identità digitale, oppure dall’area libera con i dati della propria tessera.',
  },
  'invalid-identifier': {
    title: 'Identificativo non valido',
    lead: 'L’identificativo non è un codice fiscale o un codice STP formalmente corretto: non è stato registrato nulla.',
    how: 'Controlla il codice sulla tessera o sul documento. Se è scritto giusto, rivolgiti alla tua ASL.',
  },
  'notice-not-acknowledged': {
    title: 'Prima leggi l’informativa',
    lead: 'Non è stato registrato nulla: prima della scelta devi leggere l’informativa e confermare di averla letta.',
    how: 'Apri l’informativa, conferma di averla letta e ripeti la scelta.',
  },
  'notice-changed': {
    title: 'L’informativa è cambiata',
    lead: 'Non è stato registrato nulla: dopo la tua conferma è stato pubblicato un nuovo testo.',
    how: 'Leggi il nuovo testo, conferma di averlo letto e ripeti la scelta.',
  },
  'notice-expired': {
    title: 'Conferma di nuovo l’informativa',
    lead: 'Non è stato registrato nulla: la conferma dell’informativa vale un’ora, e per una sola scelta.',
    how: 'Apri l’informativa, conferma di averla letta e ripeti la scelta.',
  },
  'wrong-channel': {
    title: 'Usa l’altra modalità di accesso',
    lead: 'Questa modalità di accesso non è prevista per il tuo identificativo: non è stato registrato nulla.',
    how: 'Con un codice STP si accede dall’area libera, con i dati del codice. Con un codice fiscale si accede con SPID, CIE o TS-CNS, oppure dall’area libera con la tessera sanitaria.',
  },
  'not-for-another': {
    title: 'Puoi agire solo per te',
    lead: 'Non è stato registrato nulla: solo un intermediario può esprimere l’opposizione di un’altra persona.',
    how: `Chi non può farlo da sé si rivolge a un intermediario. ${INTERMEDIARIES}`,
  },
  'office-not-authorised': {
    title: 'Ufficio non abilitato per questa persona',
    lead: 'L’ufficio non è tra gli intermediari indicati dalla regione di assistenza della persona.',
    how: 'La persona può accedere da sé, o rivolgersi a un ufficio indicato dalla sua regione di assistenza.',
  },
  'operator-not-of-office': {
    title: 'Operatore non abilitato per l’ufficio',
    lead: 'L’operatore non risulta abilitato per questo ufficio.',
    how: 'L’abilitazione si chiede all’amministratore del servizio.',
  },
  'unknown-person': {
    title: 'Non risulti assistito',
    lead: 'Il tuo codice non risulta nell’anagrafe degli assistiti del Servizio sanitario nazionale.',
    how: 'Se hai l’assistenza sanitaria, chiedi alla tua ASL di controllare i tuoi dati. Se la riattivi, puoi esprimere l’opposizione entro 30 giorni, presso un intermediario.',
  },
  deceased: {
    title: 'La persona risulta deceduta',
    lead: 'Per una persona deceduta non è possibile esprimere l’opposizione.',
    how: 'Se è un errore, chiedi alla tua ASL di correggere l’anagrafe degli assistiti.',
  },
  minor: {
    title: 'Potrai esprimerti da maggiorenne',
    lead: 'Risulti minorenne: l’opposizione non può essere espressa, nemmeno da un genitore.',
    how: 'Hai 30 giorni dal compimento dei 18 anni, in qualsiasi momento avvenga: con SPID, CIE o TS-CNS, dall’area libera, oppure presso un intermediario.',
  },
  'not-in-care': {
    title: 'Non hai l’assistenza sanitaria',
    lead: 'Non risulti avere l’assistenza sanitaria del Servizio sanitario nazionale, e non risulta una tua scelta precedente.',
    how: `Se riattivi l’assistenza, puoi esprimere l’opposizione entro 30 giorni dalla riattivazione, presso un intermediario. ${INTERMEDIARIES}`,
  },
  'not-yet-open': {
    title: 'La funzione non è ancora aperta',
    lead: 'Il periodo per esprimere l’opposizione non è ancora cominciato.',
    how: 'Torna nei giorni indicati nella pagina del servizio.',
  },
  'term-over': {
    title: 'Il termine è scaduto',
    lead: 'Il periodo per esprimere l’opposizione è finito.',
    how: 'Dopo il termine può esprimersi solo chi è diventato maggiorenne, o ha riattivato l’assistenza sanitaria, nei 30 giorni precedenti, e non si è mai espresso.',
  },
  'operator-only': {
    title: 'Rivolgiti a un intermediario',
    lead: 'Hai riattivato l’assistenza sanitaria da meno di 30 giorni: puoi esprimere l’opposizione, ma solo presso un intermediario.',
    how: INTERMEDIARIES,
  },
  'already-expressed': {
    title: 'Ti sei già espresso',
    lead: 'Risulta una tua scelta precedente. Fuori dal periodo di apertura vale l’ultima che hai espresso.',
    how: 'La scelta può essere cambiata solo se viene aperto un nuovo periodo.',
  },
  'already-opposed': {
    title: 'L’opposizione è già registrata',
    lead: 'In questo periodo hai già espresso l’opposizione: non serve ripeterla.',
    how: 'Fino alla fine del periodo puoi ancora revocarla.',
  },
  'nothing-to-revoke': {
    title: 'Non c’è un’opposizione da revocare',
    lead: 'Non risulta un’opposizione da revocare: la tua scelta attuale permette già il caricamento.',
    how: 'Fino alla fine del periodo puoi ancora esprimere l’opposizione.',
  },
  'revocation-closed': {
    title: 'La revoca non è più possibile',
    lead: 'L’opposizione può essere revocata solo nel periodo di apertura della funzione, che ora è chiusa.',
    how: 'La scelta può essere cambiata solo se viene aperto un nuovo periodo.',
  },
  'too-many-lookups': {
    title: 'Troppe verifiche',
    lead: 'Sono state verificate molte persone senza registrare una scelta.',
    how: 'Riprova tra qualche minuto.',
  },
  'not-possible-here': {
    title: 'In quest’area non è possibile',
    lead: 'Dall’area libera non è possibile registrare la scelta. Non è stato registrato nulla.',
    how: `Puoi accedere con SPID, CIE o TS-CNS, dove trovi anche il motivo, oppure rivolgerti a un intermediario. ${INTERMEDIARIES}`,
  },
};

const CHOICES: Readonly<Record<DecisionValue, string>> = {
  opposition: 'Mi oppongo al caricamento nel mio Fascicolo sanitario elettronico dei dati fino al 18 maggio 2020',
  revocation: 'Revoco l’opposizione: i dati fino al 18 maggio 2020 possono essere caricati nel mio Fascicolo',
};

const VALUES: Readonly<Record<DecisionValue, string>> = { opposition: 'Opposizione', revocation: 'Revoca opposizione' };

const CHANNELS: Readonly<Record<Channel, string>> = {
  digital_identity: 'identità digitale',
  free_area_card: 'area libera, con la tessera sanitaria',
  free_area_stp: 'area libera, con il codice STP',
  operator: 'intermediario',
};

export const opposition = {
  title: 'Opposizione al pregresso',
  refusals,
  valueInWords: (value: DecisionValue) => VALUES[value],
  choiceInWords: (value: DecisionValue) => CHOICES[value],
  channelInWords: (channel: Channel) => CHANNELS[channel],
  away: {
    title: 'Il registro delle opposizioni non è raggiungibile',
    remedy:
      'Il resto del sito funziona. Riprova tra qualche minuto: se stavi confermando una scelta, ripeti la conferma, che non viene registrata due volte.',
  },
  openUntil: (day: string) => `Puoi esprimere la scelta fino a ${dayWithWeekday(day)}, compreso.`,
  changeableUntil: (day: string) => `La scelta può essere cambiata fino a ${dayWithWeekday(day)}, compreso.`,
  notChangeable: 'La scelta non può più essere cambiata, salvo l’apertura di un nuovo periodo.',
  toService: 'Chi può opporsi e come',

  service: {
    title: 'Opposizione al caricamento dei dati sanitari del passato',
    lead: 'Puoi opporti al caricamento automatico, nel tuo Fascicolo sanitario elettronico (FSE), dei dati e documenti sanitari che riguardano prestazioni del Servizio sanitario nazionale fino al 18 maggio 2020.',
    whenHeading: 'Fino a quando',
    open: (from: string, to: string) =>
      `La funzione è aperta da ${dayWithWeekday(from)} a ${dayWithWeekday(to)}, compresi. Fino all’ultimo giorno puoi anche cambiare la scelta: vale l’ultima.`,
    toCome: (from: string, to: string) =>
      `La funzione sarà aperta da ${dayWithWeekday(from)} a ${dayWithWeekday(to)}, compresi.`,
    past: (day: string) => `L’ultimo periodo è finito ${dayWithWeekday(day)}.`,
    none: 'Le date non sono ancora state stabilite.',
    whoHeading: 'Chi può opporsi',
    who: [
      'Mentre la funzione è aperta: chi ha l’assistenza sanitaria del Servizio sanitario nazionale, e chi si è già espresso in un periodo precedente, anche se oggi non è più assistito.',
      'Chi diventa maggiorenne: entro 30 giorni dal compimento dei 18 anni, anche quando la funzione è chiusa.',
      'Chi riattiva l’assistenza sanitaria e non si è mai espresso: entro 30 giorni dalla riattivazione, presso un intermediario.',
    ],
    minors: 'I minorenni non possono opporsi, e nemmeno i genitori per loro.',
    nothingHeading: 'Se non fai nulla',
    nothing:
      'Le strutture sanitarie possono caricare nel tuo Fascicolo anche i documenti prodotti prima del 19 maggio 2020. Non serve alcuna comunicazione.',
    afterHeading: 'Se ti opponi',
    after:
      'Alla fine del periodo la tua regione di assistenza riceve la tua opposizione, e i documenti prodotti prima del 19 maggio 2020 non vengono caricati.',
    excludedHeading: 'Che cosa è escluso',
    excluded: [
      'I documenti già caricati nel Fascicolo della tua regione, per i quali avevi dato uno specifico consenso.',
      'Le prescrizioni e le erogazioni di farmaci e di prestazioni specialistiche rese disponibili nel Fascicolo.',
    ],
    waysHeading: 'Come si fa',
    ways: 'Servono pochi minuti: leggi l’informativa, scegli, controlli e confermi. Alla fine scarichi la ricevuta.',
    identity: 'Accedi con la tua identità digitale',
    identityText: 'Con SPID, CIE o TS-CNS vedi anche la tua scelta attuale e quelle precedenti.',
    freeArea: 'Entra dall’area libera',
    freeAreaText: 'Se non hai un’identità digitale: con i dati della tessera sanitaria o del codice STP.',
    intermediaryHeading: 'Presso un intermediario',
    intermediary: INTERMEDIARIES,
  },

  steps: {
    label: 'Passaggi',
    names: ['Informativa', 'Scelta', 'Controllo', 'Ricevuta'],
    of: (step: number, steps: number) => `Passo ${step} di ${steps}`,
  },
  start: {
    lead: 'Puoi esprimere la tua scelta sul caricamento nel Fascicolo sanitario elettronico dei dati fino al 18 maggio 2020.',
    may: 'Adesso puoi:',
    opposition: 'esprimere l’opposizione',
    revocation: 'revocare l’opposizione',
    late: 'La funzione è chiusa, ma tu puoi ancora esprimere l’opposizione, perché sei diventato maggiorenne da meno di 30 giorni. Viene comunicata subito alla tua regione.',
    goOn: 'Comincia',
  },
  notice: {
    title: 'Informativa',
    version: (version: number, publishedAt: Date) =>
      `Versione ${version}, pubblicata il ${instantInWords(publishedAt)}, in italiano.`,
    read: 'Ho letto l’informativa',
    unread: 'Conferma di avere letto l’informativa',
    goOn: 'Continua',
    none: 'Informativa non ancora pubblicata',
    noneText: 'La scelta si può esprimere solo dopo la pubblicazione dell’informativa. Riprova più tardi.',
    again: 'Apri l’informativa',
  },
  choice: {
    title: 'La tua scelta',
    legend: 'Che cosa vuoi fare?',
    missing: 'Indica la tua scelta',
    goOn: 'Continua',
  },
  check: {
    title: 'Controlla e conferma',
    lead: 'Non è ancora stato registrato nulla.',
    person: (identifier: string) => (identifier.startsWith('STP') ? 'Codice STP' : 'Codice fiscale'),
    choice: 'Scelta',
    way: 'Accesso',
    notice: 'Informativa',
    noticeRead: (version: number, at: Date) => `versione ${version}, letta il ${instantInWords(at)}`,
    until: 'Può essere cambiata',
    untilDay: (day: string) => `fino a ${dayWithWeekday(day)}, compreso`,
    notLater: 'no: la scelta è comunicata subito alla tua regione',
    confirm: 'Conferma e registra',
    change: 'Modifica',
    changeObject: ' la scelta',
    otherSession:
      'Questa pagina è stata aperta in un’altra sessione: non è stato registrato nulla. Ricomincia dall’informativa.',
  },
  receipt: {
    title: 'Scelta registrata',
    lead: 'La tua scelta è nel registro. Conserva la ricevuta.',
    number: 'Numero della ricevuta',
    at: 'Registrata il',
    value: 'Valore registrato',
    noticeVersion: (version: number) => `versione ${version}`,
    pdfTitle: 'Ricevuta dell’opposizione al pregresso',
    what: 'Questo documento riporta ciò che è registrato nell’Anagrafe dei consensi e revoche. Il numero della ricevuta lo identifica.',
    onlyNow:
      'Puoi rivedere e scaricare questa ricevuta solo finché non esci: per motivi di riservatezza l’area libera non mostra scelte precedenti.',
    leave: 'Esci dall’area libera',
  },
  own: {
    heading: 'Opposizione al pregresso',
    none: 'Non risulta alcuna tua scelta: i dati fino al 18 maggio 2020 possono essere caricati nel tuo Fascicolo.',
    now: (value: DecisionValue, day: string) =>
      value === 'opposition'
        ? `Ti sei opposto al caricamento dei dati fino al 18 maggio 2020 (${dayWithWeekday(day)}).`
        : `Hai revocato l’opposizione (${dayWithWeekday(day)}): i dati fino al 18 maggio 2020 possono essere caricati.`,
    express: 'Esprimi la tua scelta',
    change: 'Cambia la tua scelta',
    historyHeading: 'Le tue scelte',
    day: 'Giorno',
    value: 'Scelta',
    by: 'Espressa da',
    receipt: 'Ricevuta',
    showReceipt: 'Vedi la ricevuta',
    noReceipt: '–',
  },
};

/** Regions as the Sistema TS numbers them; those of an STP code. */
export const regions: Readonly<Record<string, string>> = {
  '010': 'Piemonte',
  '020': 'Valle d’Aosta',
  '030': 'Lombardia',
  '041': 'Provincia autonoma di Bolzano',
  '042': 'Provincia autonoma di Trento',
  '050': 'Veneto',
  '060': 'Friuli-Venezia Giulia',
  '070': 'Liguria',
  '080': 'Emilia-Romagna',
  '090': 'Toscana',
  '100': 'Umbria',
  '110': 'Marche',
  '120': 'Lazio',
  '130': 'Abruzzo',
  '140': 'Molise',
  '150': 'Campania',
  '160': 'Puglia',
  '170': 'Basilicata',
  '180': 'Calabria',
  '190': 'Sicilia',
  '200': 'Sardegna',
};

export const freeArea = {
  title: 'Area libera',
  lead: 'Per esprimere l’opposizione senza identità digitale servono i dati della tessera sanitaria, oppure quelli del codice STP.',
  inside: 'Sei già entrato nell’area libera.',
  goOn: 'Continua',
  withCard: 'Ho la tessera sanitaria',
  withStp: 'Ho un codice STP',
  privacy: 'L’area libera non mostra le scelte precedenti. Per vederle accedi con SPID, CIE o TS-CNS.',
  card: {
    title: 'Entra con la tessera sanitaria',
    subject: 'Codice fiscale',
    subjectHint: 'Sedici caratteri, come sulla tessera.',
    number: 'Numero della tessera',
    numberHint: 'Venti cifre, sul retro della tessera: cominciano con 80380.',
    expiry: 'Data di scadenza della tessera',
    expiryHint: 'Per esempio: 31 12 2028',
    where: 'Dove si trovano i dati',
    picture: 'Retro della tessera sanitaria',
    pictureText:
      'Disegno del retro della tessera. In alto ci sono cognome, nome e data di nascita. In basso a sinistra c’è il numero di identificazione della tessera, di venti cifre; in basso a destra la data di scadenza. Entrambi sono messi in evidenza.',
    pictureNumber: 'Numero della tessera',
    pictureExpiry: 'Scadenza',
  },
  stp: {
    title: 'Entra con il codice STP',
    subject: 'Codice STP',
    subjectHint: 'Sedici caratteri: cominciano con STP.',
    region: 'Regione che ha rilasciato il codice',
    regionChoose: 'Scegli la regione',
    issuedOn: 'Data di rilascio del codice',
    issuedOnHint: 'È scritta sul documento con il codice. Per esempio: 7 9 2026',
  },
  enter: 'Entra',
  problems: {
    subject: 'Scrivi il codice fiscale: sedici caratteri, come sulla tessera',
    number: 'Scrivi le venti cifre del numero della tessera: cominciano con 80380',
    day: 'Scrivi giorno, mese e anno, per esempio 31 12 2028',
    issuedOn: 'Scrivi giorno, mese e anno, per esempio 7 9 2026',
    stp: 'Scrivi il codice STP: sedici caratteri, i primi tre sono STP',
    region: 'Scegli la regione',
  },
  refused:
    'Non è possibile entrare con questi dati. Controllali tutti e riprova. Dopo più tentativi occorre aspettare fino a 15 minuti.',
  busy: 'In questo momento troppe persone stanno entrando. Riprova tra qualche secondo.',
};
