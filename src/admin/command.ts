/**
 * The interface of operator commands, exported by every file of this folder, and the message for wrong arguments.
 * src/roles lists the commands and builds their context; run.ts runs them.
 */
import type { MachineEntrance } from '../auth/index.js';
import type { DataSource } from '../platform/db/index.js';
import type { Clock, IsoDate } from '../platform/clock.js';
import type { Logger } from '../platform/log.js';
import type { Rules } from '../retention/index.js';

/** Dependencies of the commands, which construct none of them. */
export interface AdminContext {
  /** Connection as the owner of the schema: commands may write where the gateway may only read. */
  readonly ownerDb: DataSource;
  /**
   * The consent database [O-4], also as its owner; opened by the first call.
   * @throws Error when none is configured, or its tables are not of this release
   */
  readonly consentDb: () => Promise<DataSource>;
  readonly clock: Clock;
  /** Caller of the command's operations: the operator who entered it. */
  readonly entrance: MachineEntrance;
  /** First day on which a test may have been executed. */
  readonly campaignStart: IsoDate;
  /** The last such day, if known. */
  readonly campaignEnd?: IsoDate | undefined;
  /** Address of the portal in the browser; undefined: not configured. */
  readonly portalUrl?: string | undefined;
  /** Largest file of school staff accepted, in bytes. */
  readonly rosterFileBytes: number;
  /** Days for which a silent region holds up the block of past documents [B-2]. */
  readonly blockWaitDays: number;
  /** The configured retention rules [S-5]. */
  readonly retentionRules: Rules;
  /** For the operator of the machine; never holds application data (6.7). */
  readonly log: Logger;
  /** Migrates both databases to this release; all other commands require migrated tables. */
  readonly migrate: () => Promise<void>;
  /** Prints one line for the user. */
  readonly out: (line: string) => void;
}

/** The parsed request of a command: parsed before anything runs, so that its first row in the access log records it. */
export interface Prepared {
  /** One of the command's own words, never other input: it is stored in the log rows. */
  readonly action?: string | undefined;
  /** False: only reports what would change. Absent: the command changes nothing in a database. */
  readonly apply?: boolean;
  run(context: AdminContext): Promise<CommandEnd>;
}

/**
 * The exit code of the process: 0 done, 1 refused, 2 wrong arguments; `failed`, with exit code 1, if the database, the
 * disk or a rule prevented the work or its completion.
 */
export type CommandEnd = number | 'failed';

/** One operator command: `passerella admin <name> …`. */
export interface AdminCommand {
  /** Name on the command line. */
  readonly name: string;
  /** One line in the list of commands. */
  readonly summary: string;
  /** Full text for `--help`. */
  readonly usage: string;
  /**
   * @returns the request, or why the arguments are invalid: the reason names the option and the permitted values, never
   * the input, which may be personal data
   * @throws TypeError of `parseArgs`
   */
  prepare(args: readonly string[]): Prepared | string;
}

/** Prints why a command's arguments are invalid, and how to get its usage; exit code 2. */
export function misused({ out }: Pick<AdminContext, 'out'>, command: string, reason: string): number {
  out(`wrong arguments: ${reason}`);
  out(`see passerella admin ${command} --help`);
  return 2;
}
