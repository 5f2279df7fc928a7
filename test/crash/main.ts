/**
 * The crash suite: `npm run crash -- [--rounds 20] [--clients 16] [--seed n]`. Kills the gateway and its PostgreSQL
 * with SIGKILL at random moments under submissions and cancellations, by card and by password, starts the same command
 * again, and judges every round by the answers to the clients. Exit code 1 if anything was lost, stored twice, or did
 * not recover automatically.
 */
import { parseArgs } from 'node:util';
import { setTimeout as pause } from 'node:timers/promises';
import { SeededRandom } from '../../src/dev/sandbox/random.js';
import { ALREADY_CANCELLED, DUPLICATE } from './evidence.js';
import type { Evidence } from './evidence.js';
import { forgeriesOf } from './forgery.js';
import { objectionsTo } from './judge.js';
import { patientsOf, screeningLoad } from './load.js';
import type { Load } from './load.js';
import { sandboxProcess } from './sandbox-process.js';
import type { SandboxProcess } from './sandbox-process.js';
import { readTables, unsafeSettings } from './tables.js';
import { print, tally } from './tally.js';
import { VICTIMS, strike } from './victims.js';
import type { Victim } from './victims.js';

/** Duration under load before the kill. */
const SHORTEST_LOAD_MS = 200;
const LONGEST_LOAD_MS = 1_500;
/** Until every sent message has its answer; recovery takes a few seconds. */
const RECOVERY_LIMIT_MS = 60_000;

/** At rest. */
async function evidenceOf(sandbox: SandboxProcess, load: Load): Promise<Evidence> {
  const { answers, cancellationAnswers } = load;
  const listed = await load.listed(RECOVERY_LIMIT_MS);
  return { answers, cancellationAnswers, listed, ...(await readTables(await sandbox.ownerUrl())) };
}

async function round(
  sandbox: SandboxProcess,
  load: Load,
  victim: Victim,
  random: SeededRandom,
): Promise<{ told: string; objections: string[] }> {
  const [answered, cut, strange] = [load.answered(), load.unanswered().all, load.strange.length];
  load.resume();
  const moment = SHORTEST_LOAD_MS + random.below(LONGEST_LOAD_MS - SHORTEST_LOAD_MS);
  await pause(moment);
  const before = load.answered() - answered;
  const killed = performance.now();
  await strike(victim, sandbox, random);
  await load.recovered(RECOVERY_LIMIT_MS);
  await load.drain(RECOVERY_LIMIT_MS);
  const seconds = ((performance.now() - killed) / 1000).toFixed(1);
  const objections = objectionsTo(await evidenceOf(sandbox, load));
  objections.push(...load.strange.slice(strange));
  if (before === 0) objections.push('nothing was acknowledged before the kill: it proves nothing');
  const told = `${victim}, after ${moment} ms and ${before} answers; ${load.unanswered().all - cut} cut off; whole again in ${seconds} s`;
  return { told, objections };
}

async function run(rounds: number, clients: number, seed: number): Promise<boolean> {
  const random = new SeededRandom(seed);
  const { check, count } = tally();
  const began = performance.now();
  const sandbox = await sandboxProcess('crash');
  let load: Load | undefined;
  try {
    print(`crash suite: ${rounds} rounds, ${clients} clients, seed ${seed}`);
    const facts = await sandbox.start();
    const doctor = facts.identities.find(({ role }) => role === 'doctor');
    if (doctor === undefined) throw new Error('the sandbox has no doctor');
    check('the database is as safe as in production', await unsafeSettings(await sandbox.ownerUrl()));
    load = screeningLoad(facts, doctor, await patientsOf(facts, doctor), clients);
    for (let number = 1; number <= rounds; number++) {
      // The first rounds take every victim in turn, so that a short run includes them all.
      const victim = VICTIMS[number - 1] ?? random.pick(VICTIMS);
      const { told, objections } = await round(sandbox, load, victim, random);
      check(`round ${number}: ${told}`, objections);
    }

    const evidence = await evidenceOf(sandbox, load);
    for (const [lie, forged] of forgeriesOf(evidence)) {
      check(`the judge objects when ${lie}`, objectionsTo(forged).length > 0 ? [] : ['it has nothing against it']);
    }
    const { answers, cancellationAnswers } = load;
    const cut = load.unanswered();
    for (const [kind, number] of [
      ['submissions', cut.all - cut.cancellations],
      ['cancellations', cut.cancellations],
      ['messages of callers with a password', cut.byPassword],
    ] as const)
      check(`kills fell into ${kind}`, number > 0 ? [] : ['none was cut off: they fell beside the load']);
    load.end();
    const code = await sandbox.stop();
    const left = await sandbox.postmaster();
    check('asked to end, it ends with its database', [
      ...(code === 0 ? [] : [`its exit code is ${String(code)}`]),
      ...(left === undefined ? [] : ['the database server still runs']),
    ]);
    const byPassword = [...answers, ...cancellationAnswers].filter(({ method }) => method === 'password').length;
    const duplicates = answers.filter(({ outcome }) => outcome === DUPLICATE).length;
    const already = cancellationAnswers.filter(({ outcome }) => outcome === ALREADY_CANCELLED).length;
    print(
      `${load.answered()} answers, ${byPassword} of them to callers with a password; ${evidence.submissions.length} submissions ` +
        `and ${evidence.cancellations.length} cancellations in the tables; ${cut.all} attempts cut off, ` +
        `${load.deferred()} deferred (503), ${duplicates} had been entered and ${already} cancelled all the same`,
    );
  } catch (error) {
    check('the suite ran to its end', [error instanceof Error ? error.message : String(error)]);
  } finally {
    load?.end();
    await sandbox.remove();
  }
  print(`${Math.round((performance.now() - began) / 1000)} s; seed ${seed}`);
  print(`${count.passed} passed, ${count.failed} failed`);
  return count.failed === 0;
}

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '20' },
    clients: { type: 'string', default: '16' },
    seed: { type: 'string', default: '20200824' },
  },
});
process.exitCode = (await run(Number(values.rounds), Number(values.clients), Number(values.seed))) ? 0 : 1;
