/**
 * The bulk of a window [N-1], chapter 6: once the term is over, one notification for every person whose last decision is
 * an opposition. In batches, each a read of the register, a look-up of the regions of care in the other database, and one
 * insert. Nothing is remembered between batches but the outbox itself, in which a decision can be but once: planning that
 * is started twice, or again after a crash, queues what is missing.
 */
import { romeDate } from '../platform/clock.js';
import type { Clock, IsoDate } from '../platform/clock.js';
import { statement } from '../platform/db/index.js';
import type { DataSource } from '../platform/db/index.js';
import type { AnaLookup } from '../registry/index.js';

export interface PlanProgress {
  /** Decisions looked through, of so many. */
  readonly done: number;
  readonly total: number;
  readonly queued: number;
}

export type PlanOutcome =
  | {
      readonly kind: 'planned';
      /** Notifications queued by this call. */
      readonly queued: number;
      /** Of which to the region of the decision, since the person is in care nowhere now. */
      readonly notInCare: number;
    }
  | { readonly kind: 'foreseen'; readonly wouldQueue: number }
  | { readonly kind: 'refused'; readonly reason: 'unknown-window' | 'not-over' };

export interface Planning {
  /** Queues the bulk of a window that is over, with what earlier windows left unplanned. */
  plan(window: string, onProgress?: (progress: PlanProgress) => void): Promise<PlanOutcome>;
  /** How many notifications `plan` would queue; nothing changes. */
  foresee(window: string): Promise<PlanOutcome>;
}

/** Decision ids per batch. */
const BATCH = 10_000;

/**
 * Decisions of terms that were over with window $1, still the last of their subject, and not in the outbox.
 * @param range the same bounds for a decision and for its notification: of each table only that part is looked at,
 *   whatever the planner believes of tables that have just been filled
 */
const unplannedIn = (range: (id: string) => string): string => `
  FROM consent.decision d
  WHERE d.value = 'opposition' AND ${range('d.id')}
    AND d.window_id IN (SELECT id FROM consent.acquisition_window
                        WHERE closes_on <= (SELECT closes_on FROM consent.acquisition_window WHERE id = $1::bigint))
    AND NOT EXISTS (SELECT FROM consent.decision later WHERE later.subject = d.subject AND later.ordinal > d.ordinal)
    AND NOT EXISTS (SELECT FROM consent.notification n WHERE n.decision_id = d.id AND ${range('n.decision_id')})`;

const inBatch = (id: string): string => `${id} > $2::bigint AND ${id} <= $3::bigint`;

/** $2 and $3 bound the batch, as above. */
const QUEUE = `
  WITH queued AS (
    INSERT INTO consent.notification (decision_id, subject, region, opposed_on, window_id, next_attempt_at, created_at)
    SELECT d.id, d.subject, coalesce(p.region, d.region), (d.decided_at AT TIME ZONE 'Europe/Rome')::date, $1::bigint,
           $4::timestamptz, $4::timestamptz
    FROM unnest($5::bigint[], $6::text[]) AS p (id, region) JOIN consent.decision d ON d.id = p.id AND ${inBatch('d.id')}
    ON CONFLICT ON CONSTRAINT notification_decision DO NOTHING
    RETURNING 1
  )
  SELECT count(*)::integer AS count FROM queued`;

/** Decisions being recorded in these windows are waited for, and no other is recorded in them afterwards (store.ts). */
const CLOSE = `
  UPDATE consent.acquisition_window SET planning_started_at = $2::timestamptz
  WHERE closes_on <= (SELECT closes_on FROM consent.acquisition_window WHERE id = $1::bigint)
    AND planning_started_at IS NULL`;

interface Unplanned {
  id: string;
  subject: string;
}

/** @param db the consent database, as a role that may change windows and add notifications */
export function createPlanning(db: DataSource, ana: AnaLookup, clock: Clock): Planning {
  const term = statement<{ closesOn: IsoDate }>(
    db,
    'planning.term',
    'SELECT closes_on AS "closesOn" FROM consent.acquisition_window WHERE id = $1::bigint',
  );
  const count = statement<{ count: number }>(
    db,
    'planning.count',
    `SELECT count(*)::integer AS count ${unplannedIn(() => 'true')}`,
  );
  const close = statement(db, 'planning.close', CLOSE);
  const last = statement<{ id: number }>(
    db,
    'planning.last',
    'SELECT coalesce(max(id), 0)::float8 AS id FROM consent.decision',
  );
  const unplanned = statement<Unplanned>(db, 'planning.unplanned', `SELECT d.id, d.subject ${unplannedIn(inBatch)}`);
  const queue = statement<{ count: number }>(db, 'planning.queue', QUEUE);
  const finish = statement(
    db,
    'planning.finish',
    'UPDATE consent.acquisition_window SET planned_at = coalesce(planned_at, $2::timestamptz) WHERE id = $1::bigint',
  );

  /** What is to be queued of the decisions behind `from`, each with its region of care, null when in care nowhere. */
  async function prepare(window: string, from: number): Promise<{ ids: string[]; regions: (string | null)[] }> {
    const decisions = await unplanned([window, from, from + BATCH]);
    const regions = await ana.regionsOfCare(decisions.map(({ subject }) => subject));
    return {
      ids: decisions.map(({ id }) => id),
      regions: decisions.map(({ subject }) => regions.get(subject) ?? null),
    };
  }

  async function refusal(window: string): Promise<PlanOutcome | undefined> {
    const [found] = await term([window]);
    if (found === undefined) return { kind: 'refused', reason: 'unknown-window' };
    return found.closesOn < romeDate(clock.now()) ? undefined : { kind: 'refused', reason: 'not-over' };
  }

  return {
    async plan(window, onProgress) {
      const refused = await refusal(window);
      if (refused !== undefined) return refused;
      await close([window, clock.now()]);
      const total = (await last([]))[0]?.id ?? 0;
      let queued = 0;
      let notInCare = 0;
      let upcoming = prepare(window, 0);
      for (let from = 0; from < total; from += BATCH) {
        const batch = await upcoming;
        upcoming = prepare(window, from + BATCH);
        // The next batch is read and looked up while this one is written: two databases and we have work at once.
        const [written] = await Promise.all([
          queue([window, from, from + BATCH, clock.now(), batch.ids, batch.regions]),
          upcoming,
        ]);
        queued += written[0]?.count ?? 0;
        notInCare += batch.regions.filter((region) => region === null).length;
        onProgress?.({ done: Math.min(from + BATCH, total), total, queued });
      }
      await finish([window, clock.now()]);
      return { kind: 'planned', queued, notInCare };
    },

    async foresee(window) {
      const refused = await refusal(window);
      if (refused !== undefined) return refused;
      return { kind: 'foreseen', wouldQueue: (await count([window]))[0]?.count ?? 0 };
    },
  };
}
