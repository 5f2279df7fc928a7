/** The accesses to one's own account: each operation, outcome and caller that its holder can see, in words. */
import type { OperationName, POLICY, Role } from '../../../auth/index.js';

type CallersOf<Name extends OperationName> = keyof (typeof POLICY)[Name]['callers'];

/** Operations of holders of accounts, and on their accounts: rows with their user id. */
export type HolderOperation =
  | { [Name in OperationName]: Extract<CallersOf<Name>, Role> extends never ? never : Name }[OperationName]
  | Extract<OperationName, `account-${string}`>;

const OPERATIONS: Readonly<Record<HolderOperation, string>> = {
  'session-begin': 'Accesso al sito',
  'session-capacity': 'Scelta del ruolo',
  'session-list': 'Consultazione del profilo',
  'session-end': 'Uscita dal sito',
  'secrets-ask': 'Richiesta di nuove credenziali',
  'secrets-set': 'Scelta delle credenziali con un collegamento',
  'secrets-change': 'Cambio di password o pincode',
  'address-change': 'Richiesta di cambio dell’indirizzo e-mail',
  'address-confirm': 'Conferma dell’indirizzo e-mail',
  'own-accesses': 'Consultazione dei propri accessi',
  'account-mail': 'Invio di un messaggio e-mail',
  'account-create': 'Creazione dell’utenza',
  'account-grant': 'Aggiunta di un ruolo',
  'account-withdraw': 'Revoca di un ruolo',
  'account-assign': 'Assegnazione a una ASL',
  'account-reset': 'Nuove credenziali date dall’amministratore',
  'account-suspend': 'Sospensione dell’utenza',
  'account-restore': 'Riattivazione dell’utenza',
  'account-unlock': 'Sblocco dopo tentativi errati',
  'account-address': 'Indirizzo e-mail cambiato dall’amministratore',
  'account-invite': 'Invio del collegamento di attivazione',
  'account-link': 'Consegna di un collegamento di attivazione',
  'account-remove': 'Eliminazione dell’utenza',
  'substitution-add': 'Nomina di un sostituto',
  'substitution-check': 'Controllo prima di nominare un sostituto',
  'substitution-revoke': 'Revoca di un sostituto',
  'substitution-list': 'Elenco dei sostituti',
  'substitution-received': 'Elenco dei medici da sostituire',
  'patient-list': 'Elenco degli assistiti',
  'test-check': 'Controllo prima di comunicare',
  'test-submission': 'Comunicazione di un test',
  'test-cancellation': 'Annullamento di un test',
  'test-list': 'Elenco dei test',
  'test-receipt': 'Ricevuta di un test',
  'asl-doctor-numbers': 'Numero degli assistiti per medico',
  'asl-unmatched-numbers': 'Persone senza medico',
  'asl-daily-submission': 'Comunicazione del numero di test',
  'asl-daily-list': 'Numeri di test comunicati',
  'roster-upload': 'Caricamento di un file del personale scolastico',
  'roster-list': 'Elenco dei file del personale scolastico',
  'roster-result': 'Esito di un file del personale scolastico',
  'log-search': 'Ricerca nel registro degli accessi',
  'office-own': 'Scelta dello sportello',
  'opposition-express': 'Registrazione di un’opposizione o di una revoca',
  'opposition-eligibility': 'Controllo prima di registrare un’opposizione',
  'opposition-receipt': 'Ricevuta di una scelta sull’opposizione, mostrata di nuovo',
  'notice-read': 'Lettura dell’informativa',
};

/** Codes of the answers, and words of the log. */
const OUTCOMES: Readonly<Record<string, string>> = {
  ...{ '0000': 'eseguita', changed: 'eseguita', recorded: 'eseguita', received: 'eseguita', others: 'eseguita' },
  repeated: 'era già registrata',
  '1001': 'non permessa a questo ruolo',
  '1002': 'non eseguita: il medico indicato era un altro',
  '1003': 'non eseguita: nessuna sostituzione in vigore',
  '1004': 'non eseguita: nessuna ASL attribuita',
  '2001': 'non eseguita: codice fiscale non corretto',
  '2002': 'non eseguita: giorno futuro',
  '2003': 'non eseguita: giorno prima della campagna',
  '2004': 'non eseguita: persona non in elenco',
  '2005': 'era già registrata',
  '2006': 'non eseguita: giorno dopo la campagna',
  '3001': 'non eseguita: test non trovato',
  '3002': 'era già annullato',
  '3003': 'non eseguita: test di un’altra persona',
  '4001': 'non eseguita: giorni in ordine inverso',
  '4002': 'non eseguita: periodo troppo lungo',
  '6001': 'non eseguita: giorno non valido',
  '6002': 'non eseguita: numero non valido',
  'sign-in:credentials': 'credenziali errate',
  'sign-in:busy': 'non eseguita: troppi accessi insieme',
  'sign-in:not-enabled': 'accesso non abilitato in questo modo',
  'sign-in:certificate-expired': 'accesso rifiutato: carta scaduta',
  'sign-in:certificate-revoked': 'accesso rifiutato: carta revocata o sospesa',
  passage: 'accesso non completato',
  'nothing-sent': 'nessun messaggio inviato',
  'unknown-link': 'il collegamento non valeva più',
  'session-over': 'non eseguita: la sessione era finita',
  'password-same': 'non eseguita: password uguale alla precedente',
  'pincode-same': 'non eseguita: pincode uguale al precedente',
  'email-form': 'non eseguita: indirizzo e-mail non valido',
  'too-many-addresses': 'non eseguita: troppe richieste in un giorno',
  'no-email': 'non eseguita: nessun indirizzo e-mail',
  'account-suspended': 'non eseguita: utenza sospesa',
  'mail-late': 'messaggio non inviato in tempo',
  'mail-refused': 'messaggio rifiutato dalla posta del destinatario',
  'unknown-list': 'non eseguita: elenco non tuo',
};

function wordsOf(outcome: string): string {
  const words = OUTCOMES[outcome];
  if (words !== undefined) return words;
  if (outcome.startsWith('identity:')) return 'accesso con SPID o CIE non riuscito';
  if (outcome.startsWith('sign-in:')) return 'accesso rifiutato';
  if (outcome.startsWith('password-')) return 'non eseguita: password non accettata';
  return outcome.startsWith('pincode-') ? 'non eseguita: pincode non accettato' : 'non eseguita';
}

const METHODS: Readonly<Record<string, string>> = {
  password: 'tu, con la password',
  card: 'tu, con la carta',
  spid: 'tu, con SPID',
  cie: 'tu, con CIE',
  link: 'tu, con un collegamento',
  job: 'il servizio',
};

export const accesses = {
  title: 'Accessi alla tua utenza',
  link: 'Vedi gli accessi alla tua utenza',
  lead: 'Le operazioni degli ultimi 12 mesi con il tuo codice utente, dal sito e dal software gestionale, e quelle dell’amministratore sulla tua utenza. Se non ne riconosci una, cambia la password e avvisa l’amministratore del servizio.',
  none: 'Non ci sono accessi.',
  noneThen: 'In questi giorni non ci sono accessi.',
  from: 'Dal giorno',
  to: 'Al giorno',
  dayHint: 'Se lo lasci vuoto, non c’è limite.',
  reversed: 'L’ultimo giorno viene prima del primo: scambia i due giorni',
  show: 'Mostra',
  all: 'Mostra tutti',
  at: 'Quando',
  operation: 'Operazione',
  outcome: 'Esito',
  who: 'Chi',
  address: 'Indirizzo di rete',
  noAddress: '–',
  pages: 'Pagine',
  newer: 'Più recenti',
  older: 'Meno recenti',
  back: 'Torna al profilo',
  /** Also of a former release, whose words nobody knows. */
  operationInWords: (operation: string) =>
    (OPERATIONS as Readonly<Record<string, string>>)[operation] ?? 'Altra operazione',
  outcomeInWords: (outcome: string, times: number) =>
    times === 1 ? wordsOf(outcome) : `${wordsOf(outcome)}, ${times} volte`,
  whoInWords(isOperator: boolean, method: string | null, outcome: string): string {
    if (isOperator) return 'l’amministratore del servizio';
    if (/^(?:sign-in|identity):/.test(outcome)) return 'chi ha usato il tuo codice utente';
    return METHODS[method ?? ''] ?? 'non si sa';
  },
};
