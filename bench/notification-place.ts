/**
 * The environment for measuring the sending: the sandbox's PostgreSQL with production settings, persons in care in all
 * regions, a closed window in which all of them opposed, and a simulator for each group of regions.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { migrateConsent } from '../src/roles/consent.js';
import { createLogger } from '../src/platform/log.js';
import { sandboxProcess } from '../test/crash/sandbox-process.js';
import { simulatorProcess } from '../test/crash/notifications/simulator-process.js';
import type { Simulator } from '../test/crash/notifications/simulator-process.js';
import { pin } from './cores.js';
import { asOwner } from './pgbench.js';

/** Number of regions that go down. */
export const DOWN = 3;
export const CONCURRENCY = 4;
const DATABASE = 'bench_consent';
const WINDOW = { opensOn: '2024-04-22', closesOn: '2024-06-30' };

export interface SimulatedGroup {
  readonly simulator: Simulator;
  readonly pid: number;
  readonly endpoints: readonly string[];
  /** Number of different notifications in its regions. */
  readonly recorded: () => Promise<number>;
}

export interface NotificationPlace {
  readonly folder: string;
  readonly registryUrl: string;
  readonly consentUrl: string;
  readonly window: string;
  /** A person who opposed. */
  readonly subject: string;
  readonly staying: SimulatedGroup;
  readonly falling: SimulatedGroup;
  stop(): Promise<void>;
}

export async function notificationPlace(persons: number): Promise<NotificationPlace> {
  const folder = await mkdtemp(join(tmpdir(), 'passerella-bench-notifications-'));
  const sandbox = await sandboxProcess('bench-notifications');
  const simulators: Simulator[] = [];
  const stop = async (): Promise<void> => {
    for (const simulator of simulators) await simulator.kill();
    await sandbox.stop();
    await sandbox.remove();
    await rm(folder, { recursive: true, force: true });
  };
  const group = async (regions: readonly string[]): Promise<SimulatedGroup> => {
    const simulator = await simulatorProcess(folder, regions);
    simulators.push(simulator);
    const control = /controllo +(http:\S+)/.exec(await simulator.start())?.[1];
    const pid = simulator.pid();
    if (control === undefined || pid === undefined) throw new Error('the simulator does not run');
    pin(pid, 'generator');
    return {
      ...{ simulator, pid, endpoints: regions.map((region) => simulator.endpointOf(region)) },
      recorded: () => recordedBy(control),
    };
  };
  try {
    await sandbox.start();
    const registryUrl = await sandbox.ownerUrl();
    const consentUrl = await consentDatabase(registryUrl);
    const regions = await fillRegistry(registryUrl, persons);
    const staying = await group(regions.slice(0, -DOWN));
    const falling = await group(regions.slice(-DOWN));
    const window = await fillRegister(consentUrl, persons, regions);
    for (const [index, region] of regions.entries()) {
      const endpoint = [...staying.endpoints, ...falling.endpoints][index];
      const anchors = await readFile(staying.simulator.anchors, 'utf8');
      await asOwner(consentUrl, (client) =>
        client.query('INSERT INTO consent.region (code, endpoint, anchors, concurrency) VALUES ($1, $2, $3, $4)', [
          ...[region, endpoint, anchors, CONCURRENCY],
        ]),
      );
    }
    return { folder, registryUrl, consentUrl, window, subject: subjectAt(0), staying, falling, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Of a region that issues none: the sandbox has its own STP holders. */
const FIRST_SUBJECT = 9_990_000_000_000;
const subjectAt = (index: number): string => `STP${String(FIRST_SUBJECT + index)}`;

async function consentDatabase(clusterUrl: string): Promise<string> {
  await asOwner(clusterUrl, (client) => client.query(`CREATE DATABASE ${DATABASE}`));
  const url = new URL(clusterUrl);
  url.pathname = `/${DATABASE}`;
  await migrateConsent(url.toString(), createLogger('error'));
  return url.toString();
}

/** Assigns persons to regions in turn. @returns the regions */
function fillRegistry(url: string, persons: number): Promise<string[]> {
  return asOwner(url, async (client) => {
    const { rows } = await client.query<{ code: string }>(
      'SELECT DISTINCT region_code AS code FROM registry.asl ORDER BY 1',
    );
    const regions = rows.map(({ code }) => code);
    await client.query(
      `INSERT INTO registry.person (identifier, surname, given_name, birth_date, region_code, asl_code, status, care_since,
                                    updated_on)
       SELECT 'STP' || (${FIRST_SUBJECT} + i), 'ROSSI', 'ANNA', '1970-05-05', r.code, r.asl, 'in_care', '1990-01-01', '2024-01-01'
       FROM generate_series(0, $1::bigint - 1) AS i
         JOIN (SELECT code, position - 1 AS position, (SELECT min(a.code) FROM registry.asl a WHERE a.region_code = c.code) AS asl
               FROM unnest($2::text[]) WITH ORDINALITY AS c (code, position)) r ON r.position = i % cardinality($2::text[])`,
      [persons, regions],
    );
    await client.query('VACUUM ANALYZE registry.person');
    return regions;
  });
}

/** Everybody's opposition, not in the registry's order. @returns the window */
function fillRegister(url: string, persons: number, regions: readonly string[]): Promise<string> {
  return asOwner(url, async (client) => {
    const window = await client.query<{ id: string }>(
      'INSERT INTO consent.acquisition_window (opens_on, closes_on, created_at) VALUES ($1, $2, now()) RETURNING id',
      [WINDOW.opensOn, WINDOW.closesOn],
    );
    const id = window.rows[0]?.id;
    if (id === undefined) throw new Error('the window was not added');
    // 7919 is coprime to the number of persons, which is round: each occurs once.
    await client.query(
      `INSERT INTO consent.decision (subject, ordinal, value, decided_at, entered_by, entered_role, channel, category, region,
                                     window_id, notice_acknowledged_at)
       SELECT p.subject, 1, 'opposition', p.at, p.subject, 'cittadino', 'digital_identity', 2,
              ($2::text[])[1 + p.person % cardinality($2::text[])], $3::bigint, p.at
       FROM (SELECT i * 7919 % $1::bigint AS person, 'STP' || (${FIRST_SUBJECT} + i * 7919 % $1::bigint) AS subject,
                    timestamptz '2024-05-01 10:00Z' + i % 28 * interval '1 day' AS at
             FROM generate_series(0, $1::bigint - 1) AS i) p`,
      [persons, regions, id],
    );
    await client.query('VACUUM ANALYZE consent.decision');
    return id;
  });
}

const statusShape = z.object({ regions: z.array(z.object({ recorded: z.number() })) });

async function recordedBy(control: string): Promise<number> {
  const { regions } = statusShape.parse(await (await fetch(control)).json());
  return regions.reduce((sum, { recorded }) => sum + recorded, 0);
}
