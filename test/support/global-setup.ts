/**
 * Starts one database cluster for the whole run and migrates one template in it; createTestDatabase clones it. Runs in
 * jest's own process, before its workers, which inherit the environment.
 */
import { mkdtemp, readdir, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { hashSecrets } from '../../src/auth/index.js';
import { openDatabase } from '../../src/platform/db/index.js';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/dev/embedded/index.js';
import { createLogger } from '../../src/platform/log.js';
import { migrateTs } from '../../src/roles/migrations.js';
import { populate } from '../../src/dev/sandbox/populate.js';
import { clusterVariable, databaseUrl, peopledTemplateName, templateName } from './database.js';
import { cheapHash, testNow, testPeople, testPki } from './people.js';

const log = createLogger('error');
const prefix = 'passerella-test-';
let running: { cluster: EmbeddedPostgres; directory: string } | undefined;

export default async function setUp(): Promise<void> {
  await removeAbandoned();
  await testPki();
  const directory = await mkdtemp(join(tmpdir(), `${prefix}${process.pid}-`));
  const cluster = await startEmbeddedPostgres({ dataDirectory: directory, log, tuning: 'test' });
  running = { cluster, directory };
  const client = new pg.Client({ connectionString: cluster.ownerUrl });
  await client.connect();
  try {
    await client.query(`CREATE DATABASE ${templateName}`);
    await migrateTs(databaseUrl(cluster.ownerUrl, templateName), log);
    await client.query(`CREATE DATABASE ${peopledTemplateName} TEMPLATE ${templateName} STRATEGY file_copy`);
    await addPeople(databaseUrl(cluster.ownerUrl, peopledTemplateName));
    // Cloning is refused while a session is connected to the template.
    for (const name of [templateName, peopledTemplateName])
      await client.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
  } finally {
    await client.end();
  }
  process.env[clusterVariable] = cluster.ownerUrl;
}

async function addPeople(url: string): Promise<void> {
  const db = await openDatabase({
    url,
    entities: [],
    poolSize: 2,
    statementTimeoutMs: 0,
    applicationName: 'tests',
    log,
  });
  try {
    await populate(db, testPeople, { now: () => testNow }, (password, pincode) =>
      hashSecrets(password, pincode, cheapHash),
    );
  } finally {
    await db.destroy();
  }
}

/** Stops the cluster and removes all of it. */
export async function stopTestCluster(): Promise<void> {
  if (!running) return;
  await running.cluster.stop();
  await removeCluster(running.directory);
  running = undefined;
}

/** A killed run leaves its server behind: it is found, stopped, removed. */
async function removeAbandoned(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = new RegExp(`^${prefix}(\\d+)-`).exec(name)?.[1];
    if (pid === undefined || isRunning(Number(pid))) continue;
    const directory = join(tmpdir(), name);
    try {
      if ((await readdir(directory)).includes('cluster')) {
        await (await startEmbeddedPostgres({ dataDirectory: directory, log, tuning: 'test' })).stop();
      }
      await removeCluster(directory);
    } catch (error) {
      log.warn('an abandoned test cluster stays', { directory, reason: error instanceof Error ? error.message : '' });
    }
  }
}

async function removeCluster(directory: string): Promise<void> {
  // As root with a private temporary folder, the cluster is elsewhere, behind a link.
  const cluster = await realpath(join(directory, 'cluster')).catch(() => undefined);
  if (cluster !== undefined) await rm(dirname(cluster), { recursive: true, force: true });
  await rm(directory, { recursive: true, force: true });
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
