/**
 * The environment of the suite: a durable embedded PostgreSQL (the sandbox's), a registry by formula in a separate
 * database, an exchange folder and a worker. Owns the delivered files; does not know kills and judgement.
 */
import { chmod, mkdir, mkdtemp, readFile, readdir, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../../src/platform/clock.js';
import { openDatabase } from '../../../src/platform/db/index.js';
import type { DataSource } from '../../../src/platform/db/index.js';
import { createJobQueue } from '../../../src/platform/jobs/index.js';
import { createLogger } from '../../../src/platform/log.js';
import { migrateTs } from '../../../src/roles/migrations.js';
import { createIntakes } from '../../../src/roster/index.js';
import {
  expectationOf,
  fillRegistry,
  fixturePerson,
  listedPersons,
  stranger,
} from '../../integration/roster-fixture.js';
import { programProcess } from '../program-process.js';
import type { ProgramProcess } from '../program-process.js';
import { sandboxProcess } from '../sandbox-process.js';
import type { SandboxProcess } from '../sandbox-process.js';
import { withClient } from '../tables.js';
import type { Evidence } from './judge.js';

const WORKER = fileURLToPath(new URL('worker.js', import.meta.url));
const DATABASE = 'crash_intake';
const DATABASE_LIMIT_MS = 60_000;
const LIMITS = { poolSize: 2, statementTimeoutMs: 60_000, applicationName: 'crash suite' };
/** One line in this many names an unknown person, repeats the previous one, or has an invalid codice fiscale. */
const STRANGE = 97;
const REPEATED = 89;
const BAD = 83;

export interface Place {
  readonly sandbox: SandboxProcess;
  readonly worker: ProgramProcess;
  /** Empties the roster and delivers a new file. @param number of the round; every round has another file */
  deliver(number: number): Promise<void>;
  /** The facts about the last delivered file. */
  evidence(isOver: boolean): Promise<Evidence>;
  /** Requests a look into the folder now. */
  urge(): Promise<void>;
  /** Resolves as soon as the file is published: its result is being written. */
  published(): Promise<void>;
  /** No file waits in the folder. */
  isOver(): Promise<boolean>;
  /** Resolves when the database answers. */
  reachable(): Promise<void>;
  /** … and no statement of a dead worker is running: a commit outlives its client. */
  quiet(): Promise<void>;
  remove(): Promise<void>;
}

interface Delivered {
  readonly text: string;
  readonly expected: Evidence['expected'];
}

/** The worker is not running. */
export async function intakePlace(persons: number): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), 'passerella-crash-intake-'));
  await chmod(folder, 0o700);
  const exchange = join(folder, 'exchange');
  const sandbox = await sandboxProcess('crash-intake');
  let url = '';
  let delivered: Delivered | undefined;
  const worker = programProcess({
    ...{ name: 'worker', args: () => [WORKER, url, exchange], cwd: folder, ready: /worker is up/ },
  });
  const remove = async (): Promise<void> => {
    await worker.kill();
    await sandbox.remove();
    await rm(folder, { recursive: true, force: true });
  };
  const entries = async (...names: string[]): Promise<string[]> => {
    const found = await Promise.all(names.map((name) => readdir(join(exchange, name)).catch((): string[] => [])));
    return found.flat();
  };
  const texts = async (suffix: string): Promise<string[]> => {
    const names = (await entries('results')).filter((name) => name.endsWith(suffix));
    return Promise.all(names.map((name) => readFile(join(exchange, 'results', name), 'utf8')));
  };
  try {
    await sandbox.start();
    url = await database(await sandbox.ownerUrl(), persons);
    return {
      ...{ sandbox, worker, remove },
      async deliver(number) {
        delivered = fileOf(number, persons);
        await withClient(url, (client) =>
          client.query('TRUNCATE roster.intake, roster.result, roster.reject, roster.listing, roster.listed_person'),
        );
        for (const name of ['results', 'refused']) await rm(join(exchange, name), { recursive: true, force: true });
        const file = join(exchange, 'in', `round-${number}.csv`);
        await mkdir(join(exchange, 'in'), { recursive: true });
        await writeFile(`${file}.part`, delivered.text);
        const written = new Date(Date.now() - 60_000);
        await utimes(`${file}.part`, written, written);
        await rename(`${file}.part`, file);
      },
      async evidence(isOver) {
        if (delivered === undefined) throw new Error('nothing was delivered');
        const waiting = (await entries('in', 'work')).length;
        const folderNow = {
          ...{ waiting, refused: (await entries('refused')).length },
          ...{ results: await texts('.risultato.csv'), reports: await texts('.scarti.csv') },
        };
        return withDatabase(url, async (db) => ({
          ...{ expected: delivered?.expected ?? nothing(), isOver, folder: folderNow },
          ...(await tablesOf(db)),
        }));
      },
      urge: () =>
        withDatabase(url, async (db) => {
          await createJobQueue(db, systemClock).enqueue('roster.exchange-folder');
        }),
      published: () =>
        withClient(url, async (client) => {
          for (const end = performance.now() + DATABASE_LIMIT_MS; performance.now() < end;) {
            const { rowCount } = await client.query(`SELECT FROM roster.intake WHERE state = 'published'`);
            if (rowCount !== 0) return;
          }
          throw new Error('the file is not published');
        }),
      isOver: async () => (await entries('in', 'work')).length === 0,
      reachable: () => until(async () => (await sessionsOfWorkers(url)) !== undefined),
      quiet: () => until(async () => (await sessionsOfWorkers(url)) === 0),
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** @throws Error if it takes too long */
async function until(holds: () => Promise<boolean>): Promise<void> {
  for (const end = performance.now() + DATABASE_LIMIT_MS; !(await holds());) {
    if (performance.now() > end) throw new Error('the database does not come to rest');
    await pause(20);
  }
}

/** undefined while the database is starting up. */
function sessionsOfWorkers(url: string): Promise<number | undefined> {
  const sessions = withClient(url, (client) =>
    client.query(
      `SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'passerella worker'`,
    ),
  );
  return sessions.then(
    ({ rowCount }) => rowCount ?? undefined,
    () => undefined,
  );
}

async function database(clusterUrl: string, persons: number): Promise<string> {
  await withClient(clusterUrl, (client) => client.query(`CREATE DATABASE ${DATABASE}`));
  const url = new URL(clusterUrl);
  url.pathname = `/${DATABASE}`;
  await migrateTs(url.toString(), createLogger('error'));
  await withDatabase(url.toString(), async (db) => {
    await fillRegistry(db, persons);
    await db.query('ANALYZE registry.person');
  });
  return url.toString();
}

async function withDatabase<Result>(url: string, work: (db: DataSource) => Promise<Result>): Promise<Result> {
  const db = await openDatabase({ url, entities: [], log: createLogger('silent'), ...LIMITS });
  try {
    return await work(db);
  } finally {
    await db.destroy();
  }
}

/**
 * Trento and Bolzano's layout, which has every rule of the other layout of persons: most of the registry, and bad
 * lines.
 */
function fileOf(number: number, persons: number): Delivered {
  const lines = ['codice_fiscale;tipologia'];
  const taken: number[] = [];
  let rejected = 0;
  const isState = (index: number): boolean => index % 9 !== number % 9;
  for (let index = 0; index < persons; index++) {
    if ((index * 31 + number) % 10 === 0) continue; // a tenth of them is in another file
    const line = `${fixturePerson(index).identifier};${isState(index) ? 'STATALE' : 'PARITARIA'}`;
    taken.push(index);
    lines.push(line);
    if (index % STRANGE === 0) lines.push(`${stranger(index)};STATALE`);
    if (index % REPEATED === 0) lines.push(line);
    if (index % BAD === 0) lines.push('ROSSI;STATALE');
    rejected += (index % REPEATED === 0 ? 1 : 0) + (index % BAD === 0 ? 1 : 0);
  }
  const expected = expectationOf(taken, isState);
  const csv = [
    'codici_fiscali_validati;regione;asl;statali_con_medico;statali_senza_medico;paritarie',
    ...expected.rows.map((row) =>
      [expected.validated, row.region, row.asl, row.withDoctor, row.withoutDoctor, row.paritarie].join(';'),
    ),
  ];
  return { text: `${lines.join('\n')}\n`, expected: { ...expected, rejected, csv: `${csv.join('\n')}\n` } };
}

function nothing(): Evidence['expected'] {
  return { rows: [], validated: 0, notInCare: 0, listed: [], rejected: 0, csv: '' };
}

async function tablesOf(
  db: DataSource,
): Promise<Pick<Evidence, 'intakes' | 'rows' | 'listed' | 'rejects' | 'leftovers'>> {
  const desk = createIntakes(db);
  const intakes = await desk.latest();
  const results = await Promise.all(intakes.map(({ id }) => desk.result(id)));
  const [rejects] = await db.query<{ lines: number }[]>('SELECT count(*)::integer AS lines FROM roster.reject');
  const leftovers = await db.query<{ name: string }[]>(
    `SELECT oid::regclass::text AS name FROM pg_class WHERE relname = 'intake_row'`,
  );
  return {
    ...{ intakes, rows: results.flatMap((result) => result?.rows ?? []), listed: await listedPersons(db) },
    ...{ rejects: rejects?.lines ?? 0, leftovers: leftovers.map(({ name }) => name) },
  };
}
