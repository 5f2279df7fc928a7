/**
 * The session of bulk work: no silence limit cancels its long statements, and the pool gets the connection back with
 * its limit.
 */
import type { Socket } from 'node:net';
import { expect, test } from '@jest/globals';
import { BulkSession, isDatabaseUnavailable, openDatabase } from '../../src/platform/db/index.js';
import { createLogger } from '../../src/platform/log.js';
import { createTestDatabase } from '../support/database.js';

const LONG = 'SELECT pg_sleep(1)';

test('a statement longer than the silence limit completes only in a bulk session', async () => {
  const database = await createTestDatabase('empty');
  const db = await openDatabase({
    ...{ url: database.ownerUrl, entities: [], poolSize: 1, statementTimeoutMs: 600_000 },
    ...{ applicationName: 'test', log: createLogger('silent') },
  });
  try {
    // The only connection of the pool: its limit of 610 s, shortened.
    const runner = db.createQueryRunner();
    const { connection } = (await runner.connect()) as { connection: { stream: Socket } };
    expect(connection.stream.timeout).toBe(610_000);
    connection.stream.setTimeout(300);
    await runner.release();

    expect(await BulkSession.exclusively(db, 1, 1_000, (session) => session.select(LONG))).toHaveLength(1);
    const cut: unknown = await db.query(LONG).catch((error: unknown) => error);
    expect(cut).toMatchObject({ message: expect.stringContaining('silent for too long') });
    expect(isDatabaseUnavailable(cut)).toBe(true);
  } finally {
    await db.destroy();
    await database.drop();
  }
});
