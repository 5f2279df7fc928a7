/** Migrations written by hand in SQL. Forward only: a mistake is repaired by the next migration. */
import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * A migration that runs `sql` (one or more statements) in a transaction of its own.
 *
 * @param name words and the 13-digit timestamp that orders it, as `CreateAudit1790000000000`; never changed afterwards,
 *   since databases remember it
 * @throws at definition when the name has no such timestamp
 */
export function sqlMigration(name: string, sql: string): new () => MigrationInterface {
  if (!/^[A-Za-z][A-Za-z0-9]*[A-Za-z]\d{13}$/.test(name)) {
    throw new Error(`migration '${name}': the name must end with a 13-digit timestamp`);
  }
  return class implements MigrationInterface {
    readonly name: string = name;

    async up(runner: QueryRunner): Promise<void> {
      try {
        await runner.query(sql);
      } catch (cause) {
        // The driver's error does not say which of many migrations it was.
        throw new Error(`migration ${name} failed: ${cause instanceof Error ? cause.message : 'unknown'}`, { cause });
      }
    }

    down(): Promise<void> {
      return Promise.reject(new Error(`migration ${name} cannot be undone: write a new one`));
    }
  };
}
