/** Figures of a database's pool of connections. */
import type { DataSource } from 'typeorm';

export interface PoolFigures {
  readonly open: number;
  /** Open connections that are idle. */
  readonly idle: number;
  /** Requests waiting for a connection. */
  readonly waiting: number;
}

/** @returns undefined once the database is closed */
export function poolFigures(db: DataSource): PoolFigures | undefined {
  const pool: unknown = 'master' in db.driver ? db.driver.master : undefined;
  if (typeof pool !== 'object' || pool === null) return undefined;
  if (!('totalCount' in pool && 'idleCount' in pool && 'waitingCount' in pool)) return undefined;
  return { open: Number(pool.totalCount), idle: Number(pool.idleCount), waiting: Number(pool.waitingCount) };
}
