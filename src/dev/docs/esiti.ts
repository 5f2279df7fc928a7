/**
 * docs/esiti.md: every outcome and every fault of the services, for their callers, in Italian. Generated from the
 * code's tables.
 */
import { ASL_REFUSALS } from '../../asl/index.js';
import { BLOCK_REFUSALS, MAY_BE_FED } from '../../opposition/index.js';
import { DONE } from '../../platform/outcome.js';
import type { OutcomeText } from '../../platform/outcome.js';
import { REFUSALS } from '../../screening/index.js';
import { MESSAGE_FAULTS, SIGN_IN_FAULTS, TRANSPORT_FAULTS } from './faults.js';
import type { FaultText } from './faults.js';
import { markdownTable } from './table.js';

export function esitiPage(): string {
  const outcomes = [DONE, ...byCode(Object.values(REFUSALS))];
  const aslOutcomes = [DONE, ...byCode(Object.values(ASL_REFUSALS))];
  const metadataOutcomes = [MAY_BE_FED, ...byCode(Object.values(BLOCK_REFUSALS))];
  return `<!-- Generato da npm run docs: non modificare a mano. -->
# Esiti ed errori

Una richiesta valida riceve **sempre** una risposta HTTP 200 con un \`esito\`, che sia accolta o rifiutata. Un messaggio che
non è una richiesta valida, o chi non si autentica, riceve un **fault SOAP**. Entrambi dicono che cosa non va e dove.

## Esiti (HTTP 200)

\`esito\` e \`descrizioneEsito\` sono quelli del primo motivo; \`dettagli\` li elenca **tutti**, ciascuno con codice, descrizione e
nome dell’elemento (\`campo\`). Ogni risposta, anche di rifiuto, ha il proprio \`identificativoTransazione\`. Un elenco senza righe
è \`0000\`. Un codice pubblicato non cambia significato; codici nuovi si possono aggiungere: trattare come rifiuto
ogni esito diverso da \`0000\` e \`0001\` (eseguita con avvertenze, oggi non usato). Un codice comune a più servizi ha in
tutti lo stesso significato.

### TestSierologici

${markdownTable(['codice', 'significato', 'campo', 'che cosa fare'], outcomes.map(outcomeRow))}

Con \`2005\` il dettaglio porta in \`identificativoTransazione\` la transazione originaria, se chi chiama può vederla: il titolare
sempre, il sostituto solo se l’invio è suo.

### Servizi per le ASL

Nell’applicazione web e nei comandi dell’operatore, con la stessa forma di risposta: numero degli assistiti per medico, numero
giornaliero dei test eseguiti.

${markdownTable(['codice', 'significato', 'campo', 'che cosa fare'], aslOutcomes.map(outcomeRow))}

### ComunicazioneMetadati

Per i sistemi che alimentano il FSE: dice se un documento può esservi inserito. La domanda non cambia nulla e si può
ripetere; \`5001\` non va ripetuto.

${markdownTable(['codice', 'significato', 'campo', 'che cosa fare'], metadataOutcomes.map(outcomeRow))}

## Errori SOAP (fault)

Il \`detail\` è l’elemento \`erroreServizio\` del contratto: \`codice\` (questa tabella), \`campo\` e \`riga\` quando si conoscono,
\`idRichiesta\`. Lo stesso \`idRichiesta\` è nell’header HTTP \`X-Request-Id\` e nel log del servizio: indicarlo in ogni
segnalazione. Lo stato HTTP è quello di SOAP 1.1; in SOAP 1.2 i fault \`Client\` con stato 500 hanno stato 400 e codice
\`Sender\`, i \`Server\` hanno codice \`Receiver\`.

### Trasporto e disponibilità

${faultTable(TRANSPORT_FAULTS)}

### Messaggio

${faultTable(MESSAGE_FAULTS)}

### Autenticazione

ComunicazioneMetadati conosce la sola autenticazione con certificato: quello del sistema, di una CA dei sistemi alimentanti,
vale dove la tabella dice carta, e il nome abilitato (\`commonName\`) dove dice codice fiscale o utente.

${faultTable(SIGN_IN_FAULTS)}
`;
}

function byCode<Row extends { readonly code: string }>(rows: readonly Row[]): readonly Row[] {
  return rows.toSorted((a, b) => a.code.localeCompare(b.code));
}

function outcomeRow({ code, text, field, remedy }: OutcomeText): string[] {
  return [`\`${code}\``, text, field === undefined ? '–' : `\`${field}\``, remedy];
}

function faultTable(faults: readonly FaultText[]): string {
  return markdownTable(
    ['codice', 'HTTP', 'faultcode', 'significato', 'che cosa fare'],
    faults.map(({ codice, status, faultClass, meaning, remedy }) => [
      `\`${codice}\``,
      String(status),
      faultClass,
      meaning,
      remedy,
    ]),
  );
}
