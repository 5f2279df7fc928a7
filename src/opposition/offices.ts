/** The intermediaries that the regions have named, and who works for them [O-7], 2.1. */
import { IntermediaryOffice } from './entities.js';
import type { ConsentTables } from './tables.js';

export interface OfficeDesk {
  list(): Promise<readonly IntermediaryOffice[]>;
  /** Names an office for the persons in care of a region; again with another name or kind: changes it. */
  authorise(office: Readonly<Pick<IntermediaryOffice, 'code' | 'region' | 'kind' | 'name'>>): Promise<void>;
  /** @returns whether it was authorised; what its operators entered stays */
  withdraw(code: string, region: string): Promise<boolean>;
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
    withdraw: (code, region) =>
      deleted('DELETE FROM consent.intermediary_office WHERE code = $1 AND region = $2', [code, region]),
    async admit(operator, office) {
      if (!(await db.getRepository(IntermediaryOffice).existsBy({ code: office }))) return undefined;
      const rows = await db.query<unknown[]>(
        'INSERT INTO consent.office_operator (operator, office) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING 1',
        [operator, office],
      );
      return rows.length === 1;
    },
    dismiss: (operator, office) =>
      deleted('DELETE FROM consent.office_operator WHERE operator = $1 AND office = $2', [operator, office]),
  };
}
