/**
 * Runs the attacks one by one, and checks between any two that a valid request is served as before; the slow ones run
 * in parallel. At the end the process must not use more memory than at the start.
 */
import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { leakIn } from './attack.js';
import type { Attack, Family } from './attack.js';
import { encodingFamily } from './encoding.js';
import { crowdFamily, slowFamily } from './exhaustion.js';
import { runFloods } from './flood.js';
import { httpFamily } from './http.js';
import { goodMessage } from './messages.js';
import { signInFamily } from './sign-in.js';
import { soapFamily } from './soap.js';
import type { Target } from './target.js';
import { tenantFamily } from './tenants.js';
import { tlsFamily } from './tls.js';
import { xmlFamily } from './xml.js';

export interface Result {
  readonly family: string;
  readonly title: string;
  readonly expected: string;
  /** undefined: as expected. */
  readonly problem: string | undefined;
  readonly ms: number;
}

const IN_TURN: readonly Family[] = [
  xmlFamily,
  encodingFamily,
  soapFamily,
  httpFamily,
  signInFamily,
  tenantFamily,
  tlsFamily,
  crowdFamily,
];

/** A valid request may take this many times its usual time, and never less than this: the machine has other users. */
const SLOWER = 20;
const AT_LEAST_MS = 2_000;
/** The median of all valid requests between attacks is no outlier: it may be this many times, or this much, slower. */
const SLOWER_IN_ALL = 4;
const SLOWER_BY_MS = 25;
const WARM_UP = 150;
/**
 * The heap varies by some 60 MB between two full collections: growth within this means nothing, so a leak shows after
 * many rounds. Fifty rounds, five thousand messages, detect 20 kB lost for each.
 */
const GROWTH_KB = 160 * 1024;
const SOAK_GROWTH_KB = 96 * 1024;

/**
 * @param pid of the process under attack, for its memory; undefined if it runs elsewhere
 * @param floodSeconds how long each flood lasts
 * @param rounds how often the messages are sent again before memory is measured a second time
 */
export async function runAttacks(
  target: Target,
  pid: number | undefined,
  rounds: number,
  floodSeconds: number,
): Promise<Result[]> {
  const results: Result[] = [];
  const good = () => target.post(goodMessage(target), { card: target.cardOf('secondDoctor'), from: '127.0.9.9' });
  const times: number[] = [];
  for (let index = 0; index < WARM_UP; index++) times.push((await timed(good)).ms);
  const usual = middleOf(times);
  const patience = Math.max(AT_LEAST_MS, usual * SLOWER);
  // A process that has never had a crowd takes memory for one, once: only repeated growth is a leak.
  const crowds = [xmlFamily, soapFamily, crowdFamily].flatMap((family) => family.attacks(target));
  if (pid !== undefined) for (const one of crowds) await runOne('warm-up', one, target);
  const before = memoryOf(pid);

  const between: number[] = [];
  const slow = Promise.all(slowFamily.attacks(target).map((one) => runOne(slowFamily.name, one, target)));
  for (const family of IN_TURN) {
    for (const one of family.attacks(target)) {
      const result = await runOne(family.name, one, target);
      const { seen, ms } = await timed(good);
      between.push(ms);
      const after =
        seen.status === 200 && ms <= patience
          ? undefined
          : `next good request: ${seen.status} after ${Math.round(ms)} ms`;
      results.push({ ...result, problem: result.problem ?? after });
    }
  }
  results.push(...(await slow), pace(usual, middleOf(between)));
  if (pid !== undefined) {
    results.push(...(await memory(target, pid, before, rounds)));
    if (target.isLocal && floodSeconds > 0) results.push(...(await runFloods(target, pid, { seconds: floodSeconds })));
  }
  return results;
}

async function runOne(family: string, one: Attack, target: Target): Promise<Result> {
  const { title, expected } = one;
  try {
    const { seen, ms } = await timed(() => one.run(target));
    const leak = leakIn(seen);
    const problem = one.verdict(seen) ?? (leak === undefined ? undefined : `the answer gives away «${leak}»`);
    return { family, title, expected, problem, ms };
  } catch (error) {
    return { family, title, expected, problem: error instanceof Error ? error.message : String(error), ms: 0 };
  }
}

function pace(usual: number, between: number): Result {
  const bound = Math.max(usual * SLOWER_IN_ALL, usual + SLOWER_BY_MS);
  const said = `good requests: ${usual.toFixed(1)} ms before, ${between.toFixed(1)} ms between attacks`;
  const problem = between <= bound ? undefined : `${between.toFixed(1)} ms`;
  return { family: 'pace', title: said, expected: `at most ${bound.toFixed(1)} ms`, problem, ms: 0 };
}

function middleOf(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0;
}

async function memory(target: Target, pid: number, before: number, rounds: number): Promise<Result[]> {
  const all = memoryOf(pid);
  for (let round = 0; round < rounds; round++) {
    for (const one of [...xmlFamily.attacks(target), ...soapFamily.attacks(target)]) await one.run(target);
  }
  const soaked = memoryOf(pid);
  const line = (title: string, from: number, to: number, bound: number): Result => ({
    family: 'memory',
    title: `${title}: ${Math.round(from / 1024)} MB, then ${Math.round(to / 1024)} MB`,
    expected: `at most ${Math.round(bound / 1024)} MB more`,
    problem: to - from > bound ? `${Math.round((to - from) / 1024)} MB more` : undefined,
    ms: 0,
  });
  return [
    line('all attacks', before, all, GROWTH_KB),
    line(`the messages ${rounds} times more`, all, soaked, SOAK_GROWTH_KB),
  ];
}

/** Resident set, kB. 0 without /proc: then it is not reported. */
function memoryOf(pid: number | undefined): number {
  if (pid === undefined) return 0;
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
}

async function timed<T>(work: () => Promise<T>): Promise<{ seen: T; ms: number }> {
  const started = performance.now();
  const seen = await work();
  return { seen, ms: performance.now() - started };
}
