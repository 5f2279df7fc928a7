/**
 * How a program on Node, with the package `soap` and the types generated from the contract, reaches the service: with a
 * card, or with password and pincode. Owns the connection: trust, client certificate, HTTP Basic, the pinCode header.
 * Knows nothing of the operations.
 */
import { constants, publicEncrypt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { BasicAuthSecurity, ClientSSLSecurity } from 'soap';
import type { IOptions } from 'soap';
import { createClientAsync } from '../../../generated/client/testsierologici/index.js';
import type { TestSierologiciClient } from '../../../generated/client/testsierologici/index.js';

const TYPES = 'urn:passerella:testsierologici:v1:tipi';

/** Detail of a fault, `erroreServizio`. Parts absent in the message are undefined. */
export interface ServiceError {
  readonly codice: string;
  readonly campo: string | undefined;
  readonly riga: number | undefined;
  readonly idRichiesta: string;
}

/**
 * A client created from the served WSDL.
 * @param ca PEM file of the CA that issued the server's certificate
 * @param options `{ forceSoap12Headers: true }` for SOAP 1.2
 */
export function connect(wsdl: string, ca: string, options: IOptions = {}): Promise<TestSierologiciClient> {
  return createClientAsync(wsdl, { ...options, wsdl_options: { httpsAgent: new Agent({ ca: readFileSync(ca) }) } });
}

/** `certificate` and `key`: PEM files of the card's authentication certificate. No header, no password. */
export async function connectWithCard(
  wsdl: string,
  ca: string,
  certificate: string,
  key: string,
): Promise<TestSierologiciClient> {
  const client = await connect(wsdl, ca);
  client.setSecurity(new ClientSSLSecurity(key, certificate, readFileSync(ca), { forever: true }));
  return client;
}

/** Preemptive HTTP Basic, and the pincode in a header of every message. */
export async function connectWithPassword(
  wsdl: string,
  ca: string,
  user: string,
  password: string,
  pincode: string,
  pincodeCertificate: string,
  options: IOptions = {},
): Promise<TestSierologiciClient> {
  const client = await connect(wsdl, ca, options);
  // Trust is set again: the one for downloading the WSDL does not apply to the calls.
  const httpsAgent = new Agent({ ca: readFileSync(ca), keepAlive: true });
  client.setSecurity(new BasicAuthSecurity(user, password, { httpsAgent }));
  // The text of the header unchanged: base64 needs no escaping.
  client.addSoapHeader(`<t:pinCode xmlns:t="${TYPES}">${pinCode(pincode, pincodeCertificate)}</t:pinCode>`);
  return client;
}

/** Base64 of the pincode's RSA PKCS#1 v1.5 encryption with the published certificate (PEM file). */
function pinCode(pincode: string, certificate: string): string {
  const key = readFileSync(certificate);
  return publicEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, Buffer.from(pincode)).toString('base64');
}

/** The typed detail of a rejected call; undefined if it is not a fault of the service. */
export function serviceError(rejection: unknown): ServiceError | undefined {
  const fault = ['root', 'Envelope', 'Body', 'Fault'].reduce(property, rejection);
  // SOAP 1.2 capitalises it.
  const detail = property(property(fault, 'detail') ?? property(fault, 'Detail'), 'erroreServizio');
  const text = (name: string): string | undefined => {
    const value = property(detail, name);
    return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
  };
  const [codice, idRichiesta, riga] = [text('codice'), text('idRichiesta'), text('riga')];
  if (codice === undefined || idRichiesta === undefined) return undefined;
  return { codice, campo: text('campo'), riga: riga === undefined ? undefined : Number(riga), idRichiesta };
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined;
}
