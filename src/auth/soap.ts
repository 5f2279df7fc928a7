/**
 * Sign-in on the SOAP wire [contract]: TLS or forwarded certificate, preemptive Basic, pinCode header; refusals as
 * faults.
 */
import { isUtf8 } from 'node:buffer';
import type { Clock } from '../platform/clock.js';
import { clientFault, retryLaterFault, withAdvice } from '../platform/soap/index.js';
import type { Evidence, SoapFault } from '../platform/soap/index.js';
import type { Peer, PeerReader } from '../platform/tls/index.js';
import type { Call } from './call.js';
import { SignInError, beatOf } from './errors.js';
import type { SignInCode } from './errors.js';
import { PINCODE_ALGORITHMS } from './pincode.js';
import type { OperationName } from './policy.js';
import type { AuthService, Presented, SignIn } from './service.js';
import type { SystemSignIn } from './system.js';

/** Longer than any honest user id and password together; a longer header is ignored. */
const MAX_BASIC_LENGTH = 1_024;

interface Refusal {
  readonly codice: string;
  readonly message: string;
}

const REFUSALS = {
  'none-presented': {
    codice: 'AUTENTICAZIONE_ASSENTE',
    message:
      'Autenticazione assente: presentare il certificato TS-CNS/CNS nella connessione TLS, oppure HTTP Basic con l’header SOAP pinCode.',
  },
  'pincode-missing': {
    codice: 'PINCODE_ASSENTE',
    message: 'Con utente e password è necessario l’header SOAP pinCode: base64 della cifratura RSA del pincode.',
  },
  credentials: { codice: 'CREDENZIALI_NON_VALIDE', message: 'Credenziali invalide.' },
  busy: { codice: 'SERVIZIO_OCCUPATO', message: 'Troppe autenticazioni in corso: ripetere tra qualche secondo.' },
  'certificate-unreadable': {
    codice: 'CERTIFICATO_ILLEGGIBILE',
    message: 'Il certificato presentato non è leggibile.',
  },
  'certificate-untrusted': {
    codice: 'CERTIFICATO_NON_ATTENDIBILE',
    message:
      'Il certificato non è emesso da una CA riconosciuta per TS-CNS/CNS, oppure manca un certificato intermedio.',
  },
  'certificate-expired': { codice: 'CERTIFICATO_SCADUTO', message: 'Il certificato della carta è scaduto.' },
  'certificate-not-yet-valid': {
    codice: 'CERTIFICATO_NON_ANCORA_VALIDO',
    message: 'Il certificato della carta non è ancora valido.',
  },
  'certificate-revoked': {
    codice: 'CERTIFICATO_REVOCATO',
    message: 'Il certificato della carta è revocato o sospeso.',
  },
  'revocation-unknown': {
    codice: 'REVOCA_NON_VERIFICABILE',
    message:
      'Lo stato di revoca del certificato non è verificabile ora: riprovare più tardi o usare utente, password e pincode.',
  },
  'certificate-not-cns': {
    codice: 'CERTIFICATO_NON_CNS',
    message: 'Il certificato non è una TS-CNS/CNS di autenticazione (policy, uso della chiave o uso esteso mancanti).',
  },
  'certificate-identity': {
    codice: 'CERTIFICATO_SENZA_IDENTITA',
    message: 'Dal certificato non si ricava un solo codice fiscale (commonName e serialNumber).',
  },
  'not-enabled': {
    codice: 'UTENTE_NON_ABILITATO',
    message: 'Il titolare della carta non è tra gli utenti abilitati al servizio.',
  },
} as const satisfies Record<SignInCode, Refusal>;

/** The same codes for a feeding system: the texts for a card's holder would not help it. */
const SYSTEM_MESSAGES: Readonly<Partial<Record<SignInCode, Refusal>>> = {
  'none-presented': {
    codice: 'AUTENTICAZIONE_ASSENTE',
    message: 'Autenticazione assente: presentare il certificato del sistema alimentante nella connessione TLS.',
  },
  'certificate-untrusted': {
    codice: 'CERTIFICATO_NON_ATTENDIBILE',
    message:
      'Il certificato non è emesso da una CA riconosciuta per i sistemi alimentanti, oppure manca un certificato intermedio.',
  },
  'certificate-expired': { codice: 'CERTIFICATO_SCADUTO', message: 'Il certificato del sistema è scaduto.' },
  'certificate-not-yet-valid': {
    codice: 'CERTIFICATO_NON_ANCORA_VALIDO',
    message: 'Il certificato del sistema non è ancora valido.',
  },
  'certificate-revoked': {
    codice: 'CERTIFICATO_REVOCATO',
    message: 'Il certificato del sistema è revocato o sospeso.',
  },
  'revocation-unknown': {
    codice: 'REVOCA_NON_VERIFICABILE',
    message: 'Lo stato di revoca del certificato non è verificabile ora: riprovare più tardi.',
  },
  'certificate-not-cns': {
    codice: 'CERTIFICATO_NON_ATTENDIBILE',
    message: 'Il certificato non è di autenticazione di un client TLS (uso della chiave o uso esteso).',
  },
  'certificate-identity': {
    codice: 'CERTIFICATO_SENZA_IDENTITA',
    message: 'Dal certificato non si ricava un solo nome di sistema (commonName).',
  },
  'not-enabled': {
    codice: 'UTENTE_NON_ABILITATO',
    message: 'Il sistema non è tra quelli abilitati al servizio.',
  },
};

/**
 * The entrance of account holders: identifies the caller of a SOAP operation.
 * @param operations the policy's operation for each wire name
 * @throws SoapFault for every refusal
 */
export function soapEntrance(
  { signIn }: AuthService,
  readPeer: PeerReader,
  operations: WireOperations,
  clock: Clock,
): Entrance {
  const shown = (peer: Peer, evidence: Evidence): Presented => ({
    certificate: peer.certificate,
    // A password is ignored if there is a certificate.
    password: peer.certificate === undefined ? passwordIn(evidence) : undefined,
  });
  const refusal = (code: SignInCode, evidence: Evidence): SoapFault => {
    const advice = adviceOn(code, evidence);
    return advice === undefined ? faultOf(code) : withAdvice(faultOf(code), advice);
  };
  return entrance(signIn, readPeer, operations, clock, shown, refusal);
}

/**
 * The entrance of feeding systems: by certificate, whatever else the message contains.
 * @param readPeer trusts the systems' authorities only, not the cards'
 * @throws SoapFault for every refusal
 */
export function soapSystemEntrance(
  signIn: SystemSignIn,
  readPeer: PeerReader,
  operations: WireOperations,
  clock: Clock,
): Entrance {
  return entrance(signIn, readPeer, operations, clock, ({ certificate }) => certificate, systemFaultOf);
}

type WireOperations = Readonly<Record<string, OperationName>>;
export type Entrance = (evidence: Evidence) => Promise<Call>;

function entrance<Shown>(
  signIn: SignIn<Shown>,
  readPeer: PeerReader,
  operations: WireOperations,
  clock: Clock,
  shownBy: (peer: Peer, evidence: Evidence) => Shown,
  refusal: (code: SignInCode, evidence: Evidence) => SoapFault,
): Entrance {
  return async (evidence) => {
    const operation = operations[evidence.operation];
    if (operation === undefined) throw new Error('an operation without a policy');
    const peer = readPeer(evidence.http);
    const arrival = { requestId: evidence.requestId, at: clock.now(), clientAddress: peer.address };
    try {
      return await signIn(shownBy(peer, evidence), operation, arrival);
    } catch (error) {
      if (error instanceof SignInError) throw refusal(error.code, evidence);
      throw error;
    }
  };
}

function systemFaultOf(code: SignInCode): SoapFault {
  const { codice, message } = SYSTEM_MESSAGES[code] ?? REFUSALS[code];
  return clientFault(codice, message);
}

function faultOf(code: SignInCode): SoapFault {
  const { codice, message } = REFUSALS[code];
  const beatMs = beatOf(code);
  if (code === 'busy') return retryLaterFault(codice, message, 4, { beatMs });
  return clientFault(codice, message, { beatMs });
}

/** Advice if the message has a part, reported as missing, in a wrong place: where to put it. */
function adviceOn(code: SignInCode, evidence: Evidence): string | undefined {
  const { http, blocks, stray } = evidence;
  if (code === 'pincode-missing') {
    if (stray !== undefined || http.headers['pincode'] === undefined) return stray;
    return 'È nel messaggio un header HTTP pinCode: inviarlo nell’Header della busta SOAP.';
  }
  if (code !== 'none-presented') return undefined;
  if ((http.headers.authorization ?? '') !== '') {
    return 'L’header HTTP Authorization c’è, ma non è «Basic» seguito dal base64 di utente:password.';
  }
  if (blocks.includes('Security')) {
    return 'L’header WS-Security non è letto: inviare utente e password con HTTP Basic.';
  }
  if (evidence.header('pinCode') === undefined && stray === undefined) return undefined;
  return 'L’header pinCode c’è, mancano utente e password: inviarli con HTTP Basic.';
}

function passwordIn(evidence: Evidence): Presented['password'] {
  const basic = basicOf(evidence.http.headers.authorization);
  if (basic === undefined) return undefined;
  const header = evidence.header('pinCode');
  if (header === undefined || header.text === '') return 'without-pincode';
  const algorithm =
    PINCODE_ALGORITHMS.find((known) => known === header.attributes.get('algoritmo')) ?? 'RSA-PKCS1-V1_5';
  return { ...basic, sentPincode: header.text, algorithm };
}

/**
 * RFC 7617: user id and password around the first colon, after one space or more (RFC 9110, 11.4). Read as UTF-8,
 * otherwise as Latin-1, the encoding of the HTTP clients of .NET and Java.
 */
function basicOf(header: string | undefined): { userId: string; password: string } | undefined {
  const base64 = /^basic +([A-Za-z0-9+/=]+)$/i.exec(header?.trim() ?? '')?.[1];
  if (base64 === undefined || base64.length > MAX_BASIC_LENGTH) return undefined;
  const bytes = Buffer.from(base64, 'base64');
  const text = bytes.toString(isUtf8(bytes) ? 'utf8' : 'latin1');
  const colon = text.indexOf(':');
  // PostgreSQL text cannot contain NUL, so no user id does.
  if (colon < 1 || text.includes('\0')) return undefined;
  return { userId: text.slice(0, colon), password: text.slice(colon + 1) };
}
