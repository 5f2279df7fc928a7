/**
 * How a region evaluates a well-formed notification: what it refuses with Failure, and the record it keeps. Independent
 * of SOAP and HTTP.
 */
import type { NotifyOppPregressoResponse } from '../../../generated/NotificaOpposizione.js';
import { romeDate } from '../../platform/clock.js';
import type { Clock } from '../../platform/clock.js';
import { isPersonIdentifier, isStpCode } from '../../platform/ids/index.js';
import type { Reception, Register } from './register.js';

const CODICE_FISCALE_OID = '2.16.840.1.113883.2.9.4.3.2';
const STP_OID = '2.16.840.1.113883.2.9.4.3.17';

/** The simulator's codes and texts; real regions have their own. */
const REFUSALS = {
  IDENTIFICATIVO_NON_VALIDO:
    'L’identificativo non è un codice fiscale né un codice STP, o il carattere di controllo è errato',
  OID_NON_VALIDO: 'L’OID del PatientId non è quello del tipo di identificativo',
  DATA_FUTURA: 'La data di opposizione è nel futuro',
  MESSAGEID_RIUSATO: 'Il MessageID è già stato usato per un’altra notifica',
} as const;

export interface Received {
  readonly response: NotifyOppPregressoResponse;
  /** For counts and log: a fixed word, never a value of the message. */
  readonly what: Reception | keyof typeof REFUSALS;
}

/** @throws the file system's error when the record cannot be stored: then the only answer is a fault */
export async function receive(
  register: Register,
  clock: Clock,
  peer: string,
  request: { readonly messageId: string; readonly patientId: string; readonly oppositionDate: string },
): Promise<Received> {
  const { messageId, patientId, oppositionDate } = request;
  const [subject = '', assigner] = patientId.split('^^^');
  if (!isPersonIdentifier(subject)) return refused('IDENTIFICATIVO_NON_VALIDO');
  const oid = isStpCode(subject) ? STP_OID : CODICE_FISCALE_OID;
  if (assigner !== undefined && assigner !== `&${oid}&ISO`) return refused('OID_NON_VALIDO');
  const now = clock.now();
  if (oppositionDate > romeDate(now)) return refused('DATA_FUTURA');
  const what = await register.receive({ messageId, subject, opposedOn: oppositionDate }, now, peer);
  return what === 'conflict' ? refused('MESSAGEID_RIUSATO') : { response: { Status: 'Success' }, what };
}

function refused(code: keyof typeof REFUSALS): Received {
  return { response: failure(code, REFUSALS[code]), what: code };
}

export function failure(errorCode: string, codeContext: string): NotifyOppPregressoResponse {
  return { Status: 'Failure', Error: { errorCode, codeContext } };
}
