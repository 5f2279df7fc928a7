/** Migrations written by hand in SQL. Forward only: a mistake is repaired by the next migration. */
import type { MigrationInterface, QueryRunner } from 'typeorm';

export interface GrantingMigration extends MigrationInterface {
  /** Its GRANT and REVOKE statements, in order. */
  readonly grants: readonly string[];
}

/**
 * The grants and revokes of migrations, in their order: repeated, they restore rights that a restore has lost. Each
 * names its table: ALL TABLES would also grant later ones, and is an error.
 */
export function grantsOf(migrations: readonly (new () => MigrationInterface)[]): string[] {
  return migrations
    .map((Migration) => new Migration())
    .toSorted((one, other) => numberOf(one) - numberOf(other))
    .flatMap((migration) => ('grants' in migration ? (migration as GrantingMigration).grants : []));
}

/**
 * While a migration waits for a lock, all later sessions wait behind it, readers too: at most this long, ms. Then the
 * migration is rolled back, and `migrate` retries.
 */
const LOCK_WAIT_MS = 1_000;

const numberOf = ({ name }: MigrationInterface): number => Number(name?.slice(-13));

/** Statements that begin a line. rights.ts makes roles and rights on the database itself. */
function grantStatements(sql: string): string[] {
  const statements = sql.replace(/--.*$/gm, '').match(/^\s*(?:GRANT|REVOKE)\s[^;]*/gm) ?? [];
  return statements.map((statement) => statement.replace(/\s+/g, ' ').trim());
}

/**
 * A migration that runs `sql` (one or more statements) in its own transaction, and fails when it waits longer than a
 * second for another session's lock.
 *
 * @param name words and the 13-digit timestamp that orders it, such as `CreateAudit1790000000000`; never changed later,
 *   since databases remember it
 * @throws at definition when the name has no such timestamp
 */
export function sqlMigration(name: string, sql: string): new () => GrantingMigration {
  if (grantStatements(sql).some((grant) => grant.includes(' ON ALL '))) {
    throw new Error(
      `migration '${name}': a grant must name its tables, since it is run again when later ones are there`,
    );
  }
  return migrationOf(name, true, grantStatements(sql), async (runner) => {
    await runner.query(`SET LOCAL lock_timeout = ${LOCK_WAIT_MS}`);
    await runner.query(sql);
  });
}

const CONCURRENT_INDEX = /^\s*CREATE (?:UNIQUE )?INDEX CONCURRENTLY (\w+) ON (\w+)\.\w+ [^;]*$/;

/**
 * A migration that builds indexes while the former release continues to write to the table: it has no transaction, and
 * waits as long as it takes. An index that a killed process or a duplicate left unfinished is dropped and built anew;
 * those that it left finished stay.
 *
 * @param name as in `sqlMigration`
 * @param statements each `CREATE [UNIQUE] INDEX CONCURRENTLY name ON schema.table …`, and nothing else
 * @throws at definition when the name has no timestamp or a statement another form
 */
export function concurrentIndex(name: string, ...statements: readonly string[]): new () => GrantingMigration {
  const indexes = statements.map((sql) => {
    const [, index, schema] = CONCURRENT_INDEX.exec(sql) ?? [];
    if (index !== undefined && schema !== undefined) return { index, schema, sql };
    throw new Error(`migration '${name}': expected CREATE [UNIQUE] INDEX CONCURRENTLY name ON schema.table …`);
  });
  return migrationOf(name, false, [], async (runner) => {
    for (const one of indexes) await build(runner, one);
  });
}

async function build(
  runner: QueryRunner,
  { index, schema, sql }: Readonly<Record<'index' | 'schema' | 'sql', string>>,
): Promise<void> {
  const [found] = await runner.manager.query<{ valid: boolean }[]>(
    'SELECT indisvalid AS valid FROM pg_index WHERE indexrelid = to_regclass($1)',
    [`${schema}.${index}`],
  );
  if (found?.valid === true) return;
  if (found !== undefined) await runner.query(`DROP INDEX CONCURRENTLY ${schema}.${index}`);
  await runner.query(sql);
}

function migrationOf(
  name: string,
  transaction: boolean,
  grants: readonly string[],
  work: (runner: QueryRunner) => Promise<unknown>,
): new () => GrantingMigration {
  if (!/^[A-Za-z][A-Za-z0-9]*[A-Za-z]\d{13}$/.test(name)) {
    throw new Error(`migration '${name}': the name must end with a 13-digit timestamp`);
  }
  return class implements GrantingMigration {
    readonly name: string = name;
    readonly transaction = transaction;
    readonly grants = grants;

    async up(runner: QueryRunner): Promise<void> {
      try {
        await work(runner);
      } catch (cause) {
        // The driver's error does not name the migration.
        throw new Error(`migration ${name} failed: ${cause instanceof Error ? cause.message : 'unknown'}`, { cause });
      }
    }

    down(): Promise<void> {
      return Promise.reject(new Error(`migration ${name} cannot be undone: write a new one`));
    }
  };
}
