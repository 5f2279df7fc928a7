/**
 * The database session of bulk work: its lock, its transactions, its COPY. Knows no table.
 */
import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import type { ClientBase, QueryResultRow } from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import type { DataSource } from 'typeorm';
import { codeOf } from '../error-code.js';
import { SQLSTATE } from './sqlstate.js';
import { allowSilence } from './open.js';
import type { Queryable } from './retention.js';

export class BulkSession {
  private constructor(private readonly client: ClientBase) {}

  /**
   * Runs `work` while this session alone holds `lock` in the database.
   * @param lock key of an advisory lock, one for each kind of work
   * @param waitMs how long to wait for another holder; allow some seconds, since the session of a killed process lives
   *   until the server notices
   * @param signal aborted: the session ends at once, with its lock and the statement that runs
   * @returns undefined, without calling `work`, when the other holder did not end
   */
  static async exclusively<T>(
    db: DataSource,
    lock: number,
    waitMs: number,
    work: (session: BulkSession) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T | undefined> {
    const runner = db.createQueryRunner();
    let letGo: (() => void) | undefined;
    try {
      const client: unknown = await runner.connect();
      if (!isClient(client)) throw new TypeError('the driver returned no connection of pg');
      letGo = endOnAbort(client, signal);
      if (!(await tryLock(client, lock, waitMs))) return undefined;
      // Its statements may lift their own limit, and the server stays silent while it works on one.
      const limitSilence = allowSilence(client);
      try {
        return await work(new BulkSession(client));
      } finally {
        limitSilence();
        // Fails when the connection is lost, and the lock with it: report the error of `work` instead.
        await client.query('SELECT pg_advisory_unlock($1)', [lock]).catch(() => undefined);
      }
    } catch (error) {
      signal?.throwIfAborted(); // an abort ended the connection, and so caused the error
      throw error;
    } finally {
      letGo?.();
      await runner.release();
    }
  }

  async run(sql: string, parameters: readonly unknown[] = []): Promise<void> {
    await this.client.query(sql, [...parameters]);
  }

  async select<Row extends QueryResultRow>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    return (await this.client.query<Row>(sql, [...parameters])).rows;
  }

  /**
   * Streams rows in the text format of COPY, an empty field being NULL, into a table.
   * @param limit pauses the stream whenever `isCountDue`, and once at the end: `count` then sees the rows so far, and
   *   ends the load by throwing
   */
  async load(
    table: string,
    columns: readonly string[],
    rows: AsyncGenerator<Buffer>,
    limit: { readonly isCountDue: boolean; count(): Promise<void> },
  ): Promise<void> {
    const source = { isRead: false };
    async function* untilCount(): AsyncGenerator<Buffer> {
      do {
        const next = await rows.next();
        if (next.done === true) {
          source.isRead = true;
          return;
        }
        yield next.value;
      } while (!limit.isCountDue);
    }
    try {
      while (!source.isRead) {
        const copy = copyFrom(`COPY ${table} (${columns.join(', ')}) FROM STDIN WITH (NULL '', ENCODING 'UTF8')`);
        await pipeline(untilCount(), this.client.query(copy));
        await limit.count();
      }
    } finally {
      await rows.return(undefined);
    }
  }

  /** Streams the result of a query as CSV with a header, separated by `;`. @param quoted columns always in quotes */
  async unload(select: string, quoted: readonly string[], target: Writable): Promise<void> {
    const source: Readable = this.client.query(
      copyTo(
        `COPY (${select}) TO STDOUT (FORMAT csv, HEADER, DELIMITER ';', FORCE_QUOTE (${quoted.join(', ')}), ENCODING 'UTF8')`,
      ),
    );
    await pipeline(source, target);
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

  /** Runs `work` and rolls its changes back. */
  async undone<T>(work: () => Promise<T>): Promise<T> {
    await this.run('BEGIN');
    try {
      return await work();
    } finally {
      await this.rollback();
    }
  }

  private async rollback(): Promise<void> {
    // A lost connection rolls back by itself; its error must not hide the original one.
    await this.run('ROLLBACK').catch(() => undefined);
  }
}

/**
 * Holds `lock`, of the kind that `BulkSession.exclusively` takes, until the end of the transaction that `db` is in.
 * @returns false when another holder did not end within `waitMs`; the transaction can then only be rolled back
 */
export async function lockForTransaction(db: Queryable, lock: number, waitMs: number): Promise<boolean> {
  try {
    await db.query(`SET LOCAL lock_timeout = ${waitMs}`);
    await db.query('SELECT pg_advisory_xact_lock($1)', [lock]);
    await db.query('SET LOCAL lock_timeout = DEFAULT');
    return true;
  } catch (error) {
    if (codeOf(error) === SQLSTATE.lockNotAvailable) return false;
    throw error;
  }
}

async function tryLock(client: ClientBase, lock: number, waitMs: number): Promise<boolean> {
  await client.query(`SET lock_timeout = ${waitMs}`);
  try {
    await client.query('SELECT pg_advisory_lock($1)', [lock]);
    return true;
  } catch (error) {
    if (codeOf(error) === SQLSTATE.lockNotAvailable) return false;
    throw error;
  } finally {
    await client.query('RESET lock_timeout').catch(() => undefined);
  }
}

/**
 * The driver breaks the connection of a running statement, which is then cancelled.
 * @returns call it before the connection goes back to the pool
 */
function endOnAbort(client: ClientBase, signal: AbortSignal | undefined): () => void {
  signal?.throwIfAborted();
  const end = (): void => {
    if (client instanceof pg.Client) client.end().catch(() => undefined);
  };
  signal?.addEventListener('abort', end);
  return () => signal?.removeEventListener('abort', end);
}

function isClient(value: unknown): value is ClientBase {
  return typeof value === 'object' && value !== null && 'query' in value && typeof value.query === 'function';
}
