/** The worker's half on the TS database: scheduled and queued work. Lists the kinds of jobs. */
import type { Config } from '../config/index.js';
import {
  consentRetentionRole,
  consentRole,
  createCompletion,
  createPlanning,
  listWindows,
  planningJob,
  warnOfOverdue,
} from '../opposition/index.js';
import { romeDate } from '../platform/clock.js';
import type { Clock } from '../platform/clock.js';
import { openDatabase, pendingMigrations, workerRole } from '../platform/db/index.js';
import type { DataSource } from '../platform/db/index.js';
import { createJobQueue, createJobRunner } from '../platform/jobs/index.js';
import type { JobKind, JobPolicy } from '../platform/jobs/index.js';
import type { Logger } from '../platform/log.js';
import { RegistryAnaLookup } from '../registry/index.js';
import { CONSENT_RETENTION_JOB, createRetentionDesk, retentionJob, retentionRules } from '../retention/index.js';
import type { RetentionDesk } from '../retention/index.js';
import { exchangeFolderJob } from '../roster/index.js';
import { accountMailKinds } from './account-mail.js';
import { openConsentDatabase, pendingConsentMigrations } from './consent.js';
import { allMigrations } from './migrations.js';
import { statisticsKinds } from './statistics.js';
import { startOverdueWatch } from './overdue-watch.js';
import { refuseUnfit } from './worker-half.js';
import type { WorkerHalf } from './worker-half.js';
import { addJobMetrics } from './worker-metrics.js';

/** A job's statements may be long, such as one over all tests; but a hanging one must end. */
const LIMITS = { statementTimeoutMs: 600_000, applicationName: 'passerella worker' };

/** @throws Error when the database is unavailable, its tables are not of this release, or it is a sandbox's */
export async function jobsHalf(
  databaseUrl: string,
  config: Config,
  clock: Clock,
  log: Logger,
  policy: Partial<JobPolicy> = {},
): Promise<WorkerHalf> {
  const { consentDatabaseUrl } = config;
  const db = await openDatabase({
    ...{ url: databaseUrl, role: workerRole, poolSize: config.databasePoolSize, entities: [], log },
    ...LIMITS,
  });
  await refuseUnfit('database', db, pendingMigrations(db, allMigrations), config);
  try {
    const queue = createJobQueue(db, clock);
    const registers = new Set<DataSource>();
    const register =
      consentDatabaseUrl === undefined ? undefined : registerOf(consentDatabaseUrl, registers, config, log);
    const kinds = jobKinds(config, db, register, clock, log);
    // If this process also sends notifications, the other half watches.
    const watched = config.notificationCertificate === undefined ? register : undefined;
    let endWatch: (() => Promise<void>) | undefined;
    const runner = createJobRunner({ db, kinds, clock, log, policy });
    return {
      db,
      start(metrics) {
        addJobMetrics(metrics, kinds, () => queue.figures());
        runner.start();
        if (watched === undefined) return;
        endWatch = startOverdueWatch(
          () =>
            watched(consentRole, async (consentDb) => {
              warnOfOverdue(await listWindows(consentDb, romeDate(clock.now())), log);
            }),
          log,
        );
      },
      async stop() {
        await endWatch?.();
        await runner.stop();
        await Promise.all([db, ...registers].map((one) => one.destroy()));
      },
    };
  } catch (error) {
    await db.destroy();
    throw error;
  }
}

/** The kinds of work that the configuration enables. */
function jobKinds(
  config: Config,
  db: DataSource,
  register: Register | undefined,
  clock: Clock,
  log: Logger,
): readonly JobKind[] {
  const { exchangeDirectory, rosterFileBytes } = config;
  const rules = retentionRules(config);
  return [
    retentionJob(createRetentionDesk({ db, rules, clock }), clock),
    ...(exchangeDirectory === undefined
      ? []
      : [exchangeFolderJob({ directory: exchangeDirectory, db, clock, log, maxBytes: rosterFileBytes })]),
    ...accountMailKinds(config, db, clock, log),
    ...statisticsKinds(config, db, clock, log),
    ...(register === undefined ? [] : registerKinds(config, register, db, clock)),
  ];
}

/** Opens the register for one piece of work, and closes it. */
type Register = <Result>(
  role: typeof consentRole | typeof consentRetentionRole,
  work: (register: DataSource) => Promise<Result>,
) => Promise<Result>;

/** @param open collects the open data sources, to close them when the worker stops early */
function registerOf(url: string, open: Set<DataSource>, config: Config, log: Logger): Register {
  return async (role, work) => {
    const register = await openConsentDatabase({ url, role, poolSize: 2, ...LIMITS }, log);
    open.add(register);
    try {
      await refuseUnfit('consent database', register, pendingConsentMigrations(register), config);
      return await work(register);
    } finally {
      open.delete(register);
      await register.destroy();
    }
  };
}

/**
 * Jobs on both databases: the bulk of a window [O-9], whose regions of care are in one and whose decisions and outbox
 * are in the other; and retention of the register [O-6] with a configured term, as the role that may only delete. The
 * register is opened for each run: while it is unavailable these jobs fail and are retried, and all others continue.
 */
function registerKinds(config: Config, withRegister: Register, db: DataSource, clock: Clock): readonly JobKind[] {
  const { consent } = retentionRules(config);
  const planning = planningJob({
    withRegister: (work) =>
      withRegister(consentRole, (register) =>
        work({
          windows: () => listWindows(register, romeDate(clock.now())),
          planning: createPlanning(register, new RegistryAnaLookup(db), clock),
          completion: createCompletion(register, config.blockWaitDays),
        }),
      ),
    clock,
  });
  // A database function deletes log rows; only deleting decisions needs this role.
  const role = config.consentRetentionMonths === undefined ? consentRole : consentRetentionRole;
  const run: RetentionDesk['run'] = (call, request) =>
    withRegister(role, (consentDb) =>
      createRetentionDesk({ db, consentDb, rules: { ts: [], consent }, clock }).run(call, request),
    );
  return [planning, retentionJob({ run }, clock, CONSENT_RETENTION_JOB)];
}
