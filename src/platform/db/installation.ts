/**
 * The kind of installation that a database belongs to. A sandbox's database contains people and accounts known to every
 * reader of the program: it is marked before the first of them is stored, and production refuses it.
 */
import type { DataSource } from 'typeorm';
import { sqlMigration } from './sql-migration.js';

/**
 * @param name of the migration, with its timestamp
 * @param roles that check the mark when they start
 */
export function installationMigration(name: string, roles: readonly string[]): ReturnType<typeof sqlMigration> {
  return sqlMigration(
    name,
    `
    -- No row: the database was not declared a sandbox's. A mark is never removed: its data may have spread.
    CREATE TABLE public.passerella_installation (
      only_row  boolean PRIMARY KEY DEFAULT true CHECK (only_row),
      kind      text NOT NULL CHECK (kind IN ('sandbox')),
      marked_at timestamptz NOT NULL DEFAULT now()
    );
    REVOKE ALL ON public.passerella_installation FROM PUBLIC;
    GRANT SELECT ON public.passerella_installation TO ${roles.join(', ')};
    `,
  );
}

/** Grants access to the mark to roles that were added later. @param name of the migration, with its timestamp */
export function installationRights(name: string, roles: readonly string[]): ReturnType<typeof sqlMigration> {
  return sqlMigration(name, `GRANT SELECT ON public.passerella_installation TO ${roles.join(', ')};`);
}

export async function isSandbox(db: DataSource): Promise<boolean> {
  const rows = await db.query<unknown[]>(`SELECT FROM public.passerella_installation WHERE kind = 'sandbox'`);
  return rows.length > 0;
}

/** @param db as the owner of the tables */
export async function markAsSandbox(db: DataSource): Promise<void> {
  await db.query(`INSERT INTO public.passerella_installation (kind) VALUES ('sandbox') ON CONFLICT DO NOTHING`);
}
