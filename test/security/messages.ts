/** Envelopes to manipulate: the valid one, with places for unexpected content. */
import type { Target } from './target.js';

export const SOAP_11 = 'http://schemas.xmlsoap.org/soap/envelope/';
export const SOAP_12 = 'http://www.w3.org/2003/05/soap-envelope';
export const XSI = 'http://www.w3.org/2001/XMLSchema-instance';
export const WSA = 'http://www.w3.org/2005/08/addressing';
export const OPERATION = 'scaricoElencoAssistiti';

export function envelope(target: Target, body: string, header = '', soap = SOAP_11): string {
  const inHeader = header === '' ? '' : `<s:Header>${header}</s:Header>`;
  return `<s:Envelope xmlns:s="${soap}" xmlns:t="${target.namespace}">${inHeader}<s:Body>${body}</s:Body></s:Envelope>`;
}

export interface Spoiling {
  /** Instead of the doctor's codice fiscale. */
  readonly doctor?: string;
  /** Attributes of the operation's element. */
  readonly attributes?: string;
  /** Attributes of the first field. */
  readonly field?: string;
  /** After the last field. */
  readonly more?: string;
}

/** The operation's element: the second doctor's list of 50 patients. */
export function list(target: Target, spoiling: Spoiling = {}): string {
  const own = target.identity('secondDoctor').codiceFiscale;
  const { doctor = own, attributes = '', field = '', more = '' } = spoiling;
  return (
    `<t:${OPERATION}${attributes}><t:codiceFiscaleMedico${field}>${doctor}</t:codiceFiscaleMedico>` +
    `<t:codiceFiscaleMedicoTitolare>${own}</t:codiceFiscaleMedicoTitolare>${more}</t:${OPERATION}>`
  );
}

/** The valid message. */
export function goodMessage(target: Target): string {
  return envelope(target, list(target));
}
