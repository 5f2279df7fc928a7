/**
 * The judge of the crash suite of notifications: what was planned, what the outbox says of it, and what the regions
 * have on their disks. Pure: it is given evidence and answers with objections, so that forged evidence can show that it
 * is able to object.
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
  /** Counted when it is claimed, so never 0 of what was sent. */
  readonly attempts: number;
  /** Under lease: a worker has it in hand, or died with it. */
  readonly isClaimed: boolean;
}

/** A line of a region's journal. */
export interface Received extends Opposition {
  readonly messageId: string;
}

export interface Evidence {
  /** Every person whose last decision is an opposition, and nobody else. */
  readonly planned: readonly Opposition[];
  /** Read before the journals: a region has what the outbox counts as sent. */
  readonly outbox: readonly OutboxRow[];
  readonly journal: readonly Received[];
  /** Whether nothing is waiting any more: then everybody has arrived. */
  readonly isOver: boolean;
}

const pairOf = ({ subject, opposedOn }: Opposition): string => `${subject}/${opposedOn}`;

/**
 * @returns every objection, none of which names a person; none: nothing lost, nothing recorded twice, outbox and
 * regions agree
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
