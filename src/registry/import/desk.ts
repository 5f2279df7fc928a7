/** The operation that imports a file into the registry [G-3]. */
import { accessLogIn, recordIn } from '../../audit/index.js';
import { operationsOf } from '../../auth/index.js';
import type { Operation } from '../../auth/index.js';
import { CsvFileError, type CsvFileProblem } from '../../platform/csv/index.js';
import { RegistryImportError, importRegistry } from './run.js';
import type { ImportOptions, ImportProblem, ImportResult } from './run.js';

export type ImportRefusal = 'not-permitted' | ImportProblem | CsvFileProblem;

/** The outcome in the access log: the response code if there is one (docs/esiti.md), else the word. */
export function importOutcome(refusal: ImportRefusal): string {
  return refusal === 'not-permitted' ? '1001' : refusal;
}

type Options = Pick<ImportOptions, 'ownerDb' | 'clock' | 'log'>;

/** Result of an import, or the reason for refusing it; `failure` is a text for the operator. */
interface Imported {
  readonly transactionId: number;
  readonly refusals?: readonly ImportRefusal[];
  readonly result?: ImportResult;
  readonly failure?: RegistryImportError | CsvFileError;
}

export interface ImportDesk {
  /**
   * The transaction that ends the import writes the log row. @throws errors of the database; repeating the call resumes
   */
  readonly import: Operation<
    Omit<ImportOptions, keyof Options | 'record'>,
    ImportRefusal,
    Omit<Imported, 'transactionId' | 'refusals'>
  >;
}

export function createImportDesk(options: Options): ImportDesk {
  const { ownerDb, clock } = options;
  const operation = operationsOf<ImportRefusal>({
    ...{ accessLog: accessLogIn(ownerDb), clock },
    outcomeOf: importOutcome,
  });
  return {
    import: operation(
      'registry-import',
      async (_call, request: Omit<ImportOptions, keyof Options | 'record'>, access): Promise<Imported> => {
        let recorded: number | undefined;
        try {
          const result = await importRegistry({
            ...{ ...options, ...request },
            async record(tables, rows) {
              recorded = await recordIn(tables, access, 'imported', rows);
            },
          });
          const outcome = result.outcome === 'already' ? 'already' : 'rehearsed';
          return { result, transactionId: recorded ?? (await recordIn(ownerDb, access, outcome)) };
        } catch (error) {
          if (!(error instanceof RegistryImportError || error instanceof CsvFileError)) throw error;
          const { problem } = error;
          return {
            ...{ transactionId: await recordIn(ownerDb, access, problem), refusals: [problem] },
            failure: error,
          };
        }
      },
      () => ({ subjectKind: 'file' }),
    ),
  };
}
