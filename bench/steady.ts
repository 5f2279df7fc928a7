/** Runs visits at a steady rate from the load generator's core. */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { pinned } from './cores.js';

const VISITOR = fileURLToPath(new URL('steady-visitor.js', import.meta.url));

export const steadyJobShape = z.object({
  /** All visits. */
  perSecond: z.number(),
  seconds: z.number(),
  /** PEM file of the CA that issued the server's certificate. */
  ca: z.string(),
  /** Visited in turn. */
  visits: z.array(z.object({ name: z.string(), url: z.string(), headers: z.record(z.string(), z.string()) })),
});
export type SteadyJob = z.infer<typeof steadyJobShape>;

export const ALL = 'all pages';

/**
 * @returns the 95th percentile of the latencies, ms, of each visit and of all.
 * @throws Error if one was not answered 200
 */
export async function steady(job: SteadyJob): Promise<ReadonlyMap<string, number>> {
  const [command, args] = pinned('generator', process.execPath, [VISITOR]);
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(JSON.stringify(job));
  const said = await text(child.stdout);
  if (said === '') throw new Error('the steady visitor ended without a word');
  const latencies = z.record(z.string(), z.array(z.number())).parse(JSON.parse(said));
  const p95 = (values: readonly number[]): number =>
    values.toSorted((one, other) => one - other)[Math.floor(values.length * 0.95)] ?? Number.NaN;
  return new Map([
    [ALL, p95(Object.values(latencies).flat())],
    ...Object.entries(latencies).map(([name, values]): [string, number] => [name, p95(values)]),
  ]);
}
