/**
 * The page of the SOAP faults for vendors, each with its meaning and remedy, in Italian. The codes are defined by the
 * engine, by sign-in and by src/roles; a test checks that this table has exactly the codes of the source.
 */

export interface FaultText {
  readonly codice: string;
  /** HTTP status with SOAP 1.1; with SOAP 1.2 a 500 of the class Client becomes a 400. */
  readonly status: 405 | 413 | 415 | 500 | 503;
  /** SOAP 1.1 word. */
  readonly faultClass: 'Client' | 'Server' | 'VersionMismatch' | 'MustUnderstand';
  readonly meaning: string;
  readonly remedy: string;
}

const client = (codice: string, meaning: string, remedy: string): FaultText => ({
  ...{ codice, status: 500, faultClass: 'Client', meaning, remedy },
});

const transport = (status: 405 | 413 | 415, codice: string, meaning: string, remedy: string): FaultText => ({
  ...{ codice, status, faultClass: 'Client', meaning, remedy },
});

export const TRANSPORT_FAULTS: readonly FaultText[] = [
  transport(
    405,
    'METODO_NON_AMMESSO',
    'La richiesta non è un POST.',
    'Inviare la busta con POST. Con GET si ottiene solo il contratto: `?wsdl`, `?singleWsdl`, `?xsd=` seguito dal nome dello schema.',
  ),
  transport(
    413,
    'MESSAGGIO_TROPPO_GRANDE',
    'Il messaggio supera il massimo di byte.',
    'Inviare una richiesta alla volta, senza allegati.',
  ),
  transport(
    413,
    'MESSAGGIO_TROPPO_FRAMMENTATO',
    'Il corpo arriva in più di 10 000 pezzi (chunk di pochi byte).',
    'Inviare il messaggio con Content-Length, oppure in chunk di almeno 1 kB.',
  ),
  transport(
    415,
    'TIPO_NON_AMMESSO',
    'Il Content-Type manca o non è di SOAP.',
    '`text/xml; charset=utf-8` per SOAP 1.1, `application/soap+xml; charset=utf-8` per SOAP 1.2. Disattivare MTOM e gli allegati.',
  ),
  transport(415, 'CODIFICA_NON_AMMESSA', 'Il corpo della richiesta è compresso.', 'Non inviare Content-Encoding.'),
  transport(415, 'CHARSET_NON_AMMESSO', 'Il charset dichiarato non è tra quelli letti.', 'Usare UTF-8.'),
  {
    codice: 'SERVIZIO_OCCUPATO',
    status: 503,
    faultClass: 'Server',
    meaning: 'Troppe richieste, o troppe autenticazioni, in corso.',
    remedy: 'Ripetere la stessa richiesta dopo i secondi indicati in Retry-After.',
  },
  {
    codice: 'SERVIZIO_NON_DISPONIBILE',
    status: 503,
    faultClass: 'Server',
    meaning: 'Il servizio non raggiunge la propria base dati, o questa non risponde in tempo.',
    remedy:
      'Ripetere la stessa richiesta dopo i secondi indicati in Retry-After: un invio già registrato risulta come esito 2005.',
  },
  {
    codice: 'ERRORE_INTERNO',
    status: 500,
    faultClass: 'Server',
    meaning: 'Errore imprevisto del servizio.',
    remedy: 'Riprovare; se si ripete, segnalare al gestore l’idRichiesta.',
  },
];

export const MESSAGE_FAULTS: readonly FaultText[] = [
  client('MESSAGGIO_VUOTO', 'Il corpo della richiesta è vuoto.', 'Inviare una busta SOAP.'),
  client(
    'CHARSET_ERRATO',
    'I byte non corrispondono al charset dichiarato.',
    'Scrivere davvero in UTF-8 ciò che è dichiarato UTF-8, sia nel Content-Type sia nella dichiarazione XML.',
  ),
  client(
    'XML_NON_VALIDO',
    'Il messaggio non è XML ben formato; il testo dice riga e colonna.',
    'Correggere il punto indicato; comporre l’XML con una libreria, non con stringhe. Se il messaggio «finisce a metà», Content-Length deve contarne i byte, non i caratteri.',
  ),
  client('DOCTYPE_NON_AMMESSO', 'Il messaggio contiene un DOCTYPE.', 'Toglierlo: SOAP non lo ammette.'),
  client(
    'ISTRUZIONE_NON_AMMESSA',
    'Il messaggio contiene una istruzione di elaborazione (`<?…?>`), o la sua dichiarazione non è all’inizio.',
    'Toglierla: SOAP non la ammette. La dichiarazione `<?xml …?>` va bene, ma solo all’inizio, senza spazi né altro davanti.',
  ),
  client('COMMENTO_NON_AMMESSO', 'Un commento XML spezza il valore di un elemento.', 'Togliere il commento.'),
  client(
    'LIMITE_SUPERATO',
    'Troppi elementi, livelli, attributi o dichiarazioni di namespace, oppure un nome o un valore troppo lungo; il testo dice quale limite.',
    'Inviare solo gli elementi del contratto; dichiarare ogni namespace una volta, sulla busta.',
  ),
  {
    codice: 'BUSTA_NON_VALIDA',
    status: 500,
    faultClass: 'Client',
    meaning:
      'La radice non è una busta SOAP 1.1 o 1.2 (faultcode VersionMismatch), oppure Header e Body non sono al loro posto.',
    remedy:
      'Controllare il namespace della busta: `http://schemas.xmlsoap.org/soap/envelope/` o `http://www.w3.org/2003/05/soap-envelope`.',
  },
  client(
    'BODY_NON_VALIDO',
    'Il Body non contiene esattamente un elemento.',
    'Mettere nel Body il solo elemento dell’operazione.',
  ),
  {
    codice: 'HEADER_NON_RICONOSCIUTO',
    status: 500,
    faultClass: 'MustUnderstand',
    meaning: 'Un header marcato mustUnderstand non è tra quelli del contratto. Con SOAP 1.1 il fault è senza detail.',
    remedy: 'Disattivare nel toolkit ciò che lo aggiunge (WS-Security, WS-Addressing).',
  },
  client(
    'ATTRIBUTO_NON_AMMESSO',
    'Un elemento porta xsi:type, xsi:nil o una posizione di schema.',
    'Togliere l’attributo: il contratto è document/literal, non RPC/encoded; un elemento facoltativo senza valore si omette.',
  ),
  client(
    'OPERAZIONE_SCONOSCIUTA',
    'L’elemento del Body non è una operazione del servizio, o è in un altro namespace.',
    'Usare uno degli elementi elencati, nel namespace dei tipi del servizio: `urn:passerella:testsierologici:v1:tipi`, `urn:passerella:comunicazionemetadati:v1:tipi`.',
  ),
  client(
    'SOAPACTION_DISCORDE',
    'SOAPAction, il parametro action del Content-Type (SOAP 1.2), o l’Action di WS-Addressing nomina un’altra operazione.',
    'Usare il valore del WSDL, oppure lasciarla vuota; in SOAP 1.2 togliere il parametro action dal Content-Type, oppure correggerlo.',
  ),
  client(
    'MESSAGGIO_NON_VALIDO',
    'Un elemento manca, è in più o fuori ordine, o il suo valore non ha la forma prevista; il testo nomina ogni elemento e dice che cosa scrivere.',
    'Correggere gli elementi nominati; l’ordine è quello dello schema.',
  ),
];

export const SIGN_IN_FAULTS: readonly FaultText[] = [
  client(
    'AUTENTICAZIONE_ASSENTE',
    'Né certificato nella connessione TLS né HTTP Basic.',
    'Presentare la carta, oppure inviare Authorization: Basic **con la prima richiesta** (preemptive): il servizio non risponde mai 401.',
  ),
  client(
    'PINCODE_ASSENTE',
    'HTTP Basic c’è, l’header SOAP pinCode manca, è vuoto o non è al suo posto: se è altrove nel messaggio, il testo dice dove.',
    'Aggiungere l’header pinCode con il pincode cifrato, come figlio diretto di Header e nel namespace dei tipi.',
  ),
  client(
    'CREDENZIALI_NON_VALIDE',
    'Utente, password o pincode errati, pincode non decifrabile, utenza sospesa o bloccata: volutamente lo stesso errore.',
    'Verificare le credenziali e il certificato usato per cifrare il pincode. **Non ripetere in automatico**: oltre cinque errori di fila l’utenza è bloccata per l’indirizzo di provenienza, per 30 secondi la prima volta e fino a 15 minuti le successive.',
  ),
  client(
    'CERTIFICATO_ILLEGGIBILE',
    'Il certificato presentato non si può leggere.',
    'Verificare il certificato; dietro un proxy, segnalarlo al gestore.',
  ),
  client(
    'CERTIFICATO_NON_ATTENDIBILE',
    'Il certificato non è di una CA riconosciuta, o manca un certificato intermedio.',
    'Scegliere il certificato di autenticazione della carta e inviare la catena completa.',
  ),
  client(
    'CERTIFICATO_SCADUTO',
    'Il certificato della carta è scaduto.',
    'Usare una carta valida o utente, password e pincode.',
  ),
  client(
    'CERTIFICATO_NON_ANCORA_VALIDO',
    'Il certificato della carta non è ancora valido.',
    'Verificare l’attivazione della carta.',
  ),
  client(
    'CERTIFICATO_REVOCATO',
    'Il certificato della carta è revocato o sospeso.',
    'Usare una carta valida o utente, password e pincode.',
  ),
  client(
    'REVOCA_NON_VERIFICABILE',
    'Lo stato di revoca non è verificabile in questo momento.',
    'Riprovare più tardi, o usare utente, password e pincode.',
  ),
  client(
    'CERTIFICATO_NON_CNS',
    'Il certificato non è una TS-CNS/CNS di autenticazione.',
    'Sulla carta possono esserci più certificati: scegliere quello di autenticazione, non quello di firma.',
  ),
  client(
    'CERTIFICATO_SENZA_IDENTITA',
    'Dal certificato non si ricava un solo codice fiscale.',
    'Usare un’altra carta; segnalarlo al gestore.',
  ),
  client(
    'UTENTE_NON_ABILITATO',
    'La carta è valida, il suo titolare non è tra gli utenti del servizio.',
    'Chiedere al gestore l’abilitazione.',
  ),
];

export const ALL_FAULTS: readonly FaultText[] = [...TRANSPORT_FAULTS, ...MESSAGE_FAULTS, ...SIGN_IN_FAULTS];
