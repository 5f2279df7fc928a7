/** `jobs`: lists and controls the worker's scheduled and queued work. Shows no personal data. */
import { createJobDesk } from '../jobs/index.js';
import type { JobDesk, JobRefusal } from '../jobs/index.js';
import { romeDateTime } from '../platform/clock.js';
import type { JobRow } from '../platform/jobs/index.js';
import type { AdminCommand, AdminContext } from './command.js';
import { APPLY, changed, FLAG, isUuid, NOTHING_CHANGED, parseWords, TEXT, wholeNumber } from './arguments.js';

const USAGE = `jobs [list] [--limit N]
                                waiting, running and exhausted jobs, then the last ended ones (default 40 lines)
jobs run KIND [--apply]         run a job of the kind now, in addition to its schedule
jobs retry ID [--apply]         retry an exhausted job
jobs cancel ID [--apply]        cancel a waiting or exhausted job; of a schedule, only that one run
${APPLY}

A worker must be running to do the work. Times are in Europe/Rome.`;

const LIMIT = 40;

const WORDS: Readonly<Record<JobRefusal, string>> = {
  'not-permitted': 'no command may do this',
  'unknown-kind': 'no worker has jobs of this kind; «jobs list» shows the kinds',
  'not-exhausted': 'no exhausted job has this id',
  'not-waiting': 'no waiting or exhausted job has this id',
};

export const jobsCommand: AdminCommand = {
  name: 'jobs',
  summary: 'scheduled and queued work: list, run, retry, cancel',
  usage: USAGE,
  prepare(args) {
    const { values, positionals } = parseWords(args, {
      limit: { ...TEXT, default: String(LIMIT) },
      apply: FLAG,
    });
    const [action, target, ...rest] = positionals;
    const { apply } = values;
    const limit = wholeNumber(values.limit, 1, 1_000_000);
    if (limit === undefined) return '--limit must be a whole number from 1 to 1000000';
    if (action === undefined || action === 'list') {
      if (target !== undefined) return 'list takes no further words';
      if (apply) return '--apply belongs to run, retry and cancel';
      return { action, run: (context) => list(context, limit) };
    }
    if (action !== 'run' && action !== 'retry' && action !== 'cancel')
      return 'the action must be one of list, run, retry, cancel';
    if (target === undefined || rest.length > 0)
      return `${action} takes one ${action === 'run' ? 'KIND' : 'ID'}, as the list shows it`;
    if (action !== 'run' && !isUuid(target)) return `${action} takes the ID of a job, as the list shows it`;
    return { action, apply, run: (context) => change(context, action, target, apply) };
  },
};
async function list({ ownerDb, clock, entrance, out }: AdminContext, limit: number): Promise<number> {
  const { jobs = [] } = await createJobDesk(ownerDb, clock).list(entrance.call, { limit });
  for (const job of jobs) out(lineOf(job));
  if (jobs.length === 0) out('no jobs: has a worker ever run on this database?');
  return 0;
}

type Call = AdminContext['entrance']['call'];

/** Texts for each change: its refusals, and a line for its result. */
const CHANGES = {
  async run(desk: JobDesk, call: Call, kind: string, apply: boolean) {
    const { refusals, id = '', isRunning } = await desk.run(call, { kind });
    const queued = apply
      ? `${id} will run as soon as a worker is free`
      : `Would run ${kind} as soon as a worker is free`;
    return { refusals, line: isRunning === true ? `${id} is running already` : queued };
  },
  async retry(desk: JobDesk, call: Call, target: string, apply: boolean) {
    const { refusals, id = '' } = await desk.retry(call, { id: target });
    return { refusals, line: `${id} ${apply ? 'will' : 'would'} run as soon as a worker is free` };
  },
  async cancel(desk: JobDesk, call: Call, id: string, apply: boolean) {
    const { refusals } = await desk.cancel(call, { id });
    return { refusals, line: apply ? `${id} is cancelled` : `Would cancel ${id}` };
  },
};

async function change(
  { ownerDb, clock, entrance, out }: AdminContext,
  action: keyof typeof CHANGES,
  target: string,
  apply: boolean,
): Promise<number> {
  const { refusals, line } = await changed(ownerDb, apply, (tables) =>
    CHANGES[action](createJobDesk(tables, clock), entrance.call, target, apply),
  );
  const [refusal] = refusals;
  if (refusal !== undefined) {
    out(`refused: ${WORDS[refusal]}`);
    return 1;
  }
  out(line);
  if (!apply) out(NOTHING_CHANGED);
  return 0;
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
