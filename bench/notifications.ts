/**
 * Notifications of opposition at national scale [N-4]: planning compared with a plain INSERT … SELECT of the same rows,
 * sending to 21 simulated regions, all up or three hanging, compared with a bare https client, and the block's look-up
 * compared with pgbench. Holds the steps and its own ratios, not other expected figures.
 */
import { compared } from './comparison.js';
import type { Compared } from './comparison.js';
import { lookUps } from './look-up.js';
import { judgeMemory } from './memory.js';
import { DOWN, notificationPlace } from './notification-place.js';
import { needPgbench } from './pgbench.js';
import { measurePlanning } from './planning.js';
import { SENDING, senderBench } from './sending.js';
import { interleave } from './variant.js';
import type { Measured, Pace } from './variant.js';

/** Length of the sender's memory measurement, relative to the gateway's. */
const ENDURANCE = 0.3;

export interface NotificationOptions {
  readonly persons: number;
  readonly requests: number;
  readonly pace: Pace;
  readonly date: string;
  /** For the sender's process, for instance a profiler. */
  readonly nodeOptions: readonly string[];
  readonly print: (line: string) => void;
}

export async function measureNotifications(
  options: NotificationOptions,
): Promise<{ measured: ReadonlyMap<string, Measured>; compared: readonly Compared[] }> {
  const { persons, requests, pace, date, nodeOptions, print } = options;
  await needPgbench();
  print(`notifications: ${persons} persons and their oppositions are being written`);
  const place = await notificationPlace(persons);
  try {
    const planning = await measurePlanning(place, persons, date, print);
    const sender = await senderBench(place, nodeOptions);
    const measured = await interleave([...sender.variants, ...(await lookUps(place))], pace, print);
    const notifications = Math.round(requests * ENDURANCE);
    const resident = await sender.endure(notifications);
    return {
      measured,
      compared: [
        ...planning,
        ...perRegion(measured, sender.regions, date),
        ...judgeMemory(resident, `of the sender over ${notifications} notifications`, date),
      ],
    };
  } finally {
    await place.stop();
  }
}

/** Regions that are down must not slow down the others. */
function perRegion(measured: ReadonlyMap<string, Measured>, regions: number, date: string): Compared[] {
  const [down, healthy] = [measured.get(SENDING.down), measured.get(SENDING.healthy)];
  if (down === undefined || healthy === undefined) return [];
  const rates = [down.perSecond / (regions - DOWN), healthy.perSecond / regions] as const;
  const name = `rate of a region that is up, ${DOWN} of ${regions} down : none down`;
  return [compared(name, ...rates, '1/s', date, { least: 0.9 })];
}
