/** Pages of the development providers: plain, with a banner that says what they are. */
import { escapeXml } from '../../auth/saml/index.js';
import { instant } from './message.js';
import type { ResponseFacts, ResponseParts } from './message.js';
import type { AcceptedRequest } from './request.js';

export interface Person {
  readonly codiceFiscale: string;
  readonly title: string;
}

/** What a provider may answer. */
export interface Outcome {
  readonly id: string;
  readonly text: string;
  readonly anomaly?: number;
  readonly level?: 1 | 3;
  readonly change?: (facts: ResponseFacts) => Partial<ResponseParts>;
}

export const OUTCOMES: readonly Outcome[] = [
  { id: 'accedi', text: 'Accedi' },
  { id: 'altri-dati', text: 'Accedi, con più dati del richiesto' },
  { id: 'livello-3', text: 'Accedi con il livello 3', level: 3 },
  { id: 'annulla', text: 'Annulla (25)', anomaly: 25 },
  { id: 'nega', text: 'Nega il consenso (22)', anomaly: 22 },
  { id: 'errate', text: 'Credenziali errate (19)', anomaly: 19 },
  { id: 'livello', text: 'Senza livello 2 (20)', anomaly: 20 },
  { id: 'tempo', text: 'Tempo scaduto (21)', anomaly: 21 },
  { id: 'sospesa', text: 'Identità sospesa (23)', anomaly: 23 },
  { id: 'professionale', text: 'Identità professionale (30)', anomaly: 30 },
  { id: 'richiesta', text: 'Richiesta non valida (8)', anomaly: 8 },
  { id: 'livello-1', text: 'Risposta di livello 1', level: 1 },
  { id: 'senza-codice', text: 'Risposta senza codice fiscale' },
  { id: 'non-firmata', text: 'Risposta senza firme', change: () => ({ signsAssertion: false, signsResponse: false }) },
  {
    id: 'scaduta',
    text: 'Risposta scaduta',
    change: ({ issuedAt }) => ({
      conditionsAttributes: {
        NotBefore: instant(issuedAt),
        NotOnOrAfter: instant(new Date(issuedAt.getTime() - 60_000)),
      },
    }),
  },
];

const BANNER = 'Identità di prova: nessuna di queste persone esiste';

const page = (title: string, body: string): string =>
  `<!doctype html><html lang="it"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">` +
  `<title>${escapeXml(title)}</title></head><body><p><strong>${BANNER}</strong></p><h1>${escapeXml(title)}</h1>${body}</body></html>`;

export function choicePage(title: string, action: string, ticket: string, people: readonly Person[]): string {
  const options = people
    .map(
      ({ codiceFiscale, title: name }) =>
        `<option value="${codiceFiscale}">${escapeXml(name)} – ${codiceFiscale}</option>`,
    )
    .join('');
  const buttons = OUTCOMES.map(
    ({ id, text }) => `<p><button type="submit" name="esito" value="${id}">${escapeXml(text)}</button></p>`,
  ).join('');
  return page(
    `${title} di prova`,
    `<form method="post" action="${action}"><input type="hidden" name="ticket" value="${ticket}">` +
      `<p><label for="persona">Persona</label> <select id="persona" name="persona">${options}</select></p>${buttons}</form>`,
  );
}

/** Sends the browser back; without script by a press. */
export function answerPage({ assertionConsumer, relayState }: AcceptedRequest, message: string): string {
  return page(
    'Torna al servizio',
    `<form method="post" action="${escapeXml(assertionConsumer)}">` +
      `<input type="hidden" name="SAMLResponse" value="${message}">` +
      `<input type="hidden" name="RelayState" value="${escapeXml(relayState)}">` +
      '<button type="submit">Continua</button></form><script>document.forms[0].submit()</script>',
  );
}

export function errorPage(message: string): string {
  return page('Richiesta rifiutata', `<p>${escapeXml(message)}</p>`);
}
