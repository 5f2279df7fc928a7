/**
 * The crash suite of notifications: `npm run crash:notifications -- [--rounds 10] [--persons 12000] [--seed n]`. Kills
 * the worker, the regions' simulator and PostgreSQL with SIGKILL at random moments while the bulk of a window is sent,
 * starts the same commands again, and judges every round, and the end, by the regions' files [N-3]. Exit code 1 if a
 * notification was lost, recorded twice, or not delivered automatically.
 */
import { parseArgs } from 'node:util';
import { setTimeout as pause } from 'node:timers/promises';
import { SeededRandom } from '../../../src/dev/sandbox/random.js';
import { unsafeSettings } from '../tables.js';
import { print, tally } from '../tally.js';
import { forgeriesOf } from './forgery.js';
import { objectionsTo } from './judge.js';
import type { Evidence } from './judge.js';
import { REGIONS, notificationPlace } from './place.js';
import type { Place } from './place.js';
import { VICTIMS, strike } from './victims.js';
import type { Victim } from './victims.js';

/** Duration of sending before the kill. */
const SHORTEST_LOAD_MS = 200;
const LONGEST_LOAD_MS = 1_500;
const RECOVERY_LIMIT_MS = 60_000;
const POLL_MS = 200;
/** New ones in every region with remaining ones, before a round counts as recovered. */
const RECOVERED = 10;

/** Notifications that a region had recorded when the sender died: sent again, and not recorded again. */
interface Torn {
  unknown: number;
}

async function round(place: Place, victim: Victim, random: SeededRandom, torn: Torn) {
  const first = await recordedBy(place);
  const moment = SHORTEST_LOAD_MS + random.below(LONGEST_LOAD_MS - SHORTEST_LOAD_MS);
  await pause(moment);
  const before = await recordedBy(place);
  const { size: busy } = await place.waiting();
  const killed = performance.now();
  let unknown = 0;
  await strike(victim, place, random, async () => {
    if (victim.includes('database') || victim === 'all three') return;
    if (victim.includes('sender')) unknown = unknownTo(await place.evidence(false));
  });
  torn.unknown += unknown;
  await recovered(place);
  const seconds = ((performance.now() - killed) / 1000).toFixed(1);
  const evidence = await place.evidence(false);
  const objections = objectionsTo(evidence);
  if (before === first) objections.push('nothing was recorded before the kill: it proves nothing');
  if (busy === 0) objections.push('nothing was left to send at the kill: it proves nothing');
  const told =
    `${victim}, after ${moment} ms and ${before - first} notifications; ` +
    `${unknown} recorded whose outcome was lost; whole again in ${seconds} s`;
  return { told, objections };
}

function unknownTo({ outbox, journal }: Evidence): number {
  const claimed = new Set(outbox.filter(({ isClaimed }) => isClaimed).map(({ messageId }) => messageId));
  return journal.filter(({ messageId }) => claimed.has(messageId)).length;
}

async function recordedBy({ simulator }: Place): Promise<number> {
  return [...(await simulator.recorded()).values()].reduce((sum, count) => sum + count, 0);
}

/** Resolves when every region records again, or has everything. */
async function recovered(place: Place): Promise<void> {
  const begun = await place.simulator.recorded();
  await within(RECOVERY_LIMIT_MS, 'a region for which notifications wait gets none of them', async () => {
    const left = await place.waiting().catch(() => undefined); // the database may not accept connections yet
    const now = await place.simulator.recorded();
    return (
      left !== undefined &&
      [...left.keys()].every((region) => (now.get(region) ?? 0) >= (begun.get(region) ?? 0) + RECOVERED)
    );
  });
}

async function within(limitMs: number, otherwise: string, holds: () => Promise<boolean>): Promise<void> {
  const until = performance.now() + limitMs;
  while (!(await holds())) {
    if (performance.now() > until) throw new Error(otherwise);
    await pause(POLL_MS);
  }
}

async function run(rounds: number, persons: number, seed: number): Promise<boolean> {
  const random = new SeededRandom(seed);
  const { check, count } = tally();
  const began = performance.now();
  let place: Place | undefined;
  try {
    print(
      `crash suite of notifications: ${rounds} rounds, ${persons} persons, ${REGIONS.length} regions, seed ${seed}`,
    );
    place = await notificationPlace(persons);
    const { sandbox, simulator, worker } = place;
    check('the database is as safe as in production', await unsafeSettings(await sandbox.ownerUrl()));
    check('everything is planned, nothing is sent', objectionsTo(await place.evidence(false)));
    await worker.start();
    await recovered(place);
    const torn: Torn = { unknown: 0 };
    for (let number = 1; number <= rounds; number++) {
      // The first rounds take every victim in turn, so that a short run includes them all.
      const victim = VICTIMS[number - 1] ?? random.pick(VICTIMS);
      const { told, objections } = await round(place, victim, random, torn);
      check(`round ${number}: ${told}`, objections);
    }
    check('kills fell between a record and its outcome', torn.unknown > 0 ? [] : ['they fell beside']);

    // The claims of killed workers are free for a new one, whose clock is ahead by more than a lease.
    check('asked to end, the worker ends', endedWell(await worker.stop()));
    await place.hurry();
    await worker.start();
    const settled = place;
    await within(RECOVERY_LIMIT_MS, 'the bulk is not dealt with', () => settled.isCompleted());
    const evidence = await place.evidence(true);
    check('everybody arrived, once, and the outbox knows it', objectionsTo(evidence));
    for (const [lie, forged] of forgeriesOf(evidence)) {
      check(`the judge objects when ${lie}`, objectionsTo(forged).length > 0 ? [] : ['it has nothing against it']);
    }
    check('the worker ends again', endedWell(await worker.stop()));
    check('the simulator ends', endedWell(await simulator.stop()));
    const attempts = evidence.outbox.reduce((sum, row) => sum + row.attempts, 0);
    print(
      `${evidence.planned.length} planned, ${evidence.journal.length} recorded, ${attempts} attempts; ` +
        `${torn.unknown} outcomes died with their sender: sent again`,
    );
  } catch (error) {
    check('the suite ran to its end', [error instanceof Error ? error.message : String(error)]);
  } finally {
    await place?.remove();
  }
  print(`${Math.round((performance.now() - began) / 1000)} s; seed ${seed}`);
  print(`${count.passed} passed, ${count.failed} failed`);
  return count.failed === 0;
}

function endedWell(code: number | null): string[] {
  return code === 0 ? [] : [`its exit code is ${String(code)}`];
}

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '10' },
    persons: { type: 'string', default: '12000' },
    seed: { type: 'string', default: '20240630' },
  },
});
process.exitCode = (await run(Number(values.rounds), Number(values.persons), Number(values.seed))) ? 0 : 1;
