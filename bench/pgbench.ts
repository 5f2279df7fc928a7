/**
 * pgbench with the gateway's SQL: the database's maximum, one client transaction per statement, prepared, as the
 * gateway's role and with its planner settings. Submissions are of a separate doctor whose persons have numeric
 * identifiers (provisional codici fiscali of 11 digits), because pgbench computes with numbers only.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { runtimeRole } from '../src/platform/db/index.js';
import { pinned } from './cores.js';
import type { Statement } from './statements.js';

const run = promisify(execFile);

const PATH = '/usr/local/bin:/usr/bin:/bin';

const FIRST_PERSON = 80_000_000_000;
export const PGBENCH_DOCTOR = 'PGBENCH';
/** Placeholders in the statement's values for what changes with every submission. */
export const PERSON_MARK = 'person';
export const DAY_MARK = 'day';
/** Per client and run: far more than any run uses, so that no two runs submit the same pair. */
const PAIRS_PER_CLIENT = 20_000;

/**
 * The pairs of person and day, each once: `n` counts a client's submissions, `i` those of all clients. Days run through
 * 2021-2025.
 */
const NEXT_PAIR = `
\\set n :n + 1
\\set i :client_id + :clients * :n
\\set person ${FIRST_PERSON} + 1 + :i % :persons
\\set k :i / :persons
\\set day (2021 + :k / 336) * 10000 + (1 + :k / 28 % 12) * 100 + 1 + :k % 28
`;

/** @throws Error with the missing package */
export async function needPgbench(): Promise<void> {
  await run('pgbench', ['--version']).catch(() => {
    throw new Error('pgbench is missing: install Debian’s package postgresql-contrib (or postgresql-15)');
  });
}

/** A doctor with as many listed persons as the given one, and equal data. @returns their number */
export async function addPgbenchDoctor(ownerUrl: string, like: string): Promise<number> {
  return asOwner(ownerUrl, async (client) => {
    await client.query(
      `INSERT INTO registry.doctor SELECT $1, surname, given_name, asl_code FROM registry.doctor WHERE codice_fiscale = $2`,
      [PGBENCH_DOCTOR, like],
    );
    const { rowCount } = await client.query(
      `INSERT INTO registry.person (identifier, surname, given_name, birth_date, region_code, asl_code, doctor, status,
                                    care_since, updated_on)
       SELECT (${FIRST_PERSON} + row_number() OVER ())::text, surname, given_name, birth_date, region_code, asl_code, $1,
              status, care_since, updated_on
       FROM registry.person p JOIN roster.listed_person l ON l.person = p.identifier
       WHERE p.doctor = $2 AND p.status = 'in_care'`,
      [PGBENCH_DOCTOR, like],
    );
    await client.query(
      `INSERT INTO roster.listed_person SELECT identifier, updated_on FROM registry.person WHERE doctor = $1`,
      [PGBENCH_DOCTOR],
    );
    await client.query('ANALYZE');
    return rowCount ?? 0;
  });
}

export interface Pgbench {
  /** @returns transactions (statements, when a request has one) per second, and their mean latency in ms */
  measure(statements: readonly Statement[], seconds: number): Promise<{ perSecond: number; mean: number }>;
}

/** @param role that runs the statements */
export function pgbench(ownerUrl: string, clients: number, persons: number, role: string = runtimeRole): Pgbench {
  const server = new URL(ownerUrl);
  let runs = 0;
  return {
    async measure(statements, seconds) {
      const directory = await mkdtemp(join(tmpdir(), 'passerella-pgbench-'));
      const submits = statements.some(({ values }) => values.flat().includes(PERSON_MARK));
      const constants = new Map<string, string>();
      const script = statements.map((statement) => withVariables(statement, constants)).join('');
      try {
        const file = join(directory, 'script.sql');
        await writeFile(file, (submits ? NEXT_PAIR : '') + script);
        const variables = { ...Object.fromEntries(constants), clients, persons, n: runs++ * PAIRS_PER_CLIENT };
        const [command, args] = pinned('generator', 'pgbench', [
          ...['--no-vacuum', '--protocol=prepared', `--client=${clients}`, '--jobs=1', `--time=${Math.ceil(seconds)}`],
          ...Object.entries(variables).map(([name, value]) => `--define=${name}=${value}`),
          ...[`--file=${file}`, `--host=${server.hostname}`, `--port=${server.port}`, `--username=${server.username}`],
          server.pathname.slice(1),
        ]);
        const before = submits ? await submitted(ownerUrl) : 0;
        // The password is in the environment: arguments are visible to every user of the machine.
        const env = {
          PATH,
          PGPASSWORD: server.password,
          PGOPTIONS: `-c role=${role} -c plan_cache_mode=force_generic_plan`,
        };
        const { stdout } = await run(command, args, { env });
        const perSecond = numberIn(stdout, /^tps = ([\d.]+)/m);
        const processed = numberIn(stdout, /transactions actually processed: (\d+)/);
        const entered = submits ? (await submitted(ownerUrl)) - before : processed;
        if (processed === 0 || entered !== processed) {
          throw new Error(`pgbench: ${processed} transactions, ${entered} submissions entered`);
        }
        return { perSecond, mean: numberIn(stdout, /latency average = ([\d.]+) ms/) };
      } finally {
        await rm(directory, { recursive: true });
      }
    },
  };
}

/** `$n` of a statement as pgbench's variables: the placeholders are computed, everything else is constant. */
function withVariables({ text, values }: Statement, constants: Map<string, string>): string {
  const variable = (value: unknown): string => {
    if (value === PERSON_MARK || value === DAY_MARK) return `:${value}`;
    if (Array.isArray(value)) return value.length === 0 ? `'{}'` : `ARRAY[${value.map(variable).join(', ')}]`;
    if (value === null || value === undefined) return 'NULL';
    if (value === '') return `''`; // pgbench has no empty variables
    const name = `c${constants.size}`;
    if (value instanceof Date) constants.set(name, value.toISOString());
    else if (typeof value === 'string' || typeof value === 'number') constants.set(name, String(value));
    else throw new Error('pgbench cannot be given such a value');
    return `:${name}`;
  };
  const named = values.map(variable);
  return `${text.trim().replace(/\$(\d+)/g, (_whole, number: string) => named[Number(number) - 1] ?? '')};\n`;
}

async function submitted(ownerUrl: string): Promise<number> {
  return asOwner(ownerUrl, async (client) => {
    const { rows } = await client.query<{ count: string }>(
      'SELECT count(*) FROM screening.test_submission WHERE titular = $1',
      [PGBENCH_DOCTOR],
    );
    return Number(rows[0]?.count);
  });
}

export async function asOwner<Result>(url: string, work: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const client = new pg.Client({ connectionString: url, application_name: 'bench' });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

function numberIn(text: string, pattern: RegExp): number {
  const found = pattern.exec(text)?.[1];
  if (found === undefined) throw new Error(`pgbench said something else: ${text}`);
  return Number(found);
}
