/**
 * The bulk of a window [N-1], chapter 6: once the term is over, one notification for every person whose last decision is
 * an opposition, under whichever of his identifiers [G-5]. In batches, each a read of the register, a look-up of persons
 * and regions of care in the other database, and one insert. Nothing is remembered between batches but the outbox itself,
 * in which a decision can be but once: planning that is started twice, or again after a crash, queues what is missing.
 */
import { romeDate } from '../../platform/clock.js';
import type { Clock, IsoDate } from '../../platform/clock.js';
import { statement } from '../../platform/db/index.js';
import type { DataSource } from '../../platform/db/index.js';
import type { AnaLookup } from '../../registry/index.js';
import { lastOfAll } from '../register/last-decision.js';

export interface PlanProgress {
  /** Decisions looked through, of so many. */
  readonly done: number;
  readonly total: number;
  readonly queued: number;
}

/** `held`: this window, or one before it, waits for a person's word [O-9]; what was queued before the word stays queued. */
export type PlanRefusal = 'unknown-window' | 'not-over' | 'held';

export type PlanOutcome =
  | {
      readonly kind: 'planned';
      /** Notifications queued by this call. */
      readonly queued: number;
      /** Of which to the region of the decision, since the person is in care nowhere now. */
      readonly notInCare: number;
      /** Withdrawn by this call: not sent, and their persons have decided again since. */
      readonly withdrawn: number;
    }
  | { readonly kind: 'foreseen'; readonly wouldQueue: number; readonly wouldWithdraw: number }
  | { readonly kind: 'refused'; readonly reason: PlanRefusal };

export interface Planning {
  /**
   * Queues the bulk of a window that is over, with what earlier windows left unplanned, which then are planned too; and
   * withdraws what is not sent, of any bulk or late, of persons who have decided again since.
   * @param onProgress awaited after each batch; what it throws ends the planning, which may be started again
   */
  plan(window: string, onProgress?: (progress: PlanProgress) => Promise<void> | void): Promise<PlanOutcome>;
  /** How many notifications `plan` would queue; nothing changes. */
  foresee(window: string): Promise<PlanOutcome>;
}

/** Decision ids per batch. */
const BATCH = 10_000;

/** The window $1 and those before it, which go with it. */
const TOGETHER = 'closes_on <= (SELECT closes_on FROM consent.acquisition_window WHERE id = $1::bigint)';

/**
 * Oppositions of terms that were over with window $1 and not in the outbox, and those in it and not sent. The same bounds
 * for a decision and for its notification: of each table only that part is looked at, whatever the planner believes of
 * tables that have just been filled.
 */
const inBatch = (id: string): string => `${id} > $2::bigint AND ${id} <= $3::bigint`;
const UNSENT = `
  SELECT d.id, d.subject, n.decision_id IS NOT NULL AS "isQueued"
  FROM consent.decision d LEFT JOIN consent.notification n ON n.decision_id = d.id AND ${inBatch('n.decision_id')}
  WHERE d.value = 'opposition' AND ${inBatch('d.id')}
    AND CASE WHEN n.decision_id IS NULL
             THEN d.window_id IN (SELECT id FROM consent.acquisition_window WHERE ${TOGETHER})
             ELSE n.state IN ('queued', 'parked', 'exhausted') END`;

/** Of decisions $1, each with all identifiers of its person in $2, separated by blanks: those that are the person's last. */
const LAST = `
  SELECT asked.id FROM unnest($1::bigint[], $2::text[]) AS asked (id, identifiers)
    JOIN LATERAL ${lastOfAll("string_to_array(asked.identifiers, ' ')")} last ON last.id = asked.id`;

/** $2 and $3 bound the batch, as above; $1 are decisions. */
const WITHDRAW = `
  WITH withdrawn AS (
    UPDATE consent.notification n SET state = 'withdrawn', finished_at = $4::timestamptz
    WHERE n.decision_id = ANY ($1::bigint[]) AND ${inBatch('n.decision_id')} AND n.state IN ('queued', 'parked', 'exhausted')
    RETURNING 1
  )
  SELECT count(*)::integer AS count FROM withdrawn`;

/** $2 and $3 bound the batch, as above. */
const QUEUE = `
  WITH queued AS (
    INSERT INTO consent.notification (decision_id, subject, region, opposed_on, window_id, next_attempt_at, created_at)
    SELECT d.id, p.subject, coalesce(p.region, d.region), (d.decided_at AT TIME ZONE 'Europe/Rome')::date, $1::bigint,
           $4::timestamptz, $4::timestamptz
    FROM unnest($5::bigint[], $6::text[], $7::text[]) AS p (id, subject, region)
      JOIN consent.decision d ON d.id = p.id AND ${inBatch('d.id')}
    ON CONFLICT ON CONSTRAINT notification_decision DO NOTHING
    RETURNING 1
  )
  SELECT count(*)::integer AS count FROM queued`;

/** Decisions being recorded in these windows are waited for, and no other is recorded in them afterwards (store.ts). */
const CLOSE = `
  UPDATE consent.acquisition_window SET planning_started_at = $2::timestamptz
  WHERE ${TOGETHER} AND planning_started_at IS NULL`;

const FINISH = `
  UPDATE consent.acquisition_window SET planned_at = $2::timestamptz WHERE ${TOGETHER} AND planned_at IS NULL
    AND NOT EXISTS (SELECT FROM consent.acquisition_window WHERE ${TOGETHER} AND held_at IS NOT NULL)`;

/** A notification to be: of a decision, under the person's present identifier. */
interface Planned {
  readonly id: string;
  readonly subject: string;
  /** Of care; null: in care nowhere. */
  readonly region: string | null;
}

/** What there is to do about a batch of decisions. */
interface Prepared {
  readonly toQueue: readonly Planned[];
  /** Decisions whose notification is not sent, and no longer to be. */
  readonly toWithdraw: readonly string[];
}

/** @param db the consent database, as a role that may change windows and add notifications */
export function createPlanning(db: DataSource, ana: AnaLookup, clock: Clock): Planning {
  const term = statement<{ closesOn: IsoDate; isHeld: boolean }>(
    db,
    'planning.term',
    `SELECT closes_on AS "closesOn",
            EXISTS (SELECT FROM consent.acquisition_window WHERE ${TOGETHER} AND held_at IS NOT NULL) AS "isHeld"
     FROM consent.acquisition_window WHERE id = $1::bigint`,
  );
  const close = statement(db, 'planning.close', CLOSE);
  const last = statement<{ id: number }>(
    db,
    'planning.last',
    'SELECT coalesce(max(id), 0)::float8 AS id FROM consent.decision',
  );
  const unsent = statement<{ id: string; subject: string; isQueued: boolean }>(db, 'planning.unsent', UNSENT);
  const lastOnes = statement<{ id: string }>(db, 'planning.lastOnes', LAST);
  const queue = statement<{ count: number }>(db, 'planning.queue', QUEUE);
  const withdraw = statement<{ count: number }>(db, 'planning.withdraw', WITHDRAW);
  const finish = statement(db, 'planning.finish', FINISH);

  /** Of the decisions behind `from`. */
  async function prepare(window: string, from: number): Promise<Prepared> {
    const decisions = await unsent([window, from, from + BATCH]);
    const subjects = decisions.map(({ subject }) => subject);
    const [regions, identities] = await Promise.all([ana.regionsOfCare(subjects), ana.identifiersOf(subjects)]);
    const identifiersOf = (subject: string): readonly string[] => identities.get(subject) ?? [subject];
    const found = await lastOnes([
      decisions.map(({ id }) => id),
      subjects.map((subject) => identifiersOf(subject).join(' ')),
    ]);
    const isLast = new Set(found.map(({ id }) => id));
    const toQueue = decisions
      .filter(({ id, isQueued }) => !isQueued && isLast.has(id))
      .map(({ id, subject }) => ({
        id,
        subject: identifiersOf(subject)[0] ?? subject,
        region: regions.get(subject) ?? null,
      }));
    const toWithdraw = decisions.filter(({ id, isQueued }) => isQueued && !isLast.has(id)).map(({ id }) => id);
    return { toQueue, toWithdraw };
  }

  async function refusal(window: string): Promise<PlanOutcome | undefined> {
    const [found] = await term([window]);
    if (found === undefined) return { kind: 'refused', reason: 'unknown-window' };
    if (found.closesOn >= romeDate(clock.now())) return { kind: 'refused', reason: 'not-over' };
    return found.isHeld ? { kind: 'refused', reason: 'held' } : undefined;
  }

  const lastDecision = async (): Promise<number> => (await last([]))[0]?.id ?? 0;

  return {
    async plan(window, onProgress) {
      const refused = await refusal(window);
      if (refused !== undefined) return refused;
      await close([window, clock.now()]);
      const total = await lastDecision();
      let queued = 0;
      let notInCare = 0;
      let withdrawn = 0;
      let upcoming = prepare(window, 0);
      for (let from = 0; from < total; from += BATCH) {
        const { toQueue: batch, toWithdraw } = await upcoming;
        upcoming = prepare(window, from + BATCH);
        const columns = [
          batch.map(({ id }) => id),
          batch.map(({ subject }) => subject),
          batch.map(({ region }) => region),
        ];
        // The next batch is read and looked up while this one is written: two databases and we have work at once.
        const [written] = await Promise.all([queue([window, from, from + BATCH, clock.now(), ...columns]), upcoming]);
        queued += written[0]?.count ?? 0;
        if (toWithdraw.length > 0) {
          withdrawn += (await withdraw([toWithdraw, from, from + BATCH, clock.now()]))[0]?.count ?? 0;
        }
        notInCare += batch.filter(({ region }) => region === null).length;
        await onProgress?.({ done: Math.min(from + BATCH, total), total, queued });
        const stopped = await refusal(window);
        if (stopped !== undefined) {
          await upcoming;
          return stopped;
        }
      }
      await upcoming;
      await finish([window, clock.now()]);
      const heldMeanwhile = await refusal(window);
      if (heldMeanwhile !== undefined) return heldMeanwhile;
      return { kind: 'planned', queued, notInCare, withdrawn };
    },

    async foresee(window) {
      const refused = await refusal(window);
      if (refused !== undefined) return refused;
      const total = await lastDecision();
      let wouldQueue = 0;
      let wouldWithdraw = 0;
      for (let from = 0; from < total; from += BATCH) {
        const { toQueue, toWithdraw } = await prepare(window, from);
        wouldQueue += toQueue.length;
        wouldWithdraw += toWithdraw.length;
      }
      return { kind: 'foreseen', wouldQueue, wouldWithdraw };
    },
  };
}
