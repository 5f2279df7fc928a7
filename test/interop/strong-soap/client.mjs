/**
 * How a program on Node, with the package `strong-soap`, reaches the service: with a card, or with password and pincode.
 * Owns the connection: trust, client certificate, HTTP Basic, the pinCode header. Knows nothing of the operations.
 */
import { constants, publicEncrypt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

// The package is where NPM_FOLDER says; a program of one's own writes: import { soap } from 'strong-soap'.
const { soap } = createRequire(`${process.env.NPM_FOLDER}/`)('strong-soap');
const TYPES = 'urn:passerella:testsierologici:v1:tipi';

/**
 * A client created from the served WSDL.
 * @param ca PEM file of the CA that issued the server's certificate: for the WSDL; for each call see `callOptions`
 * @param options `{ forceSoapVersion: '1.2' }` for SOAP 1.2
 */
export function connect(wsdl, ca, options = {}) {
  return new Promise((resolve, reject) => {
    const settings = { ...options, wsdl_options: { ca: readFileSync(ca) } };
    soap.createClient(wsdl, settings, (error, client) => (error ? reject(error) : resolve(client)));
  });
}

/** `certificate` and `key`: PEM files of the card's authentication certificate. No header, no password. */
export async function connectWithCard(wsdl, ca, certificate, key) {
  const client = await connect(wsdl, ca);
  const card = { cert: readFileSync(certificate), key: readFileSync(key) };
  return caller(client, { ca: readFileSync(ca), ...card });
}

/** Preemptive HTTP Basic, and the pincode in a header of every message, encrypted with the published certificate. */
export async function connectWithPassword(wsdl, ca, user, password, pincode, certificate, options) {
  const client = await connect(wsdl, ca, options);
  client.setSecurity(new soap.BasicAuthSecurity(user, password));
  const key = { key: readFileSync(certificate), padding: constants.RSA_PKCS1_PADDING };
  const encrypted = publicEncrypt(key, Buffer.from(pincode)).toString('base64');
  client.addSoapHeader(`<pinCode xmlns="${TYPES}">${encrypted}</pinCode>`);
  return caller(client, { ca: readFileSync(ca) });
}

/** The typed detail of a rejected call: codice, campo, riga, idRichiesta. */
export function serviceError(error) {
  const fault = error.root?.Envelope.Body.Fault;
  return (fault?.detail ?? fault?.Detail)?.erroreServizio;
}

/** `call` calls an operation and returns its answer; connections stay open for the next. */
function caller(client, tls) {
  const options = { ...tls, forever: true, timeout: 30_000 };
  const headers = { Connection: 'keep-alive' };
  const call = (operation, request) =>
    new Promise((resolve, reject) => {
      client[operation](request, (error, answer) => (error ? reject(error) : resolve(answer)), options, headers);
    });
  return { client, call };
}
