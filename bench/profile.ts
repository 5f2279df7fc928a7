/** Self time of a server by function and by package, from a .cpuprofile written by Node. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const profileShape = z.object({
  nodes: z.array(
    z.object({
      id: z.number(),
      callFrame: z.object({ functionName: z.string(), url: z.string(), lineNumber: z.number() }),
    }),
  ),
  samples: z.array(z.number()),
  timeDeltas: z.array(z.number()),
});

const SHOWN = 25;
const NOT_AT_WORK = new Set(['(idle)', '(program)']);

/** Summary lines of a directory's profiles. */
export function profileLines(directory: string): string[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith('.cpuprofile'))
    .flatMap((name) => linesOf(join(directory, name)));
}

function linesOf(file: string): string[] {
  const { nodes, samples, timeDeltas } = profileShape.parse(JSON.parse(readFileSync(file, 'utf8')));
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const byFunction = new Map<string, number>();
  const byPackage = new Map<string, number>();
  let total = 0;
  samples.forEach((id, index) => {
    const frame = frames.get(id);
    const time = timeDeltas[index] ?? 0;
    if (frame === undefined || NOT_AT_WORK.has(frame.functionName)) return;
    const { functionName, url, lineNumber } = frame;
    total += time;
    add(byPackage, packageOf(url, functionName), time);
    add(byFunction, `${functionName || '(anonymous)'}  ${packageOf(url, functionName)}:${lineNumber + 1}`, time);
  });
  return [
    file,
    `${(total / 1_000_000).toFixed(1)} s at work; by package:`,
    ...top(byPackage, total),
    'by function (self time):',
    ...top(byFunction, total),
  ];
}

/** A package's name, our own file, a part of Node, or V8 itself. */
function packageOf(url: string, functionName: string): string {
  const installed = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1];
  if (installed !== undefined) return installed;
  return /dist\/((?:src|bench|generated)\/.*)$/.exec(url)?.[1] ?? (url === '' ? `v8 ${functionName}` : url);
}

function add(sums: Map<string, number>, key: string, time: number): void {
  sums.set(key, (sums.get(key) ?? 0) + time);
}

function top(sums: ReadonlyMap<string, number>, total: number): string[] {
  return [...sums]
    .sort(([, one], [, other]) => other - one)
    .slice(0, SHOWN)
    .map(([name, time]) => `  ${((time / total) * 100).toFixed(1).padStart(5)} %  ${name}`);
}
