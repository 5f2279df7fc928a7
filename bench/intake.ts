/**
 * The intake of school staff by the operator's command, compared with the bare work in psql and the database: `\copy`
 * of the same file into a table, one join that inserts the persons and counts them by ASL. The bare work checks,
 * reports and records nothing.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { measureAslNumbers } from './asl-numbers.js';
import { compared } from './comparison.js';
import type { Compared } from './comparison.js';
import { intakePlace } from './intake-place.js';
import type { IntakePlace } from './intake-place.js';
import { timedCommand } from './operator-command.js';
import type { TimedCommand } from './operator-command.js';
import { asOwner } from './pgbench.js';

const run = promisify(execFile);

const PATH = '/usr/local/bin:/usr/bin:/bin';

/** Into the tables of the roster, with their keys and references, and with the intake's work memory. */
const BARE = (file: string): string => `
\\set ON_ERROR_STOP on
BEGIN;
SET LOCAL work_mem = '128MB';
CREATE TEMPORARY TABLE bare (codice_fiscale text) ON COMMIT DROP;
\\copy bare FROM '${file}' WITH (FORMAT csv, HEADER)
INSERT INTO roster.intake (layout, sha256, file_name, state, total_bytes, started_at)
  VALUES ('statali', repeat('0', 64), 'bare', 'running', 0, now());
ANALYZE bare;
CREATE TEMPORARY TABLE matched ON COMMIT DROP AS
  SELECT p.identifier, p.region_code, p.asl_code, p.doctor FROM bare b JOIN registry.person p ON p.identifier = b.codice_fiscale
  WHERE p.status = 'in_care';
INSERT INTO roster.listed_person SELECT identifier, current_date, doctor FROM matched WHERE doctor IS NOT NULL;
INSERT INTO roster.result
  SELECT (SELECT max(id) FROM roster.intake), region_code, asl_code, count(doctor), count(*) - count(doctor), 0, false
  FROM matched GROUP BY region_code, asl_code;
COMMIT;
`;

const FIGURES = `
  SELECT (SELECT count(*) FROM roster.listed_person)::integer AS listed,
         (SELECT md5(string_agg(concat_ws(',', asl_code, with_doctor, without_doctor), ';' ORDER BY asl_code))
          FROM roster.result) AS result`;

export interface IntakeBenchOptions {
  /** Lines of the file. */
  readonly staff: number;
  /** Rows of the registry. */
  readonly persons: number;
  readonly rounds: number;
  readonly date: string;
  readonly print: (line: string) => void;
}

export async function measureIntake({ staff, persons, rounds, date, print }: IntakeBenchOptions): Promise<Compared[]> {
  await run('psql', ['--version']).catch(() => {
    throw new Error('psql is missing: install Debian’s package postgresql-client');
  });
  print(`intake: ${persons} persons and a file of ${staff} lines are being written`);
  const place = await intakePlace(staff, persons);
  try {
    const bare: number[] = [];
    const ours: number[] = [];
    let resident = 0;
    // The bare work runs first in each round, when the data of both are colder.
    for (let round = 0; round < rounds; round++) {
      await clear(place);
      const plain = await psql(place);
      const expected = await figures(place);
      await clear(place);
      const taken = await takeIn(place);
      if ((await figures(place)) !== expected) throw new Error('intake and bare SQL come to different results');
      bare.push(plain);
      ours.push(taken.seconds);
      resident = Math.max(resident, taken.resident);
      print(`bare ${plain.toFixed(1)} s, intake ${taken.seconds.toFixed(1)} s, ${taken.resident.toFixed(0)} MB`);
    }
    const name = `intake of ${staff} against ${persons} persons : bare \\copy and join`;
    return [
      compared(name, median(ours), median(bare), 's', date, { most: 3 }),
      compared('resident memory of the intake : 300 MB', resident, 300, 'MB', date, { most: 1 }),
      await measureAslNumbers(place.url, date),
    ];
  } finally {
    await place.stop();
  }
}

function clear({ url }: IntakePlace): Promise<unknown> {
  return asOwner(url, async (client) => {
    await client.query('TRUNCATE roster.intake, roster.result, roster.reject, roster.listing, roster.listed_person');
    await client.query('CHECKPOINT');
  });
}

/** @returns seconds, including the start of psql */
async function psql({ url, file }: IntakePlace): Promise<number> {
  const server = new URL(url);
  const began = performance.now();
  const child = spawn(
    'psql',
    [
      '--no-psqlrc',
      '--quiet',
      `--host=${server.hostname}`,
      `--port=${server.port}`,
      `--username=${server.username}`,
      server.pathname.slice(1),
    ],
    { env: { PATH, PGPASSWORD: server.password }, stdio: ['pipe', 'ignore', 'inherit'] },
  );
  const ended = once(child, 'exit');
  child.stdin.end(BARE(file));
  const [code] = (await ended) as readonly unknown[];
  if (code !== 0) throw new Error('psql failed');
  return (performance.now() - began) / 1000;
}

async function figures({ url }: IntakePlace): Promise<string> {
  return asOwner(url, async (client) => JSON.stringify((await client.query(FIGURES)).rows));
}

function takeIn(place: IntakePlace): Promise<TimedCommand> {
  const env = { DATABASE_URL: place.url };
  const expected = `statali: ${place.accepted} lines in order`;
  return timedCommand(['roster-intake', place.file, '--apply'], place.folder, env, expected);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
