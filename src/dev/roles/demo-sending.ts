/**
 * The demonstration's second half: a worker sends the plan to simulated regions over real mutual TLS, one of them fails
 * and recovers, and the simulator's records are checked.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Config } from '../../config/index.js';
import { createMachineEntrance } from '../../auth/index.js';
import { createBlockDesk, createOutboxDesk, createReceiverDesk } from '../../opposition/index.js';
import type { RegionSummary } from '../../opposition/index.js';
import type { Clock } from '../../platform/clock.js';
import type { Logger } from '../../platform/log.js';
import { ensureRegionPki } from '../sandbox/region-pki.js';
import { parseMisbehaviours } from '../simulator/index.js';
import type { DemoPeople, DemoPlace } from './demo-place.js';
import { arrivalLine, arrivals, ofRegion, progressHead, progressLine } from './demo-progress.js';
import { startSimulator } from './simulator.js';
import type { RunningSimulator } from './simulator.js';
import { startWorker } from '../../roles/worker.js';

/** Per region and second: slow enough to watch. */
const RATE = 50;
/** An exchange takes milliseconds: one at a time suffices for the rate. */
const CONCURRENCY = 1;
const TICK_MS = 500;
/** Time limit of the sending, which takes some ten seconds. */
const PATIENCE_MS = 45_000;
/** A truncated answer follows a recorded message: it is repeated, and must be recognised. */
const MISBEHAVIOUR = '503:0.4,malformed:0.4,close:0.2';
/** Production waits longer (decision 0022), too long for spectators. */
const POLICY = {
  retry: { attempts: 1_000, firstMs: 500, longestMs: 1_000 },
  breaker: { failures: 5, firstMs: 500, longestMs: 1_000 },
  pace: { failures: 20, firstMs: 500, longestMs: 1_000 },
  timeoutMs: 5_000,
};

/** Shared by all steps of the story. */
export interface Stage {
  readonly config: Config;
  readonly place: DemoPlace;
  readonly people: DemoPeople;
  /** Moves from the window's first day to the present. */
  readonly clock: Clock;
  readonly log: Logger;
  readonly out: (line: string) => void;
  readonly signal: AbortSignal;
}

/** @returns whether everything planned arrived, each once */
export async function send(stage: Stage, planned: number): Promise<boolean> {
  const { config, place, people, clock, log } = stage;
  const pki = await ensureRegionPki({
    directory: join(config.certificateDirectory, 'regions'),
    ...{ now: clock.now(), serverNames: [], log },
  });
  const words = ['--port', '0', '--control-port', '0', '--regions', people.regions.join(','), '--data', place.folder];
  const simulator = await startSimulator(words, config, clock, log, () => undefined);
  try {
    const { call } = await createMachineEntrance(place.owner, clock);
    const receivers = createReceiverDesk(place.owner, clock);
    const anchors = await readFile(pki.regionCa, 'utf8');
    for (const { region, endpoint } of simulator.regions) {
      const change = { endpoint, anchors, ratePerSecond: RATE, concurrency: CONCURRENCY };
      await receivers.set(call, { region, change });
    }
    const { certificate: notificationCertificate, key: notificationKey } = pki.sender;
    const settings = {
      ...{ consentDatabaseUrl: place.consentUrl, notificationCertificate, notificationKey, opsPort: 0 },
      sandboxDatabase: true,
      notificationTimeoutSeconds: POLICY.timeoutMs / 1000,
    };
    // Before the worker starts: no message may reach the failing region.
    simulator.regions[0]?.misbehave(parseMisbehaviours(MISBEHAVIOUR));
    const worker = await startWorker({ ...config, ...settings, databaseUrl: undefined }, clock, log, {
      policy: POLICY,
    });
    try {
      return await watch(stage, simulator, planned);
    } finally {
      await worker.stop();
    }
  } finally {
    await simulator.stop();
  }
}

/** Lets a region fail until all others are done, lets it recover, and checks the result. */
async function watch(stage: Stage, simulator: RunningSimulator, planned: number): Promise<boolean> {
  const { place, people, clock, out, signal } = stage;
  const { regions } = people;
  const desk = createOutboxDesk(place.register, clock);
  const { call } = await createMachineEntrance(place.register, clock);
  const summaryOf = async () => (await desk.summary(call, {})).regions ?? [];
  const begin = clock.now().getTime();
  const seconds = (): number => (clock.now().getTime() - begin) / 1000;
  const until = async (isSo: (summary: readonly RegionSummary[]) => boolean): Promise<boolean> => {
    for (;;) {
      signal.throwIfAborted();
      const summary = await summaryOf();
      out(progressLine(seconds(), regions, summary));
      if (isSo(summary)) return true;
      if (seconds() * 1000 > PATIENCE_MS) return false;
      await pause(TICK_MS, undefined, { signal });
    }
  };
  const [failing = '', ...others] = regions;
  out(`3. Sent by mutual TLS, ${RATE}/s to each region; ${failing} fails: ${MISBEHAVIOUR}`);
  out(progressHead(regions, failing));
  const areOthersDone = await until((summary) => others.every((code) => ofRegion(summary, code).queued === 0));
  if (!areOthersDone) {
    out('   FAILED: the other regions do not get theirs.');
    return false;
  }
  const { queued, sent } = ofRegion(await summaryOf(), failing);
  out(`   The others have theirs after ${seconds().toFixed(1)} s; ${failing}: ${sent} sent, ${queued} waiting.`);

  simulator.regions[0]?.misbehave([]);
  out(`4. ${failing} recovers.`);
  if (!(await until((summary) => summary.every((row) => row.queued === 0)))) {
    out(`   FAILED: ${failing} does not get its own.`);
    return false;
  }
  return judge(stage, simulator, planned);
}

async function judge(
  { config, place, people, clock, out, signal }: Stage,
  simulator: RunningSimulator,
  planned: number,
): Promise<boolean> {
  out('5. In the simulator’s records, against the plan:');
  const { call } = await createMachineEntrance(place.register, clock);
  const { pages } = await createOutboxDesk(place.register, clock).export(call, {});
  if (pages === undefined) throw new Error('the outbox was not shown');
  const found = await arrivals(pages, simulator.regions);
  for (const line of found.map(arrivalLine)) out(line);
  const total = found.reduce((sum, { arrived }) => sum + arrived, 0);
  const isRight =
    total === planned && planned === people.subjects.length && found.every(({ isExact }): boolean => isExact);

  // The worker notices within seconds that nothing of the bulk is waiting [B-1].
  const block = createBlockDesk(place.owner, clock, config.blockWaitDays);
  const end = clock.now().getTime() + PATIENCE_MS / 3;
  let { active = false } = await block.show(call, {});
  while (!active && clock.now().getTime() < end) {
    await pause(TICK_MS, undefined, { signal });
    ({ active = false } = await block.show(call, {}));
  }
  out(`   Block of past documents: ${active ? 'active' : 'NOT active'}.`);
  out(`\n${isRight && active ? '' : 'FAILED: '}${total} of ${planned} arrived${isRight ? ', once each' : ''}.`);
  return isRight && active;
}
