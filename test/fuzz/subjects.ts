/**
 * The fuzzed contracts: every contract that the gateway serves, with the answers of its handlers here. Knows no grammar
 * and no wire.
 */
import { servizioComunicazioneMetadati } from '../../generated/ComunicazioneMetadati.js';
import type { ServizioComunicazioneMetadatiOperations } from '../../generated/ComunicazioneMetadati.js';
import { testSierologici } from '../../generated/TestSierologici.js';
import type { TestSierologiciOperations } from '../../generated/TestSierologici.js';
import type { ContractShape } from '../../src/platform/soap/index.js';

export interface Example {
  readonly operation: string;
  readonly fields: Readonly<Record<string, string>>;
}

export interface Subject {
  readonly contract: ContractShape;
  /** For each operation the handler's answer besides the fields that start every answer. */
  readonly answers: Readonly<Record<string, object>>;
  /** Valid requests, for a contract without samples: inserted into the samples' envelopes. */
  readonly examples?: readonly Example[];
}

/** An operation without an answer here, or an answer of another type, does not compile. */
type Answers<Operations extends Record<keyof Operations, { response: object }>> = {
  readonly [Name in keyof Operations]: Partial<Operations[Name]['response']>;
};

const tests: Answers<TestSierologiciOperations> = {
  scaricoElencoAssistiti: { listaAssistiti: { assistito: [] } },
  invioTestSierologico: {},
  annullamentoTestSierologico: {},
  scaricoElencoTestSierologici: { listaTestSierologici: { testSierologico: [] } },
};

const metadata: Answers<ServizioComunicazioneMetadatiOperations> = { comunicazioneMetadati: {} };

/** Written out: if taken from the generated contract, a word missing there would be missing here too. */
const DOCUMENT_KINDS = [
  'REFERTO', 'VERBALE_PRONTO_SOCCORSO', 'LETTERA_DIMISSIONE', 'PROFILO_SANITARIO_SINTETICO', 'CARTELLA_CLINICA', 'VACCINAZIONE',
  'TESSERA_IMPIANTO', 'LETTERA_INVITO_SCREENING', 'PRESCRIZIONE_FARMACEUTICA', 'PRESCRIZIONE_SPECIALISTICA', 'EROGAZIONE_FARMACEUTICA',
  'EROGAZIONE_SPECIALISTICA', 'ALTRO',
]; // prettier-ignore
const IDENTIFIERS = ['RSSMRA80A01H501U', '12345678903', 'STP1234567890123'];
const LOADINGS = ['PRIMO_CARICAMENTO', 'GIA_CARICATO_CON_CONSENSO'];

const documents = DOCUMENT_KINDS.map((tipoDocumento, index) => ({
  identificativoAssistito: IDENTIFIERS[index % IDENTIFIERS.length] ?? '',
  dataProduzioneDocumento: '2020-05-18',
  tipoDocumento,
  statoCaricamento: LOADINGS[index % LOADINGS.length] ?? '',
}));

export const SUBJECTS: readonly Subject[] = [
  { contract: testSierologici, answers: tests },
  {
    contract: servizioComunicazioneMetadati,
    answers: metadata,
    examples: documents.map((fields) => ({ operation: 'comunicazioneMetadati', fields })),
  },
];
