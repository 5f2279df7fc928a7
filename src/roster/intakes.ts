/** Reads of intakes and their results. */
import { statement } from '../platform/db/index.js';
import type { DataSource } from '../platform/db/index.js';
import type { Intake, ResultRow, RosterResult } from './model.js';
import { SELECT_INTAKE, SELECT_RESULT } from './store.js';

export interface Intakes {
  /** Latest first, including running and refused ones. @param uploadedBy only this account's */
  latest(limit?: number, uploadedBy?: string): Promise<Intake[]>;
  /** Results of all published files, earliest first [C-1]. */
  published(): Promise<RosterResult[]>;
  /** Undefined: there is no such intake. Without rows if it is not published. */
  result(id: string): Promise<RosterResult | undefined>;
}

const MANY = 1_000;

export function createIntakes(db: DataSource): Intakes {
  const latest = statement<Intake>(
    db,
    'roster.intakes',
    `${SELECT_INTAKE} WHERE $2::text IS NULL OR uploaded_by = $2 ORDER BY id DESC LIMIT $1::integer`,
  );
  const published = statement<Intake>(
    db,
    'roster.published',
    `${SELECT_INTAKE} WHERE state = 'published' ORDER BY published_at, id`,
  );
  const byId = statement<Intake>(db, 'roster.intake', `${SELECT_INTAKE} WHERE id = $1::bigint`);
  const rowsOf = statement<ResultRow>(db, 'roster.result', SELECT_RESULT);
  const told = async (intake: Intake): Promise<RosterResult> => ({ intake, rows: await rowsOf([intake.id]) });

  return {
    latest: (limit = MANY, uploadedBy) => latest([limit, uploadedBy ?? null]),
    async published() {
      const results: RosterResult[] = [];
      for (const intake of await published([])) results.push(await told(intake));
      return results;
    },
    async result(id) {
      const [intake] = await byId([id]);
      return intake === undefined ? undefined : told(intake);
    },
  };
}
