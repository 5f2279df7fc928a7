/** Identifiers: of persons, and of each request, by which a fault can be found in the log. */
import { randomUUID } from 'node:crypto';

export {
  checkLetter,
  codiceFiscaleOf,
  hasPersonIdentifierForm,
  isCodiceFiscale,
  isPersonIdentifier,
  isProvisionalCodiceFiscale,
  isStpCode,
  type PersonalData,
  withoutIdentifiers,
} from './codice-fiscale.js';

/** A new request id (UUID version 4): in the fault, in the log line, in the row of the access log. */
export function newRequestId(): string {
  return randomUUID();
}
