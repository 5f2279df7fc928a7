/** Whom a round kills, and what an operator would do after it: start the same command again, or nothing at all. */
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

/** Between two kills of one round, and how far into a restart the second one falls. */
const LONGEST_BETWEEN_MS = 50;
const LONGEST_INTO_RESTART_MS = 1_500;
const DATABASE_LIMIT_MS = 60_000;

/** Kills with SIGKILL and, where the gateway is gone, starts it by its own command. Resolves when that is up. */
export async function strike(victim: Victim, sandbox: SandboxProcess, random: SeededRandom): Promise<void> {
  switch (victim) {
    case 'gateway':
      await sandbox.kill();
      break;
    case 'database':
      await killDatabase(sandbox);
      await anotherDatabase(sandbox); // the gateway lives, and brings it back by itself
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

/** Kills it, and again so far into its restart, whether it is up by then or not. */
export async function killTwice(
  program: { start(): Promise<unknown>; kill(): Promise<void> },
  intoRestartMs: number,
): Promise<void> {
  await program.kill();
  const starting = program.start().then(
    () => undefined,
    () => undefined, // killed before it was up: that is the point
  );
  await pause(intoRestartMs);
  await program.kill();
  await starting;
}

/** What was under way may still be answered by the dead server's children: only a new server is a recovery. */
export async function anotherDatabase(sandbox: SandboxProcess): Promise<void> {
  const until = performance.now() + DATABASE_LIMIT_MS;
  while ((await sandbox.postmaster()) === undefined) {
    if (performance.now() > until) throw new Error('nobody brought the database back');
    await pause(50);
  }
}

/** The postmaster; its children find it gone and end by themselves, as after the kernel's out-of-memory killer. */
export async function killDatabase(sandbox: SandboxProcess): Promise<void> {
  const pid = await sandbox.postmaster();
  if (pid === undefined) throw new Error('there is no database server to kill');
  process.kill(pid, 'SIGKILL');
  while ((await sandbox.postmaster()) === pid) await pause(5); // it is gone when the kernel has torn it down
}
