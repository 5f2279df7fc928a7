/** A doctor's software in the demonstration: sends messages by HTTPS with the sandbox's card. */
import { readFileSync } from 'node:fs';
import { openTransport } from '../replay/index.js';
import type { CardPaths } from '../sandbox/pki.js';
import { SOAP_NAMESPACE } from '../../roles/compose.js';

export interface DemoAnswer {
  /** Four digits; empty for a fault. */
  readonly outcome: string;
  readonly transactionId: string;
  /** Codici fiscali of the persons listed. */
  readonly persons: readonly string[];
}

export interface DemoDoctor {
  list(): Promise<DemoAnswer>;
  submit(person: string, executedOn: string): Promise<DemoAnswer>;
  close(): void;
}

const ENVELOPE = 'http://schemas.xmlsoap.org/soap/envelope/';

/** @param ca path of the authority of the server's certificate (PEM) */
export function demoDoctor(endpoint: string, ca: string, card: CardPaths, codiceFiscale: string): DemoDoctor {
  const transport = openTransport(endpoint, readFileSync(ca));
  async function call(operation: string, fields: Readonly<Record<string, string>>): Promise<DemoAnswer> {
    const parties = { codiceFiscaleMedico: codiceFiscale, codiceFiscaleMedicoTitolare: codiceFiscale };
    const content = Object.entries({ ...parties, ...fields }).map(([name, value]) => `<t:${name}>${value}</t:${name}>`);
    const { text } = await transport.send({
      method: 'POST',
      headers: { 'Content-Type': 'text/xml; charset=utf-8', SOAPAction: '""' },
      body:
        `<s:Envelope xmlns:s="${ENVELOPE}" xmlns:t="${SOAP_NAMESPACE}"><s:Body><t:${operation}>${content.join('')}` +
        `</t:${operation}></s:Body></s:Envelope>`,
      card,
      basic: undefined,
    });
    const [outcome = ''] = textsOf(text, 'esito');
    const [transactionId = ''] = textsOf(text, 'identificativoTransazione');
    return { outcome, transactionId, persons: textsOf(text, 'codiceFiscaleAssistito') };
  }
  return {
    list: () => call('scaricoElencoAssistiti', {}),
    submit: (person, executedOn) =>
      call('invioTestSierologico', { codiceFiscaleAssistito: person, dataEsecuzioneTest: executedOn }),
    close() {
      transport.close();
    },
  };
}

/** The texts of the elements of a name: we know the form of our own answer. */
function textsOf(xml: string, name: string): string[] {
  const element = new RegExp(`<(?:\\w+:)?${name}>([^<]*)</`, 'g');
  return [...xml.matchAll(element)].map((match) => match[1] ?? '');
}
