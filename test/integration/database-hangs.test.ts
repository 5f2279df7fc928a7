/** A database that accepts connections and never answers: operator pages and the shutdown do not wait for it. */
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { once } from 'node:events';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { migrate, openDatabase, poolFigures } from '../../src/platform/db/index.js';
import { createLogger } from '../../src/platform/log.js';
import { startTestGateway } from '../support/gateway.js';
import type { TestGateway } from '../support/gateway.js';
import { createTestDatabase } from '../support/database.js';
import type { TestDatabase } from '../support/database.js';
import { eventually, getPage } from '../support/post.js';

const log = createLogger('silent');

let database: TestDatabase;
let door: Awaited<ReturnType<typeof openDoor>>;

beforeEach(async () => {
  database = await createTestDatabase('peopled');
  door = await openDoor(database.ownerUrl);
});

afterEach(async () => {
  door.close();
  await database.drop();
});

async function readiness(gateway: TestGateway): Promise<{ status: number; body: unknown }> {
  const { status, text } = await getPage(`${gateway.opsUrl}/readyz`);
  return { status, body: JSON.parse(text) as unknown };
}

test('readiness is 503 and names it, for any number of requests; when it answers again, readiness recovers', async () => {
  const gateway = await startTestGateway({ databaseUrl: door.url });
  expect((await readiness(gateway)).status).toBe(200);
  door.hang(true);
  const answers = await Promise.all(Array.from({ length: 40 }, () => readiness(gateway)));
  const body = { status: 'not ready', database: 'unavailable', closing: false };
  expect(new Set(answers.map((answer) => JSON.stringify(answer)))).toEqual(
    new Set([JSON.stringify({ status: 503, body })]),
  );
  expect((await getPage(`${gateway.opsUrl}/healthz`)).status).toBe(200);
  const figures = await getPage(`${gateway.opsUrl}/metrics`);
  expect(figures.status).toBe(200);
  expect(figures.text).toMatch(/^passerella_database_connections\{database="database",state="busy"\} 1$/m);
  door.hang(false);
  await eventually('ready again', async () => (await readiness(gateway)).status === 200);
  await gateway.stop();
});

test.each(['in work', 'idle'])(
  'a connection that is %s when its pool closes leaves no socket behind',
  async (state) => {
    const sockets = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length;
    const others = sockets() - door.sockets();
    const options = { entities: [], poolSize: 1, statementTimeoutMs: 0, applicationName: 'test', log };
    const db = await openDatabase({ url: door.url, ...options });
    await db.query('SELECT 1');
    const statement = state === 'in work' ? db.query('SELECT pg_sleep(60)') : Promise.reject(new Error('none'));
    const ended = expect(statement).rejects.toThrow();
    await eventually('it is so', () => state === 'idle' || poolFigures(db)?.idle === 0);
    door.hang(true);
    await Promise.all([ended, db.destroy()]);
    // As many as the sign-in limit, where none has noticed anything.
    await eventually('only those of the door are left', () => sockets() - door.sockets() === others);
  },
);

test.each(['in work', 'idle'])('the gateway ends, with a connection that is %s', async (state) => {
  const gateway = await startTestGateway({ databaseUrl: door.url });
  expect((await readiness(gateway)).status).toBe(200);
  door.hang(true);
  if (state === 'in work') expect((await readiness(gateway)).status).toBe(503);
  await gateway.stop();
});

test('a migration reports that the database cannot be reached', async () => {
  door.hang(true);
  await expect(migrate(door.url, [], log)).rejects.toThrow('the database cannot be reached: ');
});

/** Forwards connections to the database; while it hangs, accepts them and forwards nothing. */
async function openDoor(
  url: string,
): Promise<{ url: string; hang(isHung: boolean): void; sockets(): number; close(): void }> {
  const behind = new URL(url);
  const sockets = new Set<Socket>();
  let isHung = false;
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (socket) => {
    const onward = connect({ host: behind.hostname, port: Number(behind.port), allowHalfOpen: true });
    for (const [one, other] of [
      [socket, onward],
      [onward, socket],
    ] as const) {
      sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
      one.on('data', (chunk: Buffer) => other.write(chunk));
      one.on('end', () => other.end());
      if (isHung) one.pause();
      else one.resume();
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const through = new URL(url);
  through.hostname = '127.0.0.1';
  through.port = String((server.address() as AddressInfo).port);
  return {
    url: through.toString(),
    hang(hung) {
      isHung = hung;
      for (const socket of sockets)
        if (hung) socket.pause();
        else socket.resume();
    },
    sockets: () => sockets.size,
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
