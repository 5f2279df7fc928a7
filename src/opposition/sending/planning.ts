/**
 * The bulk of a window [N-1], chapter 6: once the term is over, one notification for every person whose last decision
 * is an opposition, under every identifier [G-5]. Runs in batches, each with a read of the register, a look-up of
 * persons and regions of care in the other database, and one insert. The outbox, where a decision can be only once, is
 * the only state between batches: planning that starts twice, or again after a crash, queues what is missing.
 */
import { recordIn } from '../../audit/index.js';
import { Refused } from '../../auth/index.js';
import type { Entry, Operation } from '../../auth/index.js';
import { romeDate } from '../../platform/clock.js';
import type { Clock, IsoDate } from '../../platform/clock.js';
import { statement } from '../../platform/db/index.js';
import type { DataSource } from '../../platform/db/index.js';
import { DONE } from '../../platform/outcome.js';
import type { AnaLookup } from '../../registry/index.js';
import { registerOperations } from '../operations.js';
import { lastToNotify } from '../register/last-decision.js';

export interface PlanProgress {
  /** Decisions examined, of a total; planning examines them twice: to withdraw, then to queue. */
  readonly done: number;
  readonly total: number;
  readonly queued: number;
}

/** `held`: the window waits for an operator's order [O-9]; notifications already queued stay queued. */
export type PlanRefusal = 'not-permitted' | 'unknown-window' | 'not-over' | 'held';

export interface Planned {
  /** Notifications queued by this call. */
  readonly queued: number;
  /** Of these, sent to the region of the decision because the person is no longer in care. */
  readonly notInCare: number;
  /** Withdrawn by this call: not sent, and their persons have decided again since. */
  readonly withdrawn: number;
}

export type OnProgress = (progress: PlanProgress) => Promise<void> | void;

interface OfWindow {
  readonly window: string;
}
/** `onProgress`: awaited after each batch; if it throws, the work stops and can be started again. */
interface Watched {
  readonly onProgress?: OnProgress | undefined;
}

/** The operations run many transactions, each repeatable; the last one writes the log row. */
export interface Planning {
  /**
   * Withdraws, as `withdraw` does, and queues the bulk of a window that is over, together with earlier windows that
   * were not planned. An earlier window that is held keeps its decisions, and delays no other.
   */
  readonly plan: Operation<OfWindow & Watched, PlanRefusal, Planned>;
  /**
   * Withdraws unsent notifications, of any bulk or late, of persons who have decided again since, whatever the windows.
   */
  readonly withdraw: Operation<Watched, PlanRefusal, Pick<Planned, 'withdrawn'>>;
  /** Counts the notifications that `plan` would queue; changes nothing. */
  readonly foresee: Operation<OfWindow, PlanRefusal, { readonly wouldQueue: number; readonly wouldWithdraw: number }>;
}

/** Decision ids per batch. */
const BATCH = 10_000;

/** Window $1 and those before it that are not held. */
const TOGETHER =
  'closes_on <= (SELECT closes_on FROM consent.acquisition_window WHERE id = $1::bigint) AND held_at IS NULL';

/**
 * The same bounds for a decision and for its notification, so that PostgreSQL reads only that part of both tables, even
 * with stale statistics of freshly filled tables.
 */
const inBatch = (id: string): string => `${id} > $2::bigint AND ${id} <= $3::bigint`;

/** Oppositions of the terms that are planned with window $1, and not in the outbox. */
const UNQUEUED = `
  SELECT d.id, d.subject
  FROM consent.decision d LEFT JOIN consent.notification n ON n.decision_id = d.id AND ${inBatch('n.decision_id')}
  WHERE d.value = 'opposition' AND ${inBatch('d.id')} AND n.decision_id IS NULL
    AND d.window_id IN (SELECT id FROM consent.acquisition_window WHERE ${TOGETHER})`;

/** Unsent notifications in the outbox; $1: the states. */
const UNSENT = `
  SELECT d.id, d.subject
  FROM consent.decision d JOIN consent.notification n ON n.decision_id = d.id AND ${inBatch('n.decision_id')}
  WHERE ${inBatch('d.id')} AND n.state = ANY ($1::text[])`;
const UNSENT_STATES = ['queued', 'parked', 'exhausted'];

/** Of decisions $1, with all identifiers of their persons in $2, separated by blanks: those to notify on day $3. */
const LAST = `
  SELECT asked.id FROM unnest($1::bigint[], $2::text[]) AS asked (id, identifiers)
    JOIN LATERAL ${lastToNotify("string_to_array(asked.identifiers, ' ')", '$3::date')} last ON last.id = asked.id`;

/** $2 and $3 bound the batch, as above; $1: decisions, $5: states. */
const WITHDRAW = `
  WITH withdrawn AS (
    UPDATE consent.notification n SET state = 'withdrawn', finished_at = $4::timestamptz
    WHERE n.decision_id = ANY ($1::bigint[]) AND ${inBatch('n.decision_id')} AND n.state = ANY ($5::text[])
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

/** Waits for decisions that are being recorded in these windows; later ones fail (store.ts). */
const CLOSE = `
  UPDATE consent.acquisition_window SET planning_started_at = $2::timestamptz
  WHERE ${TOGETHER} AND planning_started_at IS NULL`;

const FINISH = `
  UPDATE consent.acquisition_window SET planned_at = $2::timestamptz
  WHERE ${TOGETHER} AND planning_started_at IS NOT NULL AND planned_at IS NULL`;

/** A notification to queue: its decision, under the person's present identifier. */
interface ToQueue {
  readonly id: string;
  readonly subject: string;
  /** Region of care; null: in care nowhere. */
  readonly region: string | null;
}

interface Decided {
  readonly id: string;
  readonly subject: string;
}

/** @param db the consent database, as a role that may change windows and add notifications */
export function createPlanning(db: DataSource, ana: AnaLookup, clock: Clock): Planning {
  const term = statement<{ closesOn: IsoDate; isHeld: boolean }>(
    db,
    'planning.term',
    `SELECT closes_on AS "closesOn", held_at IS NOT NULL AS "isHeld" FROM consent.acquisition_window WHERE id = $1::bigint`,
  );
  const close = statement(db, 'planning.close', CLOSE);
  const last = statement<{ id: number }>(
    db,
    'planning.last',
    'SELECT coalesce(max(id), 0)::float8 AS id FROM consent.decision',
  );
  const unqueued = statement<Decided>(db, 'planning.unqueued', UNQUEUED);
  const unsent = statement<Decided>(db, 'planning.unsent', UNSENT);
  const lastOnes = statement<{ id: string }>(db, 'planning.lastOnes', LAST);
  const queue = statement<{ count: number }>(db, 'planning.queue', QUEUE);
  const withdraw = statement<{ count: number }>(db, 'planning.withdraw', WITHDRAW);
  const operation = registerOperations<PlanRefusal>(db, clock);

  /** Which of the decisions are to be notified, and a look-up of each person's identifiers. */
  async function judge(decisions: readonly Decided[]): Promise<{
    readonly isLast: (decision: Decided) => boolean;
    readonly identifiersOf: (subject: string) => readonly string[];
  }> {
    const identities = await ana.identifiersOf(decisions.map(({ subject }) => subject));
    const identifiersOf = (subject: string): readonly string[] => identities.get(subject) ?? [subject];
    const found = await lastOnes([
      decisions.map(({ id }) => id),
      decisions.map(({ subject }) => identifiersOf(subject).join(' ')),
      romeDate(clock.now()),
    ]);
    const last = new Set(found.map(({ id }) => id));
    return { isLast: ({ id }) => last.has(id), identifiersOf };
  }

  /** The notifications to queue for decisions after `from`. */
  async function prepare(window: string, from: number): Promise<readonly ToQueue[]> {
    const decisions = await unqueued([window, from, from + BATCH]);
    const [regions, { isLast, identifiersOf }] = await Promise.all([
      ana.regionsOfCare(decisions.map(({ subject }) => subject)),
      judge(decisions),
    ]);
    return decisions.filter(isLast).map(({ id, subject }) => ({
      id,
      subject: identifiersOf(subject)[0] ?? subject,
      region: regions.get(subject) ?? null,
    }));
  }

  /** Decisions after `from` whose notification is unsent and no longer applies. */
  async function outdated(from: number): Promise<readonly string[]> {
    const decisions = await unsent([UNSENT_STATES, from, from + BATCH]);
    const { isLast } = await judge(decisions);
    return decisions.filter((decision) => !isLast(decision)).map(({ id }) => id);
  }

  /** @param onBatch as `onProgress` */
  async function withdrawAll(onBatch: (done: number, total: number) => Promise<void> | void): Promise<number> {
    const total = await lastDecision();
    let withdrawn = 0;
    for (let from = 0; from < total; from += BATCH) {
      const decisions = await outdated(from);
      if (decisions.length > 0) {
        const [row] = await withdraw([decisions, from, from + BATCH, clock.now(), UNSENT_STATES]);
        withdrawn += row?.count ?? 0;
      }
      await onBatch(Math.min(from + BATCH, total), total);
    }
    return withdrawn;
  }

  async function refusal(window: string): Promise<Refused<PlanRefusal> | undefined> {
    const [found] = await term([window]);
    if (found === undefined) return new Refused(['unknown-window']);
    if (found.closesOn >= romeDate(clock.now())) return new Refused(['not-over']);
    return found.isHeld ? new Refused(['held']) : undefined;
  }

  const lastDecision = async (): Promise<number> => (await last([]))[0]?.id ?? 0;

  return {
    plan: operation(
      'bulk-plan',
      async (_call, { window, onProgress }: OfWindow & Watched, access) => {
        const refused = await refusal(window);
        if (refused !== undefined) return refused;
        // First and separately, so that no problem with a window prevents it.
        const withdrawn = await withdrawAll((done, total) => onProgress?.({ done, total: 2 * total, queued: 0 }));
        await close([window, clock.now()]);
        const total = await lastDecision();
        let queued = 0;
        let notInCare = 0;
        let upcoming = prepare(window, 0);
        for (let from = 0; from < total; from += BATCH) {
          const batch = await upcoming;
          upcoming = prepare(window, from + BATCH);
          const columns = [
            batch.map(({ id }) => id),
            batch.map(({ subject }) => subject),
            batch.map(({ region }) => region),
          ];
          // Reads and looks up the next batch while this one is written: both databases and this process work in
          // parallel.
          const [written] = await Promise.all([queue([window, from, from + BATCH, clock.now(), ...columns]), upcoming]);
          queued += written[0]?.count ?? 0;
          notInCare += batch.filter(({ region }) => region === null).length;
          await onProgress?.({ done: total + Math.min(from + BATCH, total), total: 2 * total, queued });
          const stopped = await refusal(window);
          if (stopped !== undefined) {
            await upcoming;
            return stopped;
          }
        }
        await upcoming;
        return db.transaction(async (tables) => {
          await tables.query(FINISH, [window, clock.now()]);
          const heldMeanwhile = await refusal(window);
          if (heldMeanwhile !== undefined) return heldMeanwhile;
          return { transactionId: await recordIn(tables, access, 'planned', queued), queued, notInCare, withdrawn };
        });
      },
      about,
    ),

    withdraw: operation('bulk-withdraw', async (_call, { onProgress }: Watched, access) => {
      const withdrawn = await withdrawAll((done, total) => onProgress?.({ done, total, queued: 0 }));
      return { transactionId: await recordIn(db, access, 'withdrawn', withdrawn), withdrawn };
    }),

    foresee: operation(
      'bulk-foresee',
      async (_call, { window }: OfWindow, access) => {
        const refused = await refusal(window);
        if (refused !== undefined) return refused;
        const total = await lastDecision();
        let wouldQueue = 0;
        let wouldWithdraw = 0;
        for (let from = 0; from < total; from += BATCH) {
          wouldQueue += (await prepare(window, from)).length;
          wouldWithdraw += (await outdated(from)).length;
        }
        return { transactionId: await recordIn(db, access, DONE.code), wouldQueue, wouldWithdraw };
      },
      about,
    ),
  };
}

function about(): Entry {
  return { subjectKind: 'window' };
}
