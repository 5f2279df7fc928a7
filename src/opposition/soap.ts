/** The metadata communication on the wire [contract]: translates Italian elements to and from the service. */
import type { ServizioComunicazioneMetadatiOperations } from '../../generated/ComunicazioneMetadati.js';
import type { Call, OperationName } from '../auth/index.js';
import { romeDateTime } from '../platform/clock.js';
import type { Handlers } from '../platform/soap/index.js';
import { outcomeOf } from '../platform/outcome.js';
import { BLOCK_REFUSALS, MAY_BE_FED } from './block/outcomes.js';
import type { BlockRefusal } from './block/outcomes.js';
import type { BlockOutcome, BlockService } from './block/service.js';
import type { DocumentKind } from './block/model.js';

type Operation = ServizioComunicazioneMetadatiOperations['comunicazioneMetadati'];

/** The policy's operation name for each wire operation. */
export const SYSTEM_OPERATION_OF = {
  comunicazioneMetadati: 'metadata-communication',
} as const satisfies Record<keyof ServizioComunicazioneMetadatiOperations, OperationName>;

const KIND_OF = {
  REFERTO: 'report',
  VERBALE_PRONTO_SOCCORSO: 'emergency-report',
  LETTERA_DIMISSIONE: 'discharge-letter',
  PROFILO_SANITARIO_SINTETICO: 'patient-summary',
  CARTELLA_CLINICA: 'clinical-record',
  VACCINAZIONE: 'vaccination',
  TESSERA_IMPIANTO: 'implant-card',
  LETTERA_INVITO_SCREENING: 'prevention-invitation',
  PRESCRIZIONE_FARMACEUTICA: 'drug-prescription',
  PRESCRIZIONE_SPECIALISTICA: 'specialist-prescription',
  EROGAZIONE_FARMACEUTICA: 'drug-dispensation',
  EROGAZIONE_SPECIALISTICA: 'specialist-dispensation',
  ALTRO: 'other',
} as const satisfies Record<Operation['request']['tipoDocumento'], DocumentKind>;

export function blockHandlers(service: BlockService): Handlers<ServizioComunicazioneMetadatiOperations, Call> {
  return {
    async comunicazioneMetadati(request, call) {
      const document = {
        subject: request.identificativoAssistito,
        producedOn: request.dataProduzioneDocumento,
        eventOn: request.dataEventoClinico,
        ofHealthService: request.prestazioneSSN ?? true,
        kind: KIND_OF[request.tipoDocumento],
        loadedWithConsent: request.statoCaricamento === 'GIA_CARICATO_CON_CONSENSO',
      };
      const outcome = await service.communicate(call, document);
      return answer(outcome, document.eventOn === undefined ? {} : { opposed: 'dataEventoClinico' });
    },
  };
}

/** @param fields the element to blame for reasons where this request has another than the usual one */
function answer(
  { transactionId, at, refusals }: BlockOutcome,
  fields: Partial<Record<BlockRefusal, string>>,
): Operation['response'] {
  const { code, text } = outcomeOf(refusals, BLOCK_REFUSALS, MAY_BE_FED);
  const dettaglio = refusals.map((refusal) => {
    const { code: codice, text: descrizione, field } = BLOCK_REFUSALS[refusal];
    return { codice, descrizione, campo: fields[refusal] ?? field };
  });
  return {
    identificativoTransazione: transactionId,
    dataOra: romeDateTime(at),
    esito: code,
    descrizioneEsito: text,
    dettagli: dettaglio.length === 0 ? undefined : { dettaglio },
  };
}
