/** The register of consents away, at the start of the portal and later: its pages say so, the others work. */
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createLogger } from '../../src/platform/log.js';
import { migrateConsent } from '../../src/roles/consent.js';
import { createTestDatabase } from '../support/database.js';
import type { TestDatabase } from '../support/database.js';
import { shownIn, startTestPortal } from '../support/portal.js';
import type { TestPortal } from '../support/portal.js';
import { eventually, getPage } from '../support/post.js';
import { FREE } from './portal-opposition-fixture.js';

const AWAY = [503, 'Il registro delle opposizioni non è raggiungibile'];

let database: TestDatabase;
let portal: TestPortal;
/** Stands between the portal and the register. */
let line: { readonly port: number; up(): Promise<void>; down(): Promise<void> };

beforeAll(async () => {
  database = await createTestDatabase('empty');
  await migrateConsent(database.ownerUrl, createLogger('silent'));
  const url = new URL(database.ownerUrl);
  line = await lineTo(Number(url.port));
  url.port = String(line.port);
  portal = await startTestPortal({ consentDatabaseUrl: url.toString() });
});
afterAll(async () => {
  await portal.stop();
  await line.down();
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
