/** The doctors' operations on the wire [contract]: Italian element names on one side, the service on the other. */
import type { TestSierologiciOperations } from '../../generated/TestSierologici.js';
import type { Call, OperationName } from '../auth/index.js';
import { romeDateTime } from '../platform/clock.js';
import type { Handlers } from '../platform/soap/index.js';
import { outcomeOf } from '../platform/outcome.js';
import { REFUSALS, campaignDay } from './errors.js';
import type { RefusalCode } from './errors.js';
import type { Campaign } from './model.js';
import type { OnBehalf, Outcome, ScreeningService } from './service.js';

/** The policy's word for each wire operation. */
export const OPERATION_OF = {
  scaricoElencoAssistiti: 'patient-list',
  invioTestSierologico: 'test-submission',
  annullamentoTestSierologico: 'test-cancellation',
  scaricoElencoTestSierologici: 'test-list',
} as const satisfies Record<keyof TestSierologiciOperations, OperationName>;

export function screeningHandlers(
  service: ScreeningService,
  campaign: Campaign,
): Handlers<TestSierologiciOperations, Call> {
  return {
    async scaricoElencoAssistiti(request, call) {
      const outcome = await service.patientList(call, onBehalf(request));
      const assistito = outcome.persons?.map((person) => ({
        codiceFiscaleAssistito: person.identifier,
        nomeAssistito: person.givenName,
        cognomeAssistito: person.surname,
        dataUltimoAggiornamento: person.updatedOn,
      }));
      return { ...answer(outcome), listaAssistiti: assistito && { assistito } };
    },

    async invioTestSierologico(request, call) {
      // Member by member: spreading an object of unknown shape costs more than checking the rules.
      const submission = {
        doctor: request.codiceFiscaleMedico,
        titular: request.codiceFiscaleMedicoTitolare,
        person: request.codiceFiscaleAssistito,
        executedOn: request.dataEsecuzioneTest,
      };
      return answer(await service.submitTest(call, submission), campaign);
    },

    async annullamentoTestSierologico(request, call) {
      const { codiceFiscaleAssistito: person, identificativoTransazione: transactionId } = request;
      return answer(await service.cancelTest(call, { ...onBehalf(request), person, transactionId }));
    },

    async scaricoElencoTestSierologici(request, call) {
      const { dataInizioIntervallo: from, dataFineIntervallo: to } = request;
      const outcome = await service.testList(call, { ...onBehalf(request), from, to });
      const testSierologico = outcome.tests?.map((test) => ({
        codiceFiscaleAssistito: test.identifier,
        nomeAssistito: test.givenName,
        cognomeAssistito: test.surname,
        dataEsecuzioneTest: test.executedOn,
        identificativoTransazioneComunicazione: test.transactionId,
        dataInserimento: test.communicatedOn,
      }));
      return { ...answer(outcome), listaTestSierologici: testSierologico && { testSierologico } };
    },
  };
}

function onBehalf(request: { codiceFiscaleMedico: string; codiceFiscaleMedicoTitolare: string }): OnBehalf {
  return { doctor: request.codiceFiscaleMedico, titular: request.codiceFiscaleMedicoTitolare };
}

/** The beginning and the end of every response. */
function answer(outcome: Outcome, campaign?: Campaign): TestSierologiciOperations['invioTestSierologico']['response'] {
  const { transactionId, at, refusals, original } = outcome;
  const { code, text } = outcomeOf(refusals, REFUSALS);
  const dettaglio = refusals.map((refusal) => detail(refusal, original, campaign));
  return {
    identificativoTransazione: transactionId,
    dataOra: romeDateTime(at),
    esito: code,
    descrizioneEsito: text,
    dettagli: dettaglio.length === 0 ? undefined : { dettaglio },
  };
}

function detail(refusal: RefusalCode, original: number | undefined, campaign: Campaign | undefined) {
  const { code, text, field } = REFUSALS[refusal];
  const duplicates = refusal === 'duplicate-test' && original !== undefined;
  // The published sample of 2003 prescribes its exact text; 2006 has none.
  const day = refusal === 'executed-after-campaign' && campaign !== undefined ? campaignDay(refusal, campaign) : '';
  return {
    codice: code,
    descrizione: duplicates ? `${text} Identificativo della transazione originaria: ${original}.` : text + day,
    campo: field,
    identificativoTransazione: duplicates ? original : undefined,
  };
}
