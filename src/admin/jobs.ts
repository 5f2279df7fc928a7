/** `jobs`: the worker's scheduled and queued work, as the operator sees and steers it. Shows nothing of a person. */
import { parseArgs } from 'node:util';
import { romeDateTime } from '../platform/clock.js';
import { createJobQueue } from '../platform/jobs/index.js';
import type { JobQueue, JobRow } from '../platform/jobs/index.js';
import { misused } from './command.js';
import type { AdminCommand } from './command.js';
import { isUuid, wholeNumber } from './arguments.js';

const USAGE = `jobs [list] [--limit N]
                      what waits, runs or was given up, then what ended last (default 40 lines)
jobs run KIND         now, instead of at the next time of its schedule or besides it
jobs retry ID         once more, of one that was given up
jobs cancel ID        one that waits, or was given up and is not to be tried again; of a schedule, only that one time

A worker must run: it is the one that does the work. Times are those of Rome.`;

const LIMIT = 40;

export const jobsCommand: AdminCommand = {
  name: 'jobs',
  summary: 'scheduled and queued work: list, run, retry, cancel',
  usage: USAGE,
  actions: ['list', 'run', 'retry', 'cancel'],
  async run(args, context) {
    const { ownerDb, clock, out } = context;
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { limit: { type: 'string', default: String(LIMIT) } },
    });
    const [action, target, ...rest] = positionals;
    const limit = wholeNumber(values.limit, 1, 1_000_000);
    const wrong = (reason: string): number => misused(context, 'jobs', reason);
    if (limit === undefined) return wrong('--limit must be a whole number from 1 to 1000000');
    const queue = createJobQueue(ownerDb, clock);
    if (action === undefined || action === 'list') {
      if (target !== undefined) return wrong('list takes no further word');
      const jobs = await queue.list(limit);
      for (const job of jobs) out(lineOf(job));
      if (jobs.length === 0) out('no jobs: has a worker ever run on this database?');
      return 0;
    }
    if (action !== 'run' && action !== 'retry' && action !== 'cancel')
      return wrong('the action must be one of list, run, retry, cancel');
    if (target === undefined || rest.length > 0)
      return wrong(`${action} takes one ${action === 'run' ? 'KIND' : 'ID'}, as the list shows it`);
    if (action === 'run') return run(queue, target, out);
    if (!isUuid(target)) return wrong(`${action} takes the ID of a job, as the list shows it`);
    return action === 'retry' ? retry(queue, target, out) : cancel(queue, target, out);
  },
};

async function run(queue: JobQueue, kind: string, out: (line: string) => void): Promise<number> {
  // A job of a kind that nobody has would wait for ever.
  const kinds = (await queue.figures()).map((figures) => figures.kind);
  if (!kinds.includes(kind)) {
    out(`refused: no worker has had jobs of this kind; there are: ${kinds.join(', ') || 'none'}`);
    return 1;
  }
  const id = await queue.enqueue(kind);
  const job = await queue.find(id);
  out(job?.state === 'running' ? `${id} is running already` : `${id} will run as soon as a worker is free`);
  return 0;
}

async function retry(queue: JobQueue, id: string, out: (line: string) => void): Promise<number> {
  const again = await queue.retry(id);
  out(
    again === undefined
      ? 'refused: there is no such job that was given up'
      : `${again} will run as soon as a worker is free`,
  );
  return again === undefined ? 1 : 0;
}

async function cancel(queue: JobQueue, id: string, out: (line: string) => void): Promise<number> {
  const isDone = await queue.cancel(id);
  out(isDone ? `${id} is cancelled` : 'refused: there is no such job that waits or was given up');
  return isDone ? 0 : 1;
}

function lineOf(job: JobRow): string {
  const { id, kind, subject, state, attempts, progress, result, lastError } = job;
  const notes = [whenOf(job)];
  if (subject !== null) notes.push(`of ${subject}`);
  if (state === 'running' && progress !== undefined) notes.push(`${progress.done} of ${progress.total}`);
  if (attempts > 1) notes.push(`attempt ${attempts}`);
  if (state !== 'done' && lastError !== null) notes.push(`last error: ${lastError}`);
  if (state === 'done' && result !== null) notes.push(result);
  return `${id}  ${kind.padEnd(22)}  ${state.padEnd(9)}  ${notes.join('  ')}`;
}

function whenOf({ state, dueAt, startedAt, finishedAt }: JobRow): string {
  const at = (instant: Date | null): string => (instant === null ? '' : romeDateTime(instant).slice(0, 19));
  if (state === 'running') return `since ${at(startedAt)}`;
  return state === 'queued' || state === 'retrying' ? `due ${at(dueAt)}` : at(finishedAt);
}
