/**
 * The judge of the crash suite of notifications: compares the plan, the outbox, and the regions' files. Pure: it takes
 * evidence and returns objections, so that forged evidence can show that it objects.
 */
import { indexed } from '../judge.js';

/** An opposition, and the region that must be notified of it. */
export interface Opposition {
  readonly subject: string;
  readonly opposedOn: string;
  readonly region: string;
}

/** A row of consent.notification. */
export interface OutboxRow extends Opposition {
  readonly messageId: string;
  readonly state: string;
  /** Incremented when it is claimed, so never 0 for a sent one. */
  readonly attempts: number;
  /** Under lease: a worker is sending it, or died while sending it. */
  readonly isClaimed: boolean;
}

/** A line of a region's journal. */
export interface Received extends Opposition {
  readonly messageId: string;
}

export interface Evidence {
  /** Every person whose last decision is an opposition, and no others. */
  readonly planned: readonly Opposition[];
  /** Read before the journals: a region must have whatever the outbox counts as sent. */
  readonly outbox: readonly OutboxRow[];
  readonly journal: readonly Received[];
  /** Whether nothing is waiting any more: then all must be delivered. */
  readonly isOver: boolean;
}

const pairOf = ({ subject, opposedOn }: Opposition): string => `${subject}/${opposedOn}`;

/**
 * @returns every objection, without naming a person; none: nothing lost, nothing recorded twice, outbox and regions
 *   agree
 */
export function objectionsTo({ planned, outbox, journal, isOver }: Evidence): string[] {
  const objections: string[] = [];
  const plannedByPair = indexed(planned, pairOf, 'planned person and date', objections);
  const rowByPair = indexed(outbox, pairOf, 'person and date in the outbox', objections);
  const rowById = indexed(outbox, ({ messageId }) => messageId, 'message id in the outbox', objections);
  // Over all regions: a person is notified to one region.
  const entryByPair = indexed(journal, pairOf, 'recorded person and date', objections);
  indexed(journal, ({ messageId }) => messageId, 'recorded message id', objections);

  for (const opposition of planned) {
    const row = rowByPair.get(pairOf(opposition));
    if (row === undefined) objections.push(`region ${opposition.region}: an opposition is not in the outbox`);
    else if (row.region !== opposition.region) objections.push(`${row.messageId} is for another region`);
    if (isOver && !entryByPair.has(pairOf(opposition))) {
      objections.push(`region ${opposition.region}: an opposition never arrived (${row?.messageId ?? 'not queued'})`);
    }
  }
  for (const row of outbox) {
    const { messageId, state, attempts, isClaimed } = row;
    if (!plannedByPair.has(pairOf(row))) objections.push(`${messageId} was queued for somebody who does not oppose`);
    const hasArrived = entryByPair.has(pairOf(row));
    if (state === 'sent' && !hasArrived) objections.push(`${messageId} counts as sent, and no region has it`);
    if (state !== 'sent' && state !== 'queued') objections.push(`${messageId} is ${state}, and nobody refused it`);
    if (isOver && state === 'queued') objections.push(`${messageId} still waits`);
    if (state === 'sent' && attempts < 1) objections.push(`${messageId}: an attempt was not counted`);
    if (state === 'sent' && isClaimed) objections.push(`${messageId} is done with and still claimed`);
  }
  for (const entry of journal) {
    const row = rowById.get(entry.messageId);
    if (row === undefined) {
      objections.push(`region ${entry.region} has ${entry.messageId}, which nobody queued`);
    } else if (pairOf(row) !== pairOf(entry) || row.region !== entry.region) {
      objections.push(`region ${entry.region} has ${entry.messageId} of another person, date or region`);
    }
  }
  return objections;
}
