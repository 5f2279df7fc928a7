/** Identifiers: of persons, and of each request, by which a fault can be found in the log. */
import { randomUUID } from 'node:crypto';
import { systemClock } from '../clock.js';

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

/**
 * A new request id: used in the fault, the log line and the access-log row. A UUID of version 7 (RFC 9562) begins with
 * the time, so that new entries in the log's index of ids are adjacent.
 */
export function newRequestId(): string {
  const time = systemClock.now().getTime().toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}
