/**
 * Reasons for refusing a whole roster file, with the texts for its uploader, and obstacles to an intake. A bad line is
 * no error: it goes into the reject report.
 */
import { CsvFileError, type CsvFileProblem } from '../platform/csv/index.js';
import { isDiskFull } from '../platform/db/index.js';
import { codeOf } from '../platform/error-code.js';
import { LAYOUT_HEADERS } from './layouts.js';

/** The request is not possible; the file itself may be valid. */
type Obstacle = 'same_file' | 'not_published' | 'other_layout' | 'busy' | 'report_not_writable';

export type IntakeProblem =
  'wrong_header' | 'nothing_valid' | 'too_many_rejects' | 'other_names' | 'superseded' | 'withdrawn' | Obstacle;

/** Texts for the operator; they quote nothing of the file. */
export const INTAKE_MESSAGES: Readonly<Record<IntakeProblem, string>> = {
  wrong_header: `the first line is the header of none of the layouts (${LAYOUT_HEADERS.join(' | ')})`,
  nothing_valid: 'no line of the file is valid',
  too_many_rejects: 'too many lines are invalid or repeat an earlier line: this is probably not the right file',
  other_names: 'the file has other names (hard links): deliver a copy',
  superseded: 'this file was taken in before and another one has replaced it: --again takes it in again',
  withdrawn: 'this file was taken in before and was withdrawn: --again takes it in again',
  same_file:
    'this file was taken in before: --again takes it in again; to make its intake replace another, ' +
    'roster-withdraw --intake N --replaced-by M',
  not_published: 'there is no such intake, or it is no longer published (roster-results lists them)',
  other_layout: 'the two files are of different layouts',
  busy: 'another intake is running',
  report_not_writable: 'the folder of the reject report cannot be written',
};

/** Reasons for refusing an operation on the roster. */
export type RosterRefusal =
  | 'not-permitted'
  | IntakeProblem
  | CsvFileProblem
  | 'person-form'
  | 'not-listed'
  | 'unknown-intake'
  /** The upload ended early. */
  | 'cut-off'
  | 'no-room'
  /** In the log only: the same file has been uploaded before. */
  | 'already';

/** The outcome in the access log: the response code if there is one (docs/esiti.md), else the word. */
export function rosterOutcome(refusal: RosterRefusal): string {
  return refusal === 'not-permitted' ? '1001' : refusal;
}

/** The most frequent reason among the rejected lines. */
export interface MainReason {
  readonly lines: number;
  readonly rejected: number;
  /** In Italian, as in the reject report. */
  readonly reason: string;
}

/**
 * The intake is not possible; nothing has changed. `message` is a text for the operator and quotes nothing of the file.
 */
export class IntakeError extends Error {
  override readonly name = 'IntakeError';

  constructor(
    readonly problem: IntakeProblem,
    cause?: unknown,
    /** The most frequent reason of rejected lines. */
    readonly main?: MainReason,
  ) {
    const { lines = 0, rejected = 0, reason = '' } = main ?? {};
    super(
      main === undefined
        ? INTAKE_MESSAGES[problem]
        : `${INTAKE_MESSAGES[problem]}; ${lines} of ${rejected} for the same reason: «${reason}»`,
      { cause },
    );
  }
}

/** Reasons that lie in the file: it will be refused until it changes. */
export type Refusal = Exclude<IntakeProblem, Obstacle> | Exclude<CsvFileProblem, 'changed_while_read' | 'not_found'>;

/** Texts for the uploader; they quote nothing of the file. */
export const REFUSAL_TEXTS: Readonly<Record<Refusal, string>> = {
  wrong_header:
    'La prima riga non è l’intestazione di uno dei tracciati previsti, oppure il separatore non è ; o , o la tabulazione. ' +
    `Intestazioni ammesse: ${LAYOUT_HEADERS.join(' oppure ')}`,
  nothing_valid: 'Nessuna riga del file è valida.',
  too_many_rejects:
    'Troppe righe non sono valide o ripetono una riga precedente: probabilmente il file non è quello giusto.',
  other_names: 'Il file ha anche altri nomi (collegamenti fisici): inviarne una copia.',
  superseded:
    'Questo file è già stato acquisito, e in seguito sostituito da un altro: se deve valere di nuovo, chiederlo al gestore.',
  withdrawn: 'Questo file è già stato acquisito, e in seguito ritirato: se deve valere di nuovo, chiederlo al gestore.',
  not_a_file: 'Non è un file ordinario.',
  unreadable: 'Il file non può essere letto: verificarne i permessi.',
  empty: 'Il file è vuoto.',
  utf16: 'Il file è in UTF-16: salvarlo in UTF-8 o ISO-8859-1.',
  spreadsheet: 'È una cartella di Excel o di LibreOffice: salvarla come CSV UTF-8 e inviare il CSV.',
  archive: 'È un archivio compresso: inviare il CSV stesso, semplice o compresso con gzip.',
  binary: 'Il file è binario, non è un testo: inviare un CSV UTF-8.',
  not_gzip: 'Il nome termina in .gz ma il contenuto non è gzip.',
  gzip_broken: 'I dati gzip sono incompleti o danneggiati: ripetere l’invio.',
  no_header: 'La prima riga non è un’intestazione leggibile.',
  too_large: 'Il file, o il suo contenuto una volta decompresso, supera la dimensione massima ammessa.',
};

/** The text of a refusal, with details from the error. */
export function refusalText(refusal: Refusal, error: unknown): string {
  const main = error instanceof IntakeError ? error.main : undefined;
  if (main === undefined) return REFUSAL_TEXTS[refusal];
  const { lines, rejected, reason } = main;
  return `${REFUSAL_TEXTS[refusal]} Motivo più frequente: righe ${lines} su ${rejected}, ${reason}.`;
}

/** An error with the file at fault. */
export interface BlamedFile {
  readonly problem: Refusal;
  readonly failure: IntakeError | CsvFileError;
}

/** @returns undefined for errors that may not recur */
export function blamed(error: unknown): BlamedFile | undefined {
  if (!(error instanceof IntakeError || error instanceof CsvFileError)) return undefined;
  return isRefusal(error.problem) ? { problem: error.problem, failure: error } : undefined;
}

/** The reason when the file is at fault; undefined for errors that may not recur. */
export function refusalOf(error: unknown): Refusal | undefined {
  return blamed(error)?.problem;
}

function isRefusal(problem: IntakeProblem | CsvFileProblem): problem is Refusal {
  return Object.hasOwn(REFUSAL_TEXTS, problem);
}

/** Which storage is full, if the error says so: reported separately, because an operator can free space. */
export function outOfSpace(error: unknown): 'disk' | 'database' | undefined {
  const code = codeOf(error);
  if (code === 'ENOSPC' || code === 'EDQUOT') return 'disk';
  return isDiskFull(error) ? 'database' : undefined;
}
