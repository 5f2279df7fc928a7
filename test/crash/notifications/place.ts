/**
 * The environment of the suite: a durable embedded PostgreSQL (the sandbox's), a consent database in it with
 * oppositions planned by the program itself, a simulator and a worker. Owns the opposing persons; does not know kills
 * and judgement.
 */
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createMachineEntrance } from '../../../src/auth/index.js';
import { createPlanning, createReceiverDesk, createWindowDesk } from '../../../src/opposition/index.js';
import { systemClock } from '../../../src/platform/clock.js';
import { openDatabase } from '../../../src/platform/db/index.js';
import { createLogger } from '../../../src/platform/log.js';
import { RegistryAnaLookup } from '../../../src/registry/index.js';
import { migrateConsent, openConsentDatabase } from '../../../src/roles/consent.js';
import { programProcess } from '../program-process.js';
import type { ProgramProcess } from '../program-process.js';
import { sandboxProcess } from '../sandbox-process.js';
import type { SandboxProcess } from '../sandbox-process.js';
import { withClient } from '../tables.js';
import type { Evidence, Opposition, OutboxRow } from './judge.js';
import { simulatorProcess } from './simulator-process.js';
import type { Simulator } from './simulator-process.js';

export const REGIONS = ['010', '030', '042', '080', '120', 'SASN'] as const;

const WORKER = fileURLToPath(new URL('worker.js', import.meta.url));
const DATABASE = 'crash_consent';
/** Slow, torn and refused, as regions are: also recorded without an answer (`malformed`). */
const MISBEHAVIOUR = ['--misbehave', 'slow:0.2,malformed:0.04,503:0.02,close:0.02', '--slow-ms', '100'];
/** Slow enough for the bulk to outlast the kills; its possible speed is irrelevant here. */
const PACE = { concurrency: 4, ratePerSecond: 20 };
/** One in this many revokes, and must not be notified. */
const REVOKES = 50;
/** More than a lease: the claims of a killed worker are free for the next one. */
const LEASE_MS = 60_000;
const LIMITS = { poolSize: 4, statementTimeoutMs: 60_000, applicationName: 'crash suite' };

export interface Place {
  readonly sandbox: SandboxProcess;
  readonly simulator: Simulator;
  readonly worker: ProgramProcess;
  /** @param isOver whether nothing should be waiting any more */
  evidence(isOver: boolean): Promise<Evidence>;
  /** How many the outbox counts as unsent, for each region that has any. */
  waiting(): Promise<ReadonlyMap<string, number>>;
  /** Lets the worker send at full speed. */
  hurry(): Promise<void>;
  /** Whether the bulk counts as completed, so that the block of past documents may start [B-1]. */
  isCompleted(): Promise<boolean>;
  remove(): Promise<void>;
}

/** Everything is planned and the simulator is running; the worker is not. */
export async function notificationPlace(persons: number): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), 'passerella-crash-notifications-'));
  await chmod(folder, 0o700);
  const sandbox = await sandboxProcess('crash-notifications');
  const simulator = await simulatorProcess(folder, REGIONS, MISBEHAVIOUR);
  let starts = 0;
  let consentUrl = '';
  const worker = programProcess({
    name: 'worker',
    args: () => [
      ...[WORKER, consentUrl, simulator.sender.certificate, simulator.sender.key],
      String(LEASE_MS * starts++),
    ],
    cwd: folder,
    ready: /worker is up/,
  });
  const remove = async (): Promise<void> => {
    await worker.kill();
    await simulator.kill();
    await sandbox.remove();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await Promise.all([sandbox.start(), simulator.start()]);
    const registryUrl = await sandbox.ownerUrl();
    consentUrl = await consentDatabase(registryUrl);
    const planned = await plan(registryUrl, consentUrl, simulator, persons);
    return {
      ...{ sandbox, simulator, worker, remove },
      async evidence(isOver) {
        const outbox = await readOutbox(consentUrl); // before the journals: see Evidence
        return { planned, outbox, journal: await simulator.journal(), isOver };
      },
      waiting: () =>
        withClient(consentUrl, async (client) => {
          const { rows } = await client.query<{ region: string; count: number }>(
            `SELECT region, count(*)::integer AS count FROM consent.notification WHERE state <> 'sent' GROUP BY 1`,
          );
          return new Map(rows.map(({ region, count }) => [region, count]));
        }),
      hurry: () =>
        withClient(consentUrl, async (client) => {
          await client.query('UPDATE consent.region SET rate_per_second = NULL');
        }),
      isCompleted: () =>
        withClient(consentUrl, async (client) => {
          const { rowCount } = await client.query(
            'SELECT FROM consent.acquisition_window WHERE completed_at IS NOT NULL',
          );
          return rowCount === 1;
        }),
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function consentDatabase(clusterUrl: string): Promise<string> {
  await withClient(clusterUrl, (client) => client.query(`CREATE DATABASE ${DATABASE}`));
  const url = new URL(clusterUrl);
  url.pathname = `/${DATABASE}`;
  await migrateConsent(url.toString(), createLogger('error'));
  return url.toString();
}

/**
 * Regions, an ended window, decisions in it, and their bulk by the program's own planning.
 * @returns the opposing persons
 */
async function plan(
  registryUrl: string,
  consentUrl: string,
  simulator: Simulator,
  persons: number,
): Promise<Opposition[]> {
  const log = createLogger('error');
  const consent = await openConsentDatabase({ url: consentUrl, ...LIMITS }, log);
  const registry = await openDatabase({ url: registryUrl, entities: [], log, ...LIMITS });
  try {
    const { call } = await createMachineEntrance(consent, systemClock);
    const desk = createReceiverDesk(consent, systemClock);
    const anchors = await readFile(simulator.anchors, 'utf8');
    for (const region of REGIONS) {
      await desk.set(call, { region, change: { endpoint: simulator.endpointOf(region), anchors, ...PACE } });
    }
    const term = { opensOn: '2024-04-22', closesOn: '2024-06-30' };
    const window = await createWindowDesk(consent, systemClock).add(call, term);
    if (window.id === undefined) throw new Error('the window was refused');
    const opposed = Array.from({ length: persons }, (_, index) => oppositionOf(index));
    await decide(consentUrl, window.id, opposed, 1, 'opposition');
    const revoking = opposed.filter((_, index) => index % REVOKES === 0);
    await decide(consentUrl, window.id, revoking, 2, 'revocation');
    const outcome = await createPlanning(consent, new RegistryAnaLookup(registry), systemClock).plan(call, {
      window: window.id,
    });
    if (outcome.queued === undefined) throw new Error('the bulk was not planned');
    return opposed.filter((_, index) => index % REVOKES !== 0);
  } finally {
    await consent.destroy();
    await registry.destroy();
  }
}

/**
 * STP holders of a region that issues no STP codes, whom the registry cannot know: notified to the region of their
 * decision.
 */
function oppositionOf(index: number): Opposition {
  const region = REGIONS[index % REGIONS.length] ?? REGIONS[0];
  const day = String(1 + (index % 28)).padStart(2, '0');
  return { subject: `STP${String(9_990_000_000_000 + index)}`, opposedOn: `2024-05-${day}`, region };
}

/** By SQL: thousands of single expressions would take longer than the suite. */
async function decide(
  url: string,
  window: string,
  persons: readonly Opposition[],
  ordinal: number,
  value: 'opposition' | 'revocation',
): Promise<void> {
  await withClient(url, (client) =>
    client.query(
      `INSERT INTO consent.decision (subject, ordinal, value, decided_at, entered_by, entered_role, channel, category,
                                     region, window_id, notice_acknowledged_at)
       SELECT p.subject, $4::integer, $5, at, p.subject, 'cittadino', 'digital_identity', 2, p.region, $6::bigint, at
       FROM unnest($1::text[], $2::text[], $3::timestamptz[]) AS p (subject, region, at)`,
      [
        persons.map(({ subject }) => subject),
        persons.map(({ region }) => region),
        persons.map(({ opposedOn }) => `${opposedOn}T10:00:00Z`),
        ...[ordinal, value, window],
      ],
    ),
  );
}

function readOutbox(url: string): Promise<readonly OutboxRow[]> {
  return withClient(url, async (client) => {
    const { rows } = await client.query<OutboxRow>(
      `SELECT message_id AS "messageId", subject, opposed_on::text AS "opposedOn", region, state, attempts,
              lease_token IS NOT NULL AS "isClaimed"
       FROM consent.notification`,
    );
    return rows;
  });
}
