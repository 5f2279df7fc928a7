/** The victims of a round, and the operator's reaction: starting the same commands again. */
import { setTimeout as pause } from 'node:timers/promises';
import type { SeededRandom } from '../../../src/dev/sandbox/random.js';
import { anotherDatabase, killDatabase, killTwice } from '../victims.js';
import type { Place } from './place.js';

export const VICTIMS = [
  'sender',
  'simulator',
  'database',
  'sender, then simulator',
  'database, then sender',
  'simulator, then database',
  'sender twice',
  'simulator twice',
  'all three',
  'sender, then database',
] as const;
export type Victim = (typeof VICTIMS)[number];

/** Delay between two kills of one round, and of the second one after a restart. */
const LONGEST_BETWEEN_MS = 50;
const LONGEST_INTO_RESTART_MS = 800;

/**
 * Kills with SIGKILL and restarts; in the sandbox the supervisor restarts the database.
 * @param onDead when all of them are dead, before any restart
 */
export async function strike(
  victim: Victim,
  { sandbox, simulator, worker }: Place,
  random: SeededRandom,
  onDead: () => Promise<void>,
): Promise<void> {
  const kill = {
    sender: () => worker.kill(),
    simulator: () => simulator.kill(),
    database: () => killDatabase(sandbox),
  };
  const again = {
    sender: () => worker.start(),
    simulator: () => simulator.start(),
    database: () => anotherDatabase(sandbox),
  };
  const all = async (...who: readonly (keyof typeof kill)[]): Promise<void> => {
    for (const one of who) {
      await kill[one]();
      await pause(random.below(LONGEST_BETWEEN_MS));
    }
    await onDead();
    await Promise.all(who.map((one) => again[one]()));
  };
  switch (victim) {
    case 'sender':
    case 'simulator':
    case 'database':
      return all(victim);
    case 'sender, then simulator':
      return all('sender', 'simulator');
    case 'sender, then database':
      return all('sender', 'database');
    case 'database, then sender':
      return all('database', 'sender');
    case 'simulator, then database':
      return all('simulator', 'database');
    case 'all three':
      return all('database', 'simulator', 'sender');
    case 'sender twice':
      await killTwice(worker, random.below(LONGEST_INTO_RESTART_MS));
      return all('sender');
    case 'simulator twice':
      await killTwice(simulator, random.below(LONGEST_INTO_RESTART_MS));
      return all('simulator');
  }
}
