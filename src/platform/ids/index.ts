/** Identifiers: those of persons, and the one each request gets so that a fault can be found again in the log. */
import { randomUUID } from 'node:crypto';

export {
  checkLetter,
  codiceFiscaleOf,
  isCodiceFiscale,
  isPersonIdentifier,
  isProvisionalCodiceFiscale,
  isStpCode,
  type PersonalData,
} from './codice-fiscale.js';

/** A new request id (UUID version 4): in the fault, in the log line, in the row of the access log. */
export function newRequestId(): string {
  return randomUUID();
}
