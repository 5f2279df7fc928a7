/**
 * The register of consents away, at the start of the portal and later: its pages say so, the others work. No other
 * failure is called the register's.
 */
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createLogger } from '../../src/platform/log.js';
import { openDatabase } from '../../src/platform/db/index.js';
import type { DataSource } from '../../src/platform/db/index.js';
import { migrateConsent } from '../../src/roles/consent.js';
import { createTestDatabase } from '../support/database.js';
import type { TestDatabase } from '../support/database.js';
import { shownIn, startTestPortal } from '../support/portal.js';
import type { TestPortal } from '../support/portal.js';
import { eventually, getPage } from '../support/post.js';
import { FREE } from './portal-opposition-fixture.js';

/** Words for overload, and for the TS database away. */
const BUSY = [503, 'Il servizio non è disponibile'];
const AWAY = [503, 'Il registro delle opposizioni non è raggiungibile'];

let database: TestDatabase;
let owner: DataSource;
let portal: TestPortal;
/** Stands between the portal and the register. */
let line: { readonly port: number; up(): Promise<void>; down(): Promise<void> };

beforeAll(async () => {
  database = await createTestDatabase('empty');
  await migrateConsent(database.ownerUrl, createLogger('silent'));
  owner = await openDatabase({
    ...{ url: database.ownerUrl, entities: [], poolSize: 2, statementTimeoutMs: 30_000, applicationName: 'test' },
    log: createLogger('silent'),
  });
  const url = new URL(database.ownerUrl);
  line = await lineTo(Number(url.port));
  url.port = String(line.port);
  portal = await startTestPortal({ consentDatabaseUrl: url.toString(), maxInFlight: 1 });
});
afterAll(async () => {
  await portal.stop();
  await line.down();
  await owner.destroy();
  await database.drop();
});

/** A line to a local port; down at first. */
async function lineTo(target: number): Promise<typeof line> {
  const sockets = new Set<Socket>();
  const make = (): Server =>
    createServer((socket) => {
      const other = connect(target, '127.0.0.1');
      for (const end of [socket, other]) {
        sockets.add(end);
        end.on('error', () => end.destroy()).on('close', () => sockets.delete(end));
      }
      socket.pipe(other).pipe(socket);
    });
  const listening = (server: Server, port: number): Promise<void> =>
    new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  let server = make();
  await listening(server, 0);
  const { port } = server.address() as AddressInfo;
  const down = async (): Promise<void> => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  await down();
  return {
    port,
    down,
    up: () => listening((server = make()), port),
  };
}

const seen = async (path: string) => {
  const answer = await portal.visitor().get(path);
  return [answer.status, shownIn(answer, 'h1')];
};

test('away at the start, there, and away again', async () => {
  for (const path of ['/servizi/opposizione', FREE]) expect(await seen(path)).toEqual(AWAY);
  const answer = await portal.visitor().get('/servizi/opposizione');
  expect(answer.headers['retry-after']).toBe('30');
  const doctor = await portal.signedIn('doctor');
  expect((await doctor.get('/medico')).status).toBe(200);
  expect((await getPage(`${portal.opsUrl}/readyz`)).status).toBe(200);

  await line.up();
  await eventually('the service’s page', async () => (await seen('/servizi/opposizione'))[0] === 200);

  await line.down();
  expect(await seen('/servizi/opposizione')).toEqual(AWAY);
  const fields = { codice: 'RSSMRA80A01H501U', numero: '80380001200000000001' };
  const day = { 'data-giorno': '31', 'data-mese': '12', 'data-anno': '2029' };
  expect((await portal.visitor().post(`${FREE}/tessera`, { ...fields, ...day })).status).toBe(503);
  expect((await doctor.get('/medico')).status).toBe(200);
  await line.up();
  await eventually('the free area', async () => (await seen(FREE))[0] === 200);
});

/** While a request waits for a locked table. @param meanwhile gets the backend that waits */
async function withWaiting<Answer>(
  db: DataSource,
  table: string,
  ask: () => Promise<Answer>,
  meanwhile: (backend: number) => Promise<void>,
): Promise<Answer> {
  const asked = await db.transaction(async (locked) => {
    await locked.query(`LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
    const answer = ask();
    let backend = 0;
    await eventually('a request waits', async () => {
      const [row] = await db.query<{ pid: number }[]>(
        `SELECT pid FROM pg_locks WHERE relation = $1::regclass AND NOT granted`,
        [table],
      );
      backend = row?.pid ?? 0;
      return row !== undefined;
    });
    await meanwhile(backend);
    return { answer }; // as a property: the answer comes after the commit
  });
  return asked.answer;
}

test('overload is not called the register’s', async () => {
  const first = await withWaiting(
    ...([owner, 'consent.acquisition_window', () => seen('/servizi/opposizione')] as const),
    async () => {
      expect(await seen('/servizi/opposizione')).toEqual(BUSY);
    },
  );
  expect(first[0]).toBe(200);
});

test('nor is the TS database away', async () => {
  const day = { 'data-giorno': '31', 'data-mese': '12', 'data-anno': '2029' };
  const fields = { codice: 'RSSMRA80A01H501U', numero: '80380001200000000001', ...day };
  const entered = async () => {
    const answer = await portal.visitor().post(`${FREE}/tessera`, fields);
    return [answer.status, shownIn(answer, 'h1')];
  };
  const answer = await withWaiting(portal.db, 'registry.person', entered, async (backend) => {
    await portal.db.query('SELECT pg_terminate_backend($1)', [backend]);
  });
  expect(answer).toEqual(BUSY);
});
