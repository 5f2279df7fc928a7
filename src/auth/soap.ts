/** Sign-in on the SOAP wire [contract]: TLS or forwarded certificate, preemptive Basic, pinCode header; refusals as faults. */
import { isUtf8 } from 'node:buffer';
import { clientFault, retryLaterFault, withAdvice } from '../platform/soap/index.js';
import type { Evidence, SoapFault } from '../platform/soap/index.js';
import type { CertificateSource } from '../platform/tls/index.js';
import { SignInError } from './errors.js';
import type { SignInCode } from './errors.js';
import type { PasswordCredentials } from './password.js';
import { PINCODE_ALGORITHMS } from './pincode.js';
import type { Operation, SystemOperation } from './policy.js';
import type { Principal } from './principal.js';
import type { AuthService, Presented } from './service.js';
import type { SystemPrincipal, SystemSignIn } from './system.js';

/**
 * Refusals of user id, password and pincode leave at multiples of this: the work for an account and for nobody differs, and
 * the time of the answer does not show it.
 */
const REFUSAL_BEAT_MS = 250;

/** Longer than any honest user id or password; what is longer is not looked at. */
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

/** The same codes where a feeding system is asked for: what a card's holder is told would not help it. */
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
 * Who calls a SOAP operation.
 * @param operations the policy's operation for each wire name
 * @throws SoapFault for every refusal
 */
export function soapAuthentication(
  auth: AuthService,
  certificates: CertificateSource,
  operations: Readonly<Record<string, Operation>>,
): (evidence: Evidence) => Promise<Principal> {
  return async (evidence) => {
    const { requestId } = evidence;
    const operation = operations[evidence.operation];
    if (operation === undefined) throw new Error('an operation without a policy');
    try {
      const clientAddress = certificates.addressOf(evidence.http);
      return await auth.signIn(presented(evidence, certificates), { operation, clientAddress, requestId });
    } catch (error) {
      if (!(error instanceof SignInError)) throw error;
      const fault = faultOf(error.code);
      const advice = adviceOn(error.code, evidence);
      throw advice === undefined ? fault : withAdvice(fault, advice);
    }
  };
}

/**
 * Which feeding system calls a SOAP operation: by its certificate, whatever else the message carries.
 * @param certificates of the systems' own authorities: a card is not trusted there
 * @throws SoapFault for every refusal
 */
export function soapSystemAuthentication(
  signIn: SystemSignIn,
  certificates: CertificateSource,
  operations: Readonly<Record<string, SystemOperation>>,
): (evidence: Evidence) => Promise<SystemPrincipal> {
  return async ({ http, operation: name, requestId }) => {
    const operation = operations[name];
    if (operation === undefined) throw new Error('an operation without a policy');
    try {
      const clientAddress = certificates.addressOf(http);
      return await signIn(systemCertificate(http, certificates), { operation, clientAddress, requestId });
    } catch (error) {
      if (!(error instanceof SignInError)) throw error;
      const { codice, message } = SYSTEM_MESSAGES[error.code] ?? REFUSALS[error.code];
      throw clientFault(codice, message);
    }
  };
}

function systemCertificate(http: Evidence['http'], certificates: CertificateSource) {
  try {
    return certificates.presentedBy(http);
  } catch {
    return new SignInError('certificate-unreadable');
  }
}

function faultOf(code: SignInCode): SoapFault {
  const { codice, message } = REFUSALS[code];
  if (code === 'busy') return retryLaterFault(codice, message, 2);
  return clientFault(codice, message, code === 'credentials' ? { beatMs: REFUSAL_BEAT_MS } : {});
}

/** What the message does have of something that is called missing, and where it belongs. */
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

function presented(evidence: Evidence, certificates: CertificateSource): Presented {
  try {
    const certificate = certificates.presentedBy(evidence.http);
    if (certificate !== undefined) return { certificate, password: undefined, flaw: undefined };
  } catch {
    return { certificate: undefined, password: undefined, flaw: new SignInError('certificate-unreadable') };
  }
  const basic = basicOf(evidence.http.headers.authorization);
  if (basic === undefined) return { certificate: undefined, password: undefined, flaw: undefined };
  const header = evidence.header('pinCode');
  if (header === undefined || header.text === '') {
    return { certificate: undefined, password: undefined, flaw: new SignInError('pincode-missing') };
  }
  const algorithm =
    PINCODE_ALGORITHMS.find((known) => known === header.attributes.get('algoritmo')) ?? 'RSA-PKCS1-V1_5';
  const password: PasswordCredentials = { ...basic, encryptedPincode: header.text, algorithm };
  return { certificate: undefined, password, flaw: undefined };
}

/**
 * RFC 7617: user id and password around the first colon, after one space or more (RFC 9110, 11.4). UTF-8; what is not is
 * read as Latin-1, in which the HTTP clients of .NET and Java encode.
 */
function basicOf(header: string | undefined): { userId: string; password: string } | undefined {
  const base64 = /^basic +([A-Za-z0-9+/=]+)$/i.exec(header?.trim() ?? '')?.[1];
  if (base64 === undefined || base64.length > MAX_BASIC_LENGTH) return undefined;
  const bytes = Buffer.from(base64, 'base64');
  const text = bytes.toString(isUtf8(bytes) ? 'utf8' : 'latin1');
  const colon = text.indexOf(':');
  // PostgreSQL text cannot hold NUL: no user id has one.
  if (colon < 1 || text.includes('\0')) return undefined;
  return { userId: text.slice(0, colon), password: text.slice(colon + 1) };
}
