/**
 * The notification's message, and everything about it that is uncertain: chapter 7 names three fields and two answers
 * but no XML, and the schema of the real service is not public. When more is known, only wsdl/NotificaOpposizione.xsd,
 * this file and region-answer.ts change. Uses neither TLS nor HTTP; writes identifiers into the message only.
 *
 * Certain: namespace of the family, field names, WS-Addressing. Assumed: the fields are elements, the date is xs:date.
 */
import type { NotifyOppPregressoRequest } from '../../../generated/client/notificaopposizione/index.js';
import { notificaOpposizione } from '../../../generated/NotificaOpposizione.js';
import type { IsoDate } from '../../platform/clock.js';
import { escapeText } from '../../platform/soap/escape.js';

const ACTION = notificaOpposizione.operations.NotifyOppPregresso.soapAction;

const ADDRESSING = 'http://www.w3.org/2005/08/addressing';

/** OIDs of the identifiers' assigning authorities: codice fiscale (also provisional), STP code. */
const CODICE_FISCALE_OID = '2.16.840.1.113883.2.9.4.3.2';
const STP_OID = '2.16.840.1.113883.2.9.4.3.17';

/** A person's identifier in the form that the region expects: plain, or as HL7 CX. */
export function patientIdOf(subject: string, form: 'plain' | 'cx'): string {
  return form === 'plain' ? subject : `${subject}^^^&${subject.startsWith('STP') ? STP_OID : CODICE_FISCALE_OID}&ISO`;
}

/** The body's fields as the stub expects them: strings, because `soap` writes a Date as an empty element. */
export function requestOf(patientId: string, opposedOn: IsoDate): NotifyOppPregressoRequest {
  return {
    PatientId: patientId,
    OppositionDate: opposedOn,
    OppositionValue: 'true', // [N-1] only oppositions are notified
  };
}

/** The WS-Addressing header blocks of a message, as XML. */
export function addressingOf(messageId: string, endpoint: string): string {
  const block = (name: string, text: string) =>
    `<wsa:${name} xmlns:wsa="${ADDRESSING}">${escapeText(text)}</wsa:${name}>`;
  return block('To', endpoint) + block('MessageID', `urn:uuid:${messageId}`) + block('Action', ACTION);
}
