/** The command line of `npm run replay`. */
import { parseArgs } from 'node:util';

export const USAGE = `uso: npm run replay -- <cartella o file .request.xml>… [opzioni]

  --endpoint URL       dove inviare; se manca, quello del file delle identità
  --identity RUOLO     chi fa la parte del medico (predefinito: doctor)
  --sandbox FILE       file delle identità (predefinito: .sandbox/sandbox.json)
  --junit FILE         scrive anche un rapporto JUnit
  --record NOME        registra la risposta del caso NOME («scena/caso» o «caso») come attesa; ripetibile
  --record-missing     registra la risposta di ogni caso che non ne ha una attesa

codice di uscita: 0 tutto come atteso, 1 qualche differenza, 2 uso errato
`;

export interface CommandLine {
  readonly paths: readonly string[];
  readonly endpoint: string | undefined;
  readonly role: string;
  readonly identitiesFile: string;
  readonly junitFile: string | undefined;
  readonly record: readonly string[];
  readonly recordMissing: boolean;
}

export class UsageError extends Error {}

/** @throws UsageError */
export function readCommandLine(args: readonly string[]): CommandLine {
  const { values, positionals } = parsed(args);
  if (positionals.length === 0) throw new UsageError('manca la cartella dei casi');
  return {
    paths: positionals,
    endpoint: values.endpoint,
    role: values.identity,
    identitiesFile: values.sandbox,
    junitFile: values.junit,
    record: values.record,
    recordMissing: values['record-missing'],
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        endpoint: { type: 'string' },
        identity: { type: 'string', default: 'doctor' },
        sandbox: { type: 'string', default: '.sandbox/sandbox.json' },
        junit: { type: 'string' },
        record: { type: 'string', multiple: true, default: [] },
        'record-missing': { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
