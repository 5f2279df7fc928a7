/**
 * Prepared statements, for the few that every request runs: parsed and planned once per connection instead of each
 * time. A connection pooler that hands out connections per transaction must support prepared statements (PgBouncer ≥
 * 1.21).
 */
import { Pool } from 'pg';
import type { DataSource } from 'typeorm';

/**
 * @param name unique in the program: the driver would confuse two statements of one name
 * @returns runs the statement alone, in its own transaction, which is committed when the promise resolves
 */
export function statement<Row extends object>(
  db: DataSource,
  name: string,
  text: string,
): (values: readonly unknown[]) => Promise<Row[]> {
  const pool = poolOf(db);
  return async (values) => {
    const result = await pool.query<Row>({ name, text, values: [...values] });
    return result.rows;
  };
}

function poolOf(db: DataSource): Pool {
  const pool: unknown = 'master' in db.driver ? db.driver.master : undefined;
  if (!(pool instanceof Pool)) throw new Error('statement: the data source is not a PostgreSQL pool');
  return pool;
}
