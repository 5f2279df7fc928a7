/** The intermediaries that the regions have named, and who works for them [O-7], 2.1. */
import { IntermediaryOffice } from '../entities.js';
import type { ConsentTables } from '../tables.js';

export interface OfficeDesk {
  list(): Promise<readonly IntermediaryOffice[]>;
  /** Names an office for the persons in care of a region; again with another name or kind: changes it. */
  authorise(office: Readonly<Pick<IntermediaryOffice, 'code' | 'region' | 'kind' | 'name'>>): Promise<void>;
  /**
   * An office that acts for no region any more loses its operators: named again, it has none until they are admitted.
   * What they entered stays.
   * @returns how many it lost; undefined when the region has not named it
   */
  withdraw(code: string, region: string): Promise<number | undefined>;
  /** @returns whether he was not yet; undefined when no region has named such an office */
  admit(operator: string, office: string): Promise<boolean | undefined>;
  /** @returns whether he was */
  dismiss(operator: string, office: string): Promise<boolean>;
}

/** @param db the consent database, as its owner */
export function createOfficeDesk(db: ConsentTables): OfficeDesk {
  const deleted = async (sql: string, values: readonly string[]): Promise<boolean> => {
    const [rows] = await db.query<[unknown[], number]>(`${sql} RETURNING 1`, [...values]);
    return rows.length > 0;
  };
  return {
    list: () => db.getRepository(IntermediaryOffice).find({ order: { region: 'ASC', code: 'ASC' } }),
    async authorise({ code, region, kind, name }) {
      await db.query(
        `INSERT INTO consent.intermediary_office (code, region, kind, name) VALUES ($1, $2, $3, $4)
         ON CONFLICT (code, region) DO UPDATE SET kind = excluded.kind, name = excluded.name`,
        [code, region, kind, name],
      );
    },
    async withdraw(code, region) {
      // The office's rows are locked first: of two regions that withdraw it at once the second sees that it was the last.
      const [row] = await db.query<{ named: boolean; dismissed: number }[]>(
        `WITH named AS MATERIALIZED (
           SELECT region FROM consent.intermediary_office WHERE code = $1 ORDER BY region FOR UPDATE
         ), gone AS (
           DELETE FROM consent.intermediary_office WHERE code = $1 AND region = $2 AND region IN (SELECT region FROM named)
           RETURNING 1
         ), dismissed AS (
           DELETE FROM consent.office_operator
           WHERE office = $1 AND EXISTS (SELECT FROM gone) AND NOT EXISTS (SELECT FROM named WHERE region <> $2)
           RETURNING 1
         )
         SELECT EXISTS (SELECT FROM gone) AS named, (SELECT count(*) FROM dismissed)::integer AS dismissed`,
        [code, region],
      );
      return row?.named === true ? row.dismissed : undefined;
    },
    async admit(operator, office) {
      // Under a lock on the office, which may be about to be withdrawn.
      const [row] = await db.query<{ named: boolean; admitted: boolean }[]>(
        `WITH named AS MATERIALIZED (SELECT code FROM consent.intermediary_office WHERE code = $2 FOR SHARE), admitted AS (
           INSERT INTO consent.office_operator (operator, office) SELECT DISTINCT $1, code FROM named
           ON CONFLICT DO NOTHING RETURNING 1
         )
         SELECT EXISTS (SELECT FROM named) AS named, EXISTS (SELECT FROM admitted) AS admitted`,
        [operator, office],
      );
      return row?.named === true ? row.admitted : undefined;
    },
    dismiss: (operator, office) =>
      deleted('DELETE FROM consent.office_operator WHERE operator = $1 AND office = $2', [operator, office]),
  };
}
