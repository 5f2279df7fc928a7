/**
 * The one database session of an import: its lock, its transactions, its COPY. Knows no table.
 */
import type { ClientBase, QueryResultRow } from 'pg';
import type { DataSource } from '../../platform/db/index.js';

/** Any number will do; advisory locks are per database. */
const LOCK = 7_277_115_013;

export class ImportSession {
  private constructor(
    /** The driver's connection, for COPY. */
    readonly client: ClientBase,
  ) {}

  /**
   * Runs `work` as the only import of this database.
   * @param ownerDb connection as the owner of the schema
   * @param waitMs how long to wait for another import to end; worth some seconds, since the session of a killed import
   *   lives until its last statement ends
   * @returns undefined, without having called `work`, when the other did not end
   */
  static async exclusively<T>(
    ownerDb: DataSource,
    waitMs: number,
    work: (session: ImportSession) => Promise<T>,
  ): Promise<T | undefined> {
    const runner = ownerDb.createQueryRunner();
    try {
      const client: unknown = await runner.connect();
      if (!isClient(client)) throw new TypeError('the driver gave no connection of pg');
      if (!(await tryLock(client, waitMs))) return undefined;
      try {
        return await work(new ImportSession(client));
      } finally {
        // Fails when the connection is gone, and the lock with it: the error of `work` is the one to tell.
        await client.query('SELECT pg_advisory_unlock($1)', [LOCK]).catch(() => undefined);
      }
    } finally {
      await runner.release();
    }
  }

  async run(sql: string, parameters: readonly unknown[] = []): Promise<void> {
    await this.client.query(sql, [...parameters]);
  }

  async select<Row extends QueryResultRow>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    return (await this.client.query<Row>(sql, [...parameters])).rows;
  }

  async transaction<T>(work: () => Promise<T>): Promise<T> {
    await this.run('BEGIN');
    try {
      const result = await work();
      await this.run('COMMIT');
      return result;
    } catch (error) {
      await this.rollback();
      throw error;
    }
  }

  /** Runs `work` and undoes whatever it did. */
  async undone<T>(work: () => Promise<T>): Promise<T> {
    await this.run('BEGIN');
    try {
      return await work();
    } finally {
      await this.rollback();
    }
  }

  private async rollback(): Promise<void> {
    // A lost connection rolls back by itself; its error must not hide the one that brought us here.
    await this.run('ROLLBACK').catch(() => undefined);
  }
}

async function tryLock(client: ClientBase, waitMs: number): Promise<boolean> {
  await client.query(`SET lock_timeout = ${waitMs}`);
  try {
    await client.query('SELECT pg_advisory_lock($1)', [LOCK]);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === '55P03') return false;
    throw error;
  } finally {
    await client.query('RESET lock_timeout').catch(() => undefined);
  }
}

function isClient(value: unknown): value is ClientBase {
  return typeof value === 'object' && value !== null && 'query' in value && typeof value.query === 'function';
}
