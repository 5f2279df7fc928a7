/** Output of the demonstration about the sending, and its check of the simulator's records against the outbox. */
import type { Exported, RegionSummary } from '../../opposition/index.js';
import type { SimulatedRegion } from '../simulator/index.js';

const COLUMN = 14;

/** The head of the table that `progressLine` fills. */
export function progressHead(regions: readonly string[], failing: string): string {
  const names = regions.map((region) => (region === failing ? `${region} (fails)` : region).padStart(COLUMN));
  return `    seconds ${names.join('')}   queued/sent/parked`;
}

/** @param seconds since the sending began */
export function progressLine(seconds: number, regions: readonly string[], summary: readonly RegionSummary[]): string {
  const cells = regions.map((region) => {
    const { queued, sent, parked } = ofRegion(summary, region);
    return `${queued}/${sent}/${parked}`.padStart(COLUMN);
  });
  return `    ${seconds.toFixed(1).padStart(7)} ${cells.join('')}`;
}

export function ofRegion(
  summary: readonly RegionSummary[],
  region: string,
): Pick<RegionSummary, 'queued' | 'sent' | 'parked'> {
  return summary.find((row) => row.region === region) ?? { queued: 0, sent: 0, parked: 0 };
}

export interface Arrivals {
  readonly region: string;
  readonly planned: number;
  /** Number of the simulator's records. */
  readonly arrived: number;
  /** Repeated messages, which it recognised and did not record again. */
  readonly repeated: number;
  /** Exactly those of the outbox, each once. */
  readonly isExact: boolean;
}

/** @param desk of the outbox; every message id in it must have arrived in its region, once */
export async function arrivals(
  pages: AsyncIterable<readonly Exported[]>,
  simulated: readonly SimulatedRegion[],
): Promise<readonly Arrivals[]> {
  const planned = new Map<string, string[]>(simulated.map(({ region }) => [region, []]));
  for await (const page of pages) {
    for (const { messageId, region } of page) {
      const known = planned.get(region);
      if (known === undefined) planned.set(region, [messageId]);
      else known.push(messageId);
    }
  }
  const found: Arrivals[] = [];
  for (const [code, ids] of planned) {
    const region = simulated.find((candidate) => candidate.region === code);
    const received = (await region?.received(0, ids.length + 1)) ?? [];
    const counts: Readonly<Record<string, number>> = region?.counts() ?? {};
    found.push({
      region: code,
      planned: ids.length,
      arrived: received.length,
      repeated: (counts['repeated message'] ?? 0) + (counts['repeated person and date'] ?? 0),
      isExact: sorted(received.map(({ messageId }) => messageId)) === sorted(ids),
    });
  }
  return found;
}

export function arrivalLine({ region, planned, arrived, repeated, isExact }: Arrivals): string {
  const again = repeated === 0 ? '' : `; ${repeated} came again and were recognised`;
  return `   ${region}   ${arrived} of ${planned}${isExact ? ', once each' : ' – NOT the ones planned'}${again}`;
}

function sorted(ids: readonly string[]): string {
  return ids.toSorted().join(' ');
}
