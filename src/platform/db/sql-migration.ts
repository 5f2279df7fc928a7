/** Migrations written by hand in SQL. Forward only: a mistake is repaired by the next migration. */
import type { MigrationInterface, QueryRunner } from 'typeorm';

export interface GrantingMigration extends MigrationInterface {
  /** Its GRANT and REVOKE statements, in order. */
  readonly grants: readonly string[];
}

/**
 * What migrations grant and revoke, in their order: run again, it brings rights back that a restore has lost. Names each
 * table: one that says ALL TABLES would grant later ones too, and is an error.
 */
export function grantsOf(migrations: readonly (new () => MigrationInterface)[]): string[] {
  return migrations
    .map((Migration) => new Migration())
    .toSorted((one, other) => numberOf(one) - numberOf(other))
    .flatMap((migration) => ('grants' in migration ? (migration as GrantingMigration).grants : []));
}

const numberOf = ({ name }: MigrationInterface): number => Number(name?.slice(-13));

/** Those that begin a line; what a DO block makes up is brought back elsewhere (rights.ts). */
function grantStatements(sql: string): string[] {
  const statements = sql.replace(/--.*$/gm, '').match(/^\s*(?:GRANT|REVOKE)\s[^;]*/gm) ?? [];
  return statements.map((statement) => statement.replace(/\s+/g, ' ').trim());
}

/**
 * A migration that runs `sql` (one or more statements) in a transaction of its own.
 *
 * @param name words and the 13-digit timestamp that orders it, as `CreateAudit1790000000000`; never changed afterwards,
 *   since databases remember it
 * @throws at definition when the name has no such timestamp
 */
export function sqlMigration(name: string, sql: string): new () => GrantingMigration {
  if (!/^[A-Za-z][A-Za-z0-9]*[A-Za-z]\d{13}$/.test(name)) {
    throw new Error(`migration '${name}': the name must end with a 13-digit timestamp`);
  }
  if (grantStatements(sql).some((grant) => grant.includes(' ON ALL '))) {
    throw new Error(
      `migration '${name}': a grant must name its tables, since it is run again when later ones are there`,
    );
  }
  return class implements MigrationInterface {
    readonly name: string = name;
    readonly grants = grantStatements(sql);

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
