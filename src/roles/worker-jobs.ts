/** The worker's half on the TS database: scheduled and queued work. Lists which kinds there are. */
import { ConfigError, environmentName } from '../config/index.js';
import type { Config } from '../config/index.js';
import {
  consentRetentionRole,
  consentRole,
  createCompletion,
  createPlanning,
  createWindowDesk,
  planningJob,
} from '../opposition/index.js';
import type { Clock } from '../platform/clock.js';
import { isSandbox, openDatabase, pendingMigrations, workerRole } from '../platform/db/index.js';
import type { DataSource } from '../platform/db/index.js';
import { createJobQueue, createJobRunner } from '../platform/jobs/index.js';
import type { JobKind, JobPolicy } from '../platform/jobs/index.js';
import type { Logger } from '../platform/log.js';
import { RegistryAnaLookup } from '../registry/index.js';
import { createRetention, retentionJob, retentionRules } from '../retention/index.js';
import { exchangeFolderJob } from '../roster/index.js';
import { openConsentDatabase } from './consent.js';
import { allMigrations } from './migrations.js';
import { statisticsKinds } from './statistics.js';
import { openPatiently, refusePending } from './worker-half.js';
import type { WorkerHalf } from './worker-half.js';
import { jobMetrics } from './worker-metrics.js';

/** A job's statements may be long, as one over all tests is; one that hangs must end all the same. */
const STATEMENT_TIMEOUT_MS = 600_000;

/** @throws Error when a database stays away, or its tables are not of this release */
export async function jobsHalf(
  databaseUrl: string,
  config: Config,
  clock: Clock,
  log: Logger,
  policy: Partial<JobPolicy> = {},
): Promise<WorkerHalf> {
  const limits = { statementTimeoutMs: STATEMENT_TIMEOUT_MS, applicationName: 'passerella worker' };
  const db = await openPatiently(
    'database',
    () =>
      openDatabase({
        ...{ url: databaseUrl, role: workerRole, poolSize: config.databasePoolSize, entities: [], log },
        ...limits,
      }),
    log,
  );
  await refusePending('database', db, pendingMigrations(db, allMigrations));
  const opened = [db];
  const close = async (): Promise<void> => {
    for (const database of opened.reverse()) await database.destroy();
  };
  try {
    if (!config.sandboxDatabase && (await isSandbox(db))) {
      throw new ConfigError(
        'databaseUrl (DATABASE_URL): this database was filled by a sandbox: for production make a new one; ' +
          `to work on this one set ${environmentName('sandboxDatabase')}=true`,
      );
    }
    const purged = await consentForRetention(config, log, limits);
    if (purged !== undefined) opened.push(purged);
    const planned = await consentForPlanning(config, log, limits);
    if (planned !== undefined) opened.push(planned);
    const queue = createJobQueue(db, clock);
    const kinds = jobKinds(config, db, { purged, planned }, clock, log);
    const runner = createJobRunner({ db, kinds, clock, log, policy });
    return {
      database: { name: 'database', db },
      start() {
        runner.start();
      },
      async metrics() {
        const figures = await queue.figures().catch(() => undefined);
        return figures === undefined ? '' : jobMetrics(kinds, figures);
      },
      async stop() {
        await runner.stop();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Every kind of work that this configuration asks for. */
function jobKinds(
  config: Config,
  db: DataSource,
  consent: { readonly purged: DataSource | undefined; readonly planned: DataSource | undefined },
  clock: Clock,
  log: Logger,
): readonly JobKind[] {
  const { exchangeDirectory, rosterFileBytes } = config;
  return [
    retentionJob(createRetention({ db, consentDb: consent.purged, rules: retentionRules(config), clock })),
    ...(exchangeDirectory === undefined
      ? []
      : [exchangeFolderJob({ directory: exchangeDirectory, db, clock, log, maxBytes: rosterFileBytes })]),
    ...statisticsKinds(config, db, clock, log),
    ...(consent.planned === undefined ? [] : [planningKind(config, db, consent.planned, clock, log)]),
  ];
}

/** [O-9] Where both databases are at hand: the regions of care are in the one, decisions and outbox in the other. */
function planningKind(config: Config, db: DataSource, consentDb: DataSource, clock: Clock, log: Logger): JobKind {
  return planningJob({
    windows: createWindowDesk(consentDb, clock),
    planning: createPlanning(consentDb, new RegistryAnaLookup(db), clock),
    completion: createCompletion(consentDb, config.blockWaitDays),
    ...{ clock, log },
  });
}

async function consentForPlanning(
  { consentDatabaseUrl }: Config,
  log: Logger,
  limits: { readonly statementTimeoutMs: number; readonly applicationName: string },
): Promise<DataSource | undefined> {
  if (consentDatabaseUrl === undefined) return undefined;
  const connection = { url: consentDatabaseUrl, role: consentRole, poolSize: 2, ...limits } as const;
  return openPatiently('consent database', () => openConsentDatabase(connection, log), log);
}

/** [O-6] Only with a term configured; as the role that may delete what is past it, and nothing else. */
async function consentForRetention(
  { consentRetentionMonths, consentDatabaseUrl }: Config,
  log: Logger,
  limits: { readonly statementTimeoutMs: number; readonly applicationName: string },
): Promise<DataSource | undefined> {
  if (consentRetentionMonths === undefined || consentDatabaseUrl === undefined) return undefined;
  const connection = { url: consentDatabaseUrl, role: consentRetentionRole, poolSize: 1, ...limits } as const;
  return openPatiently('consent database', () => openConsentDatabase(connection, log), log);
}
