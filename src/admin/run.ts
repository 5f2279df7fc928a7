/**
 * Runs every command [S-3]: an access-log row at its start and one at its end, with the database login and the system
 * user. An interrupted command has no second row. Its changes have their own rows, with the same request id.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { types } from 'node:util';
import { accessLogIn } from '../audit/index.js';
import { accessOf } from '../auth/index.js';
import { codeOf } from '../platform/error-code.js';
import { misused } from './command.js';
import type { AdminCommand, AdminContext, CommandEnd, Prepared } from './command.js';

/** How a command ended, for the access log; `rehearsed`: done without --apply, which changes nothing. */
export const COMMAND_OUTCOMES = [
  ...(['begun', 'done', 'rehearsed', 'refused', 'misused', 'failed', 'interrupted'] as const),
] as const;
type CommandOutcome = (typeof COMMAND_OUTCOMES)[number];

/** Time limit of the last row of a stopped command: its database may be what does not answer. */
const PATIENCE_MS = 5_000;

/**
 * @param isReady false: the tables may lack columns of the log, as before a migration; then only the end is recorded
 * @returns the exit code: 0 done, 1 refused or failed, 2 wrong arguments
 */
export async function runCommand(
  command: AdminCommand,
  args: readonly string[],
  context: AdminContext,
  isReady: boolean,
  signal?: AbortSignal,
): Promise<number> {
  const { ownerDb, clock, entrance, log } = context;
  const prepared = prepare(command, args);
  const { action, apply } = typeof prepared === 'string' ? {} : prepared;
  const access = accessOf(entrance.call, `admin:${command.name}${action === undefined ? '' : ` ${action}`}`);
  const record = (outcome: CommandOutcome) => accessLogIn(ownerDb).record({ ...access, at: clock.now() }, outcome);
  // If this row cannot be written, the command's own result still counts.
  const recordEnd = async (outcome: CommandOutcome): Promise<void> => {
    await record(outcome).catch((error: unknown) => {
      const sqlState = codeOf(error) ?? 'none';
      log.error('the end of a command is missing from the access log', {
        operation: access.operation,
        outcome,
        sqlState,
      });
    });
  };
  if (isReady) await record('begun');
  if (typeof prepared === 'string') {
    await recordEnd('misused');
    return misused(context, command.name, prepared);
  }
  let end: CommandEnd | 'interrupted';
  try {
    end = await Promise.race([prepared.run(context), interrupted(signal)]);
  } catch (error) {
    await recordEnd('failed');
    throw error;
  }
  if (end === 'interrupted') {
    context.out('Stopped: the current transaction is rolled back, earlier commits stay.');
    await Promise.race([recordEnd(end), pause(PATIENCE_MS, undefined, { ref: false })]);
    return 1;
  }
  if (end === 'failed') {
    await recordEnd(end);
    return 1;
  }
  const code = end;
  if (code === 0) await recordEnd(apply === false ? 'rehearsed' : 'done');
  else await recordEnd(code === 2 ? 'misused' : 'refused');
  return code;
}

/** Resolves when the operator stops the command. */
function interrupted(signal: AbortSignal | undefined): Promise<'interrupted'> {
  return new Promise((resolve) => {
    const stop = (): void => {
      resolve('interrupted');
    };
    if (signal?.aborted === true) stop();
    else signal?.addEventListener('abort', stop);
  });
}

function prepare(command: AdminCommand, args: readonly string[]): Prepared | string {
  try {
    return command.prepare(args);
  } catch (error) {
    if (isArgumentError(error)) return wrongOption(error);
    throw error;
  }
}

function isArgumentError(error: unknown): error is Error & { readonly code: string } {
  return types.isNativeError(error) && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
}

/** Node's text, except for an unexpected argument, which it quotes: that may be personal data. */
function wrongOption(error: Error & { readonly code: string }): string {
  if (error.code === 'ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL') return 'expected options only';
  const [reason = ''] = error.message.split(/[.\n]/);
  return reason.charAt(0).toLowerCase() + reason.slice(1);
}
