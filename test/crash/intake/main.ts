/**
 * The crash suite of intakes: `npm run crash:intake -- [--rounds 8] [--persons 100000] [--seed n]`. Kills the worker
 * and PostgreSQL with SIGKILL at random moments while a file of school staff is taken in, starts the same command
 * again, and judges every round, just after the kill and at its end, by tables and files. Exit code 1 if
 * something was lost, done twice, or left.
 */
import { parseArgs } from 'node:util';
import { setTimeout as pause } from 'node:timers/promises';
import { SeededRandom } from '../../../src/dev/sandbox/random.js';
import { unsafeSettings } from '../tables.js';
import { print, tally } from '../tally.js';
import { anotherDatabase, killDatabase, killTwice } from '../victims.js';
import { forgeriesOf } from './forgery.js';
import { objectionsTo } from './judge.js';
import { intakePlace } from './place.js';
import type { Place } from './place.js';

const VICTIMS = ['worker', 'worker at the commit', 'worker twice', 'database', 'worker, then database'] as const;
type Victim = (typeof VICTIMS)[number];

const RECOVERY_LIMIT_MS = 60_000;
const POLL_MS = 100;
const ENOUGH_MS = 50_000;
/** Delay of the second kill after a restart. */
const LONGEST_INTO_RESTART_MS = 1_500;

/** The phases in which the kills happened, so that the suite can report whether they proved anything. */
const fell = { 'before the commit': 0, 'between commit and result': 0, 'after all was done': 0 };

async function finish(place: Place): Promise<void> {
  const until = performance.now() + RECOVERY_LIMIT_MS;
  while (!(await place.isOver())) {
    if (performance.now() > until) throw new Error('the file is not dealt with');
    await place.urge().catch(() => undefined); // the database may be restarting
    await pause(POLL_MS);
  }
}

async function strike(victim: Victim, place: Place, random: SeededRandom): Promise<void> {
  const { sandbox, worker } = place;
  switch (victim) {
    case 'database':
      await killDatabase(sandbox);
      await anotherDatabase(sandbox); // the sandbox's supervisor restarts it; the worker lives
      return place.reachable();
    case 'worker, then database':
      await worker.kill();
      await killDatabase(sandbox);
      await anotherDatabase(sandbox);
      return place.reachable();
    case 'worker twice':
      return killTwice(worker, random.below(LONGEST_INTO_RESTART_MS));
    case 'worker':
    case 'worker at the commit':
      return worker.kill();
  }
}

async function round(place: Place, number: number, victim: Victim, takesMs: number, random: SeededRandom) {
  await place.deliver(number);
  await place.urge();
  const began = performance.now();
  if (victim === 'worker at the commit') await place.published();
  else await pause(random.below(Math.round(takesMs)));
  const moment = Math.round(performance.now() - began);
  await strike(victim, place, random);
  const objections: string[] = [];
  let state = 'unseen';
  if (victim !== 'database') {
    await place.quiet();
    const torn = await place.evidence(false);
    objections.push(...objectionsTo(torn).map((objection) => `just after the kill: ${objection}`));
    const isPublished = torn.intakes.some((intake) => intake.state === 'published');
    const where =
      torn.folder.waiting === 0
        ? 'after all was done'
        : isPublished
          ? 'between commit and result'
          : 'before the commit';
    fell[where] += 1;
    state = where;
    await place.worker.start();
  }
  await finish(place);
  objections.push(...objectionsTo(await place.evidence(true)));
  return { told: `round ${number}: ${victim} after ${moment} ms, ${state}`, objections };
}

async function run(rounds: number, persons: number, seed: number): Promise<boolean> {
  const random = new SeededRandom(seed);
  const { check, count } = tally();
  const began = performance.now();
  let place: Place | undefined;
  try {
    print(`crash suite of intakes: ${rounds} rounds, ${persons} persons, seed ${seed}`);
    place = await intakePlace(persons);
    check('the database is as safe as in production', await unsafeSettings(await place.sandbox.ownerUrl()));
    await place.worker.start();
    let takesMs = 0;
    for (const number of [0, 1]) {
      // the first one also compiles and fills caches
      await place.deliver(number);
      const start = performance.now();
      await finish(place);
      takesMs = performance.now() - start;
    }
    const calm = await place.evidence(true);
    check(`undisturbed, ${Math.round(takesMs)} ms`, objectionsTo(calm));
    for (const [lie, forged] of forgeriesOf(calm)) {
      check(`the judge objects when ${lie}`, objectionsTo(forged).length > 0 ? [] : ['it has nothing against it']);
    }
    for (let number = 2; number < rounds + 2; number++) {
      // On a slow machine each victim once suffices.
      if (number - 2 >= VICTIMS.length && performance.now() - began > ENOUGH_MS) break;
      const victim = VICTIMS[number - 2] ?? random.pick(VICTIMS);
      const { told, objections } = await round(place, number, victim, takesMs, random);
      check(told, objections);
    }
    check('kills fell before the commit', fell['before the commit'] > 0 ? [] : ['none did']);
    const code = await place.worker.stop();
    check('asked to end, the worker ends', code === 0 ? [] : [`its exit code is ${String(code)}`]);
    print(
      Object.entries(fell)
        .map(([where, kills]) => `${kills} kills fell ${where}`)
        .join(', '),
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

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '8' },
    persons: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '20200824' },
  },
});
process.exitCode = (await run(Number(values.rounds), Number(values.persons), Number(values.seed))) ? 0 : 1;
