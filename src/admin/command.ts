/**
 * What an operator command is. Owns the shape that every file of this folder exports.
 * Refuses to know which commands exist (src/roles lists them) and how their context is built.
 */
import type { DataSource } from 'typeorm';
import type { Clock } from '../platform/clock.js';
import type { Logger } from '../platform/log.js';

/** What every command is given. Commands construct nothing of this themselves. */
export interface AdminContext {
  /** Connection as the owner of the schema: commands may write where the gateway may only read. */
  readonly ownerDb: DataSource;
  readonly clock: Clock;
  /** For the operator of the machine; never holds application data (6.7). */
  readonly log: Logger;
  /** Brings the tables to this release; every other command finds them so. */
  migrate(): Promise<void>;
  /** One line for whoever typed the command. */
  out(line: string): void;
}

/** One operator command: `passerella admin <name> …`. */
export interface AdminCommand {
  /** The word typed on the command line. */
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** Full text for `--help`. */
  readonly usage: string;
  /** @returns the exit code of the process: 0 done, 1 refused or failed, 2 wrong arguments. */
  run(args: readonly string[], context: AdminContext): Promise<number>;
}
