/**
 * What an operator command is, and how it says that it was typed wrongly. Owns the shape that every file of this folder
 * exports. src/roles lists the commands and builds their context; run.ts runs them.
 */
import type { MachineEntrance } from '../auth/index.js';
import type { DataSource } from '../platform/db/index.js';
import type { Clock, IsoDate } from '../platform/clock.js';
import type { Logger } from '../platform/log.js';
import type { Rules } from '../retention/index.js';

/** What every command is given. Commands construct nothing of this themselves. */
export interface AdminContext {
  /** Connection as the owner of the schema: commands may write where the gateway may only read. */
  readonly ownerDb: DataSource;
  /**
   * The consent database [O-4], as its owner too; opened by the first call.
   * @throws Error when none is configured, or its tables are not of this release
   */
  readonly consentDb: () => Promise<DataSource>;
  readonly clock: Clock;
  /** Who typed the command: for the operations that it calls. */
  readonly entrance: MachineEntrance;
  /** First day on which a test may have been executed. */
  readonly campaignStart: IsoDate;
  /** The last one, once it is known. */
  readonly campaignEnd?: IsoDate | undefined;
  /** Address of the portal in the browser; undefined: not configured. */
  readonly portalUrl?: string | undefined;
  /** Largest file of school staff accepted, in bytes. */
  readonly rosterFileBytes: number;
  /** Days for which a silent region holds up the block of past documents [B-2]. */
  readonly blockWaitDays: number;
  /** What is deleted at the end of its term, as configured [S-5]. */
  readonly retentionRules: Rules;
  /** For the operator of the machine; never holds application data (6.7). */
  readonly log: Logger;
  /** Brings the tables of both databases to this release; every other command finds them so. */
  readonly migrate: () => Promise<void>;
  /** One line for whoever typed the command. */
  readonly out: (line: string) => void;
}

/** What the words of a command ask for: parsed before anything is done, so that its first row in the access log says it. */
export interface Prepared {
  /** One of the command's own words, never another that was typed: the rows then name it. */
  readonly action?: string | undefined;
  /** False: it only says what would change. Absent: it changes nothing in a database. */
  readonly apply?: boolean;
  run(context: AdminContext): Promise<CommandEnd>;
}

/**
 * The exit code of the process: 0 done, 1 refused, 2 wrong arguments; `failed`, with exit code 1, when it could not do,
 * or not finish, what it may: the database, the disk or a rule stood in the way.
 */
export type CommandEnd = number | 'failed';

/** One operator command: `passerella admin <name> …`. */
export interface AdminCommand {
  /** The word typed on the command line. */
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** Full text for `--help`. */
  readonly usage: string;
  /**
   * @returns what is asked for, or why the words cannot be understood: the reason names the option and what is accepted,
   *   never what was given: that may be a person's
   * @throws TypeError of `parseArgs`
   */
  prepare(args: readonly string[]): Prepared | string;
}

/** Says why the words of a command cannot be understood, and where its usage is; exit code 2. */
export function misused({ out }: Pick<AdminContext, 'out'>, command: string, reason: string): number {
  out(`wrong arguments: ${reason}`);
  out(`see passerella admin ${command} --help`);
  return 2;
}
