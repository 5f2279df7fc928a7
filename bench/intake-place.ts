/**
 * The environment for measuring the intake: the sandbox's PostgreSQL with production settings, millions of persons in
 * care, and a file of state-school staff.
 */
import { createWriteStream } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createLogger } from '../src/platform/log.js';
import { migrateTs } from '../src/roles/migrations.js';
import { sandboxProcess } from '../test/crash/sandbox-process.js';
import { codiceFiscale } from '../test/integration/registry-fixture.js';
import { asOwner } from './pgbench.js';

const DATABASE = 'bench_intake';
const REGIONS = 21;
const ASLS = 105;
/** Of a hundred doctors this many belong to the largest ASL: of 5 million persons it has 1.4 million. */
const OF_LARGEST = 32;
/** Nearly as many as a doctor may have. */
const PERSONS_PER_DOCTOR = 1_400;
/** Of a hundred lines this many name unknown persons, and this many have an invalid codice fiscale. */
const STRANGERS = 2;
const BAD = 1;
/** Prime, so that the file does not follow the order of the registry, and has no person twice. */
const STRIDE = 1_299_709;
const PER_CHUNK = 5_000;

export interface IntakePlace {
  readonly folder: string;
  readonly url: string;
  /** CSV of one column, with a header. */
  readonly file: string;
  /** Valid lines of the file. */
  readonly accepted: number;
  stop(): Promise<void>;
}

export async function intakePlace(staff: number, persons: number): Promise<IntakePlace> {
  const folder = await mkdtemp(join(tmpdir(), 'passerella-bench-intake-'));
  await chmod(folder, 0o755); // psql reads the file as the user of the bench
  const sandbox = await sandboxProcess('bench-intake');
  const stop = async (): Promise<void> => {
    await sandbox.stop();
    await sandbox.remove();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await sandbox.start();
    const clusterUrl = await sandbox.ownerUrl();
    await asOwner(clusterUrl, (client) => client.query(`CREATE DATABASE ${DATABASE}`));
    const url = new URL(clusterUrl);
    url.pathname = `/${DATABASE}`;
    await migrateTs(url.toString(), createLogger('error'));
    await fillRegistry(url.toString(), persons);
    const file = join(folder, 'staff.csv');
    const accepted = await writeStaff(file, staff, persons);
    return { folder, url: url.toString(), file, accepted, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Values of letters at odd positions of a codice fiscale (DM 23-12-1976), for computing in SQL. */
const ODD = '{1,0,5,7,9,13,15,17,19,21,2,4,18,20,11,3,6,8,12,14,16,10,22,25,24,23}';
/** Share of `80A01H501`, the positions after surname and name, in the sum. */
const REST = 40;

/**
 * Persons of every ASL, nine in ten with a doctor, one in fifty no longer in care; identifiers as from `codiceFiscale`.
 */
function fillRegistry(url: string, persons: number): Promise<void> {
  const doctors = Math.ceil(persons / PERSONS_PER_DOCTOR);
  return asOwner(url, async (client) => {
    await client.query(
      `INSERT INTO registry.region SELECT lpad((i * 10)::text, 3, '0'), 'Regione ' || i FROM generate_series(1, ${REGIONS}) AS i`,
    );
    await client.query(
      `INSERT INTO registry.asl SELECT lpad(((1 + i % ${REGIONS}) * 10)::text, 3, '0') || lpad(i::text, 3, '0'),
         lpad(((1 + i % ${REGIONS}) * 10)::text, 3, '0'), 'ASL ' || i FROM generate_series(1, ${ASLS}) AS i`,
    );
    await client.query(
      `WITH asl AS (SELECT code, row_number() OVER (ORDER BY code) - 1 AS position FROM registry.asl)
       INSERT INTO registry.doctor SELECT 'MEDICO' || i, 'ROSSI', 'ANNA', asl.code
       FROM generate_series(0, $1::integer - 1) AS i
         JOIN asl ON asl.position = CASE WHEN i % 100 < ${OF_LARGEST} THEN 0 ELSE 1 + i % ${ASLS - 1} END`,
      [doctors],
    );
    await client.query(
      `WITH asl AS (SELECT code, region_code, row_number() OVER (ORDER BY code) - 1 AS position FROM registry.asl),
       code AS (
         SELECT i, ARRAY[i / 11881376 % 26, i / 456976 % 26, i / 17576 % 26, i / 676 % 26, i / 26 % 26, i % 26]::integer[] AS l
         FROM generate_series(0, $1::integer - 1) AS i)
       INSERT INTO registry.person (identifier, surname, given_name, birth_date, region_code, asl_code, doctor, status, care_since,
                                    updated_on)
       SELECT chr(65 + l[1]) || chr(65 + l[2]) || chr(65 + l[3]) || chr(65 + l[4]) || chr(65 + l[5]) || chr(65 + l[6])
                || '80A01H501' || chr(65 + (o[1 + l[1]] + l[2] + o[1 + l[3]] + l[4] + o[1 + l[5]] + l[6] + ${REST}) % 26),
              'ROSSI' || i % 10000, 'ANNA MARIA', '1980-01-01', a.region_code, a.code,
              CASE WHEN i % 10 <> 0 THEN 'MEDICO' || i % $2::integer END,
              CASE WHEN i % 50 = 7 THEN 'deceased' ELSE 'in_care' END, '2015-01-01', '2015-01-01'
       FROM code JOIN asl a ON a.position = i % ${ASLS}, (SELECT '${ODD}'::integer[] AS o) odd`,
      [persons, doctors],
    );
    await client.query('VACUUM ANALYZE registry.person');
    await client.query('CHECKPOINT');
  });
}

/** @returns number of valid lines */
async function writeStaff(path: string, staff: number, persons: number): Promise<number> {
  let accepted = 0;
  function* lines(): Generator<string> {
    let chunk = 'codice_fiscale\n';
    for (let index = 0; index < staff; index++) {
      const kind = index % 100;
      const isBad = kind < BAD;
      const number = kind < BAD + STRANGERS ? persons + index : (index * STRIDE) % persons;
      if (!isBad) accepted += 1;
      chunk += isBad ? `ROSSI${index}\n` : `${codiceFiscale(number)}\n`;
      if (index % PER_CHUNK !== 0) continue;
      yield chunk;
      chunk = '';
    }
    yield chunk;
  }
  await pipeline(Readable.from(lines()), createWriteStream(path));
  return accepted;
}
