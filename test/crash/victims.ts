/** The victims of a round, and the operator's reaction: starting the same command again, or nothing. */
import { setTimeout as pause } from 'node:timers/promises';
import type { SeededRandom } from '../../src/dev/sandbox/random.js';
import type { SandboxProcess } from './sandbox-process.js';

export const VICTIMS = [
  'gateway',
  'database',
  'database, then gateway',
  'gateway, then database',
  'gateway twice',
] as const;
export type Victim = (typeof VICTIMS)[number];

/** Delay between two kills of one round, and of the second one after a restart. */
const LONGEST_BETWEEN_MS = 50;
const LONGEST_INTO_RESTART_MS = 1_500;
const DATABASE_LIMIT_MS = 60_000;

/** Kills with SIGKILL and, if the gateway is dead, starts it by its own command. Resolves when it is running. */
export async function strike(victim: Victim, sandbox: SandboxProcess, random: SeededRandom): Promise<void> {
  switch (victim) {
    case 'gateway':
      await sandbox.kill();
      break;
    case 'database':
      await killDatabase(sandbox);
      await anotherDatabase(sandbox); // the gateway lives, and restarts it itself
      return;
    case 'database, then gateway':
      await killDatabase(sandbox);
      await pause(random.below(LONGEST_BETWEEN_MS));
      await sandbox.kill();
      break;
    case 'gateway, then database':
      await sandbox.kill();
      await pause(random.below(LONGEST_BETWEEN_MS));
      await killDatabase(sandbox);
      break;
    case 'gateway twice':
      await killTwice(sandbox, random.below(LONGEST_INTO_RESTART_MS));
      break;
  }
  await sandbox.start();
}

/** Kills it, and again after this delay of its restart, whether it is running by then or not. */
export async function killTwice(
  program: { start(): Promise<unknown>; kill(): Promise<void> },
  intoRestartMs: number,
): Promise<void> {
  await program.kill();
  const starting = program.start().then(
    () => undefined,
    () => undefined, // killed before it was running, intentionally
  );
  await pause(intoRestartMs);
  await program.kill();
  await starting;
}

/** The dead server's children may still answer statements in progress: only a new server is a recovery. */
export async function anotherDatabase(sandbox: SandboxProcess): Promise<void> {
  const until = performance.now() + DATABASE_LIMIT_MS;
  while ((await sandbox.postmaster()) === undefined) {
    if (performance.now() > until) throw new Error('nobody brought the database back');
    await pause(50);
  }
}

/** The postmaster; its children notice and end, as after the kernel's out-of-memory killer. */
export async function killDatabase(sandbox: SandboxProcess): Promise<void> {
  const pid = await sandbox.postmaster();
  if (pid === undefined) throw new Error('there is no database server to kill');
  process.kill(pid, 'SIGKILL');
  while ((await sandbox.postmaster()) === pid) await pause(5); // it is dead when the kernel has removed it
}
