/** Intermediary offices that the regions have named, and their operators [O-7], 2.1. */
import { changedIn, recordIn } from '../../audit/index.js';
import { Refused } from '../../auth/index.js';
import type { Entry, Operation } from '../../auth/index.js';
import type { Clock } from '../../platform/clock.js';
import { DONE } from '../../platform/outcome.js';
import { IntermediaryOffice } from '../entities.js';
import { registerOperations } from '../operations.js';
import { RECEIVERS } from '../register/model.js';
import type { ConsentTables } from '../tables.js';

export type OfficeRefusal =
  'not-permitted' | 'unknown-region' | 'not-named' | 'operator-admitted' | 'operator-not-admitted';

/** An office as one region has named it. */
export type NamedOffice = Readonly<Pick<IntermediaryOffice, 'code' | 'region' | 'kind' | 'name'>>;
type OfRegion = Pick<NamedOffice, 'code' | 'region'>;
/** `operator`: codice fiscale of the operator. */
interface OperatorOf {
  readonly operator: string;
  readonly office: string;
}

/** An office for which an operator may act. */
export interface OwnOffice extends Pick<NamedOffice, 'code' | 'kind' | 'name'> {
  readonly regions: readonly string[];
}

export interface OfficeDesk {
  /** The caller's offices, one of which the caller chooses to act for [O-7]. */
  readonly own: Operation<object, OfficeRefusal, { readonly offices: readonly OwnOffice[] }>;
  readonly list: Operation<object, OfficeRefusal, { readonly offices: readonly NamedOffice[] }>;
  /** Names an office for the persons in care of a region. Repeated with another name or kind, it changes them. */
  readonly authorise: Operation<NamedOffice, OfficeRefusal>;
  /**
   * Withdraws an office. When it no longer acts for any region, it loses its operators: if it is named again, they must
   * be admitted again. Decisions that they entered remain.
   * @returns `dismissed`: how many operators the office lost
   */
  readonly withdraw: Operation<OfRegion, OfficeRefusal, { readonly dismissed: number }>;
  /** An operator may belong to several offices. */
  readonly admit: Operation<OperatorOf, OfficeRefusal>;
  readonly dismiss: Operation<OperatorOf, OfficeRefusal>;
}

/**
 * @param db the consent database as its owner, or the transaction of the operation; for `own` as the register's role
 */
export function createOfficeDesk(db: ConsentTables, clock: Clock): OfficeDesk {
  const operation = registerOperations<OfficeRefusal>(db, clock);
  const isNamed = (code: string): Promise<boolean> => db.getRepository(IntermediaryOffice).existsBy({ code });
  return {
    list: operation('office-list', async (_call, _request: object, access) => {
      const offices = await db.getRepository(IntermediaryOffice).find({ order: { region: 'ASC', code: 'ASC' } });
      return { transactionId: await recordIn(db, access, DONE.code), offices };
    }),

    own: operation('office-own', async ({ caller }, _request: object, access) => {
      const offices = await db.query<OwnOffice[]>(
        `SELECT code, min(kind) AS kind, min(name) AS name, array_agg(region::text ORDER BY region) AS regions
         FROM consent.intermediary_office JOIN consent.office_operator ON office = code
         WHERE operator = $1 GROUP BY code ORDER BY code`,
        [caller.codiceFiscale],
      );
      return { transactionId: await recordIn(db, access, DONE.code), offices };
    }),

    authorise: operation(
      'office-authorise',
      async (_call, { code, region, kind, name }: NamedOffice, access) => {
        if (!RECEIVERS.includes(region)) return new Refused(['unknown-region']);
        const done = await changedIn(
          ...([db, access, 'changed'] as const),
          (place) =>
            `INSERT INTO consent.intermediary_office (code, region, kind, name)
             VALUES (${place(1)}, ${place(2)}, ${place(3)}, ${place(4)})
             ON CONFLICT (code, region) DO UPDATE SET kind = excluded.kind, name = excluded.name RETURNING code`,
          [code, region, kind, name],
        );
        if (done === undefined) throw new Error('an office was not named');
        return done;
      },
      about,
    ),

    withdraw: operation(
      'office-withdraw',
      async (_call, { code, region }: OfRegion, access) => {
        // Locks the office's rows first: of two regions that withdraw it concurrently, the second sees that it was the
        // last.
        const done = await changedIn<{ dismissed: number }>(
          ...([db, access, 'changed'] as const),
          () => 'SELECT (SELECT count(*) FROM dismissed)::integer AS dismissed FROM gone',
          [code, region],
          (place) => `named AS MATERIALIZED (
              SELECT region FROM consent.intermediary_office WHERE code = ${place(1)} ORDER BY region FOR UPDATE
            ), gone AS (
              DELETE FROM consent.intermediary_office
              WHERE code = ${place(1)} AND region = ${place(2)} AND region IN (SELECT region FROM named) RETURNING 1
            ), dismissed AS (
              DELETE FROM consent.office_operator WHERE office = ${place(1)} AND EXISTS (SELECT FROM gone)
                AND NOT EXISTS (SELECT FROM named WHERE region <> ${place(2)}) RETURNING 1
            ),`,
        );
        return done === undefined ? new Refused(['not-named']) : { ...done, dismissed: done.rows[0]?.dismissed ?? 0 };
      },
      about,
    ),

    admit: operation(
      'office-admit',
      async (_call, { operator, office }: OperatorOf, access) => {
        // Locks the office, which another transaction may be withdrawing.
        const done = await changedIn(
          ...([db, access, 'changed'] as const),
          (place) =>
            `INSERT INTO consent.office_operator (operator, office)
             SELECT DISTINCT ${place(1)}, code
             FROM (SELECT code FROM consent.intermediary_office WHERE code = ${place(2)} FOR SHARE) named
             ON CONFLICT DO NOTHING RETURNING office`,
          [operator, office],
        );
        return done ?? new Refused([(await isNamed(office)) ? 'operator-admitted' : 'not-named']);
      },
      about,
    ),

    dismiss: operation(
      'office-dismiss',
      async (_call, { operator, office }: OperatorOf, access) => {
        const done = await changedIn(
          ...([db, access, 'changed'] as const),
          (place) =>
            `DELETE FROM consent.office_operator WHERE operator = ${place(1)} AND office = ${place(2)} RETURNING office`,
          [operator, office],
        );
        return done ?? new Refused(['operator-not-admitted']);
      },
      about,
    ),
  };
}

function about(): Entry {
  return { subjectKind: 'office' };
}
