/**
 * The environment of the roster's demonstration: a gateway, a worker's jobs and a provider of certified mail on scratch
 * databases and a scratch folder, with the sandbox's people and cards.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Config } from '../../config/index.js';
import { romeDate } from '../../platform/clock.js';
import type { Clock } from '../../platform/clock.js';
import type { DataSource } from '../../platform/db/index.js';
import { createJobQueue } from '../../platform/jobs/index.js';
import type { JobRow } from '../../platform/jobs/index.js';
import type { Logger } from '../../platform/log.js';
import { CATCHER_PASSWORD, CATCHER_USER, startMailCatcher } from '../sandbox/mail-catcher.js';
import type { MailCatcher } from '../sandbox/mail-catcher.js';
import { loadSyntheticRegistry, syntheticRegistry } from '../sandbox/people.js';
import type { SyntheticDoctor } from '../sandbox/people.js';
import { ensureDevelopmentPki } from '../sandbox/pki.js';
import type { DevelopmentPki } from '../sandbox/pki.js';
import { runAdmin } from '../../roles/admin.js';
import { demoDoctor } from './demo-doctor.js';
import type { DemoDoctor } from './demo-doctor.js';
import { openDemoPlace } from './demo-place.js';
import type { DemoPlace } from './demo-place.js';
import { startGateway } from '../../roles/gateway.js';
import { NO_FEEDING_SYSTEMS, SANDBOX_PEOPLE, developmentKeys } from './sandbox.js';
import { gatewaySettings } from '../../roles/settings.js';
import { startWorker } from '../../roles/worker.js';

/** The parts of the environment. */
export interface RosterPlace {
  /** The sandbox's doctor, and the doctor's software with the card. */
  readonly identity: SyntheticDoctor;
  readonly doctor: DemoDoctor;
  /** The exchange folder, its subfolders not yet created. */
  readonly exchange: string;
  /** TS database as its owner, for checks. */
  readonly db: DataSource;
  readonly catcher: MailCatcher;
  /** Codice fiscale of an operator of the doctor's ASL. */
  readonly operator: string;
  /** Runs a job of the worker, and waits for its end. */
  run(kind: string): Promise<JobRow>;
  /** Runs an operator's command. @returns its exit code, and the printed lines */
  admin(...words: readonly string[]): Promise<{ code: number; lines: readonly string[] }>;
  close(): Promise<void>;
}

/** Shared by all steps of the story. */
export interface RosterStage {
  readonly place: RosterPlace;
  readonly clock: Clock;
  readonly out: (line: string) => void;
  readonly signal: AbortSignal;
  /** Records whether an expected result was seen; all of them must be. */
  readonly seen: (what: string, isSo: boolean) => void;
}

const OPERATOR = 'PROVAX00X00X100X';
const RECIPIENT = 'commissario@pec.passerella.example';
/** Short, for spectators. */
const POLL_MS = 200;
const JOB_PATIENCE_MS = 30_000;

/** @throws Error when a step fails; nothing remains then */
export async function openRosterPlace(
  config: Config,
  clock: Clock,
  log: Logger,
  signal: AbortSignal,
): Promise<RosterPlace> {
  const place = await openDemoPlace(config, log);
  const undo: (() => Promise<unknown>)[] = [() => place.close()];
  /** Runs every step, even when one fails, and then throws the first error. */
  const close = async (): Promise<void> => {
    const failures: unknown[] = [];
    for (const step of undo.splice(0).reverse()) await step().catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw new Error('the demonstration was not cleared away', { cause: failures[0] });
  };
  try {
    const people = syntheticRegistry({ ...SANDBOX_PEOPLE, today: romeDate(clock.now()) });
    // Nobody is on a doctor's list yet: the files put them there.
    await loadSyntheticRegistry(place.registry, { ...people, listedPersons: [] });
    const pki = await ensureDevelopmentPki({
      ...{ directory: config.certificateDirectory, people: { ...people.identities, aslOperator: people.aslOperator } },
      ...{ now: clock.now(), serverNames: [], log },
    });
    const development = settingsOf(config, place, pki);
    const admin = adminOf(development, clock, log);
    const { doctor: identity } = people.identities;
    const accounts = [
      ['--user-id', identity.codiceFiscale, '--codice-fiscale', identity.codiceFiscale, '--role', 'doctor'],
      ['--user-id', 'OPASL01', '--codice-fiscale', OPERATOR, '--role', 'asl_operator', '--asl', identity.aslCode],
    ];
    for (const account of accounts) {
      const { code, lines } = await admin('account', 'create', ...account, '--apply');
      if (code !== 0) throw new Error(lines.join('\n'));
    }

    const gateway = await startGateway({ ...gatewaySettings(development), isSandbox: true }, clock, log);
    undo.push(() => gateway.stop());
    const doctor = demoDoctor(gateway.endpoint, pki.server.ca, pki.cards.doctor, identity.codiceFiscale);
    undo.push(() => {
      doctor.close();
      return Promise.resolve();
    });

    const tls = {
      certificate: await readFile(pki.server.certificate, 'utf8'),
      key: await readFile(pki.server.key, 'utf8'),
    };
    const catcher = await startMailCatcher({ ...{ directory: join(place.folder, 'pec'), tls }, ...{ clock, log } });
    undo.push(() => catcher.stop());

    const exchange = join(place.folder, 'exchange');
    const workerConfig = { ...development, ...mailSettings(catcher, pki), exchangeDirectory: exchange };
    const worker = await startWorker(workerConfig, clock, log, { jobs: { pollMs: POLL_MS } });
    undo.push(() => worker.stop());

    const queue = createJobQueue(place.registry, clock);
    return {
      ...{ identity, doctor, exchange, db: place.registry, catcher, operator: OPERATOR, admin, close },
      async run(kind) {
        const id = await queue.enqueue(kind);
        for (const end = clock.now().getTime() + JOB_PATIENCE_MS; clock.now().getTime() < end;) {
          const job = await queue.find(id);
          if (job !== undefined && job.finishedAt !== null) return job;
          await pause(POLL_MS, undefined, { signal });
        }
        throw new Error(`the job ${kind} does not end`);
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Does not touch anything configured for production. */
function settingsOf(config: Config, { url }: DemoPlace, pki: DevelopmentPki): Config {
  return {
    ...config,
    ...NO_FEEDING_SYSTEMS,
    ...developmentKeys(pki),
    ...{
      databaseUrl: url,
      sandboxDatabase: true,
      databaseOwnerUrl: undefined,
      consentDatabaseUrl: undefined,
      consentDatabaseOwnerUrl: undefined,
      publicUrl: undefined,
      trustedProxies: [],
    },
    ...{ notificationCertificate: undefined, notificationKey: undefined, consentRetentionMonths: undefined },
    ...{ soapHost: '127.0.0.1', soapPort: 0, opsHost: '127.0.0.1', opsPort: 0 },
  };
}

function mailSettings({ smtpPort, imapPort }: MailCatcher, pki: DevelopmentPki): Partial<Config> {
  return {
    ...{ certifiedMailHost: '127.0.0.1', certifiedMailPort: smtpPort, certifiedMailSecurity: 'tls' },
    ...{ certifiedMailUser: CATCHER_USER, certifiedMailPassword: CATCHER_PASSWORD, certifiedMailFrom: CATCHER_USER },
    ...{ certifiedMailAnchors: pki.server.ca, statisticsRecipient: RECIPIENT, statisticsSchedule: undefined },
    ...{ certifiedMailboxHost: '127.0.0.1', certifiedMailboxPort: imapPort, certifiedMailboxSecurity: 'tls' },
    ...{ certifiedMailboxFolder: 'INBOX' },
  };
}

function adminOf(config: Config, clock: Clock, log: Logger): RosterPlace['admin'] {
  return async (...words) => {
    const lines: string[] = [];
    const code = await runAdmin(words, config, clock, log, (text) => lines.push(...text.split('\n')));
    return { code, lines };
  };
}
