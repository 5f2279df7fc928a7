/**
 * Persons with an outdated notification [O-9]: those who revoked in a later window, are now in the care of another
 * region, or have another identifier. The service has no message for this (chapter 7): the regions get a list by other
 * means. One line per person and region, for the region's last notification about the person: each notified region must
 * learn of it, even if another region has been notified since.
 */
import { recordIn } from '../../audit/index.js';
import type { Operation } from '../../auth/index.js';
import { romeDate } from '../../platform/clock.js';
import type { Clock, IsoDate } from '../../platform/clock.js';
import { statement } from '../../platform/db/index.js';
import type { DataSource } from '../../platform/db/index.js';
import { DONE } from '../../platform/outcome.js';
import type { AnaLookup } from '../../registry/index.js';
import { registerOperations } from '../operations.js';
import type { DecisionValue } from '../register/model.js';

/** The first reason that applies is reported: once an opposition has been revoked, the other reasons do not matter. */
export const OUTDATED_REASONS = ['revoked', 'moved', 'renamed'] as const;
export type OutdatedReason = (typeof OUTDATED_REASONS)[number];

export interface Outdated {
  readonly messageId: string;
  /** The identifier that was notified. */
  readonly subject: string;
  readonly presentSubject: string;
  /** The region that was notified. */
  readonly region: string;
  /** The region of care now; null: in care nowhere. */
  readonly presentRegion: string | null;
  readonly reason: OutdatedReason;
  readonly opposedOn: IsoDate;
  /** Day of the revocation. */
  readonly revokedOn: IsoDate | null;
}

interface OfRegion {
  readonly region?: string | undefined;
}

export interface OutdatedDesk {
  /** Page by page. `region`: the notified region; undefined: any. The log row is committed before the first page. */
  readonly list: Operation<OfRegion, 'not-permitted', { readonly pages: AsyncIterable<readonly Outdated[]> }>;
}

const PAGE = 5_000;

/**
 * Notifications that a region knows, or may know: sent ones, and those abandoned or withdrawn after an attempt with
 * unknown result, or while being sent. A queued one is still to be sent.
 */
const TOLD = (row: string): string => `(${row}.state = 'sent' OR ${row}.state <> 'queued' AND ${row}.may_be_known
    OR ${row}.state = 'withdrawn' AND ${row}.lease_token IS NOT NULL)`;

const SENT = `
  SELECT message_id AS "messageId", subject, region::text AS region, opposed_on AS "opposedOn"
  FROM consent.notification
  WHERE ${TOLD('notification')} AND ($1::text IS NULL OR region = $1) AND ($2::uuid IS NULL OR message_id > $2)
  ORDER BY message_id LIMIT ${PAGE}`;

/**
 * For each person, with all identifiers [G-5], which $1 separates by blanks: the last notification to region $2, and
 * the last effective decision on day $3 [O-8].
 */
const LAST = `
  SELECT sent.message_id AS "messageId", last.value, (last.decided_at AT TIME ZONE 'Europe/Rome')::date AS "decidedOn"
  FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS asked (identifiers, region, position)
    LEFT JOIN LATERAL (
      SELECT n.message_id FROM consent.decision d JOIN consent.notification n ON n.decision_id = d.id AND ${TOLD('n')}
      WHERE d.subject = ANY (string_to_array(asked.identifiers, ' ')) AND n.region = asked.region
      ORDER BY d.decided_at DESC, d.id DESC LIMIT 1) sent ON true
    LEFT JOIN LATERAL consent.last_counted(string_to_array(asked.identifiers, ' '), $3::date) last ON true
  ORDER BY asked.position`;

type Sent = Pick<Outdated, 'messageId' | 'subject' | 'region' | 'opposedOn'>;

/** @param db the consent database, as its owner or as the register's role */
export function createOutdatedDesk(
  db: DataSource,
  ana: Pick<AnaLookup, 'identifiersOf' | 'regionsOfCare'>,
  clock: Clock,
): OutdatedDesk {
  const sent = statement<Sent>(db, 'opposition.sent', SENT);
  const last = statement<{ messageId: string | null; value: DecisionValue | null; decidedOn: IsoDate | null }>(
    db,
    'opposition.last',
    LAST,
  );

  async function outdatedOf(page: readonly Sent[]): Promise<readonly Outdated[]> {
    const subjects = page.map(({ subject }) => subject);
    const [regions, identities] = await Promise.all([ana.regionsOfCare(subjects), ana.identifiersOf(subjects)]);
    const all = subjects.map((subject) => identities.get(subject) ?? [subject]);
    const lasts = await last([
      all.map((identifiers) => identifiers.join(' ')),
      page.map(({ region }) => region),
      romeDate(clock.now()),
    ]);
    return page.flatMap((row, index) => {
      const decision = lasts[index];
      if (decision?.messageId !== row.messageId) return []; // the region has been notified again, under any identifier
      const presentSubject = all[index]?.[0] ?? row.subject;
      const presentRegion = regions.get(row.subject) ?? null;
      const isRevoked = decision.value === 'revocation';
      const isMoved = presentRegion !== null && presentRegion !== row.region;
      const reason = isRevoked ? 'revoked' : isMoved ? 'moved' : presentSubject !== row.subject ? 'renamed' : undefined;
      if (reason === undefined) return [];
      return [{ ...row, presentSubject, presentRegion, reason, revokedOn: isRevoked ? decision.decidedOn : null }];
    });
  }

  async function* pagesOf({ region }: OfRegion): AsyncGenerator<readonly Outdated[]> {
    let after: string | null = null;
    for (;;) {
      const page: Sent[] = await sent([region ?? null, after]);
      const end = page.at(-1);
      if (end === undefined) return;
      const found = await outdatedOf(page);
      if (found.length > 0) yield found;
      after = end.messageId;
    }
  }

  const operation = registerOperations<never>(db, clock);
  return {
    list: operation('notification-outdated', async (_call, request: OfRegion, access) => ({
      transactionId: await recordIn(db, access, DONE.code),
      pages: pagesOf(request),
    })),
  };
}
