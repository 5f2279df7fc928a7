/**
 * The worker's two halves: both, one of them, none; retention of the register if both databases are available [O-6].
 */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ConfigError, configSchema } from '../../src/config/index.js';
import { markAsSandbox } from '../../src/platform/db/index.js';
import { createJobQueue } from '../../src/platform/jobs/index.js';
import { createLogger } from '../../src/platform/log.js';
import { startWorker } from '../../src/roles/worker.js';
import { eventually } from '../support/post.js';
import { oppositionPlace } from './opposition-fixture.js';
import type { OppositionPlace } from './opposition-fixture.js';
import { regionPki } from './opposition-regions.js';
import { codiceFiscale } from './registry-fixture.js';

const log = createLogger('silent');
/** Past, by the database's clock: it purges its access log by its own clock. */
const NOW = '2026-03-02T12:00:00Z';

let place: OppositionPlace;
let sending: Record<string, string>;

beforeAll(async () => {
  place = await oppositionPlace(NOW);
  const { sender } = await regionPki();
  sending = {
    ...{ consentDatabaseUrl: place.ownerUrl },
    ...{ notificationCertificate: sender.certificate, notificationKey: sender.key },
  };
});

afterAll(() => place.close());

const worker = (settings: Record<string, unknown>) =>
  startWorker(configSchema.parse({ opsPort: 0, ...settings }), place.clock, log, { jobs: { pollMs: 20 } });

async function pages(port: number): Promise<{ ready: unknown; metrics: string }> {
  const page = (path: string) => fetch(`http://127.0.0.1:${port}${path}`);
  return { ready: await (await page('/readyz')).json(), metrics: await (await page('/metrics')).text() };
}

test('both halves: ready when both databases answer, metrics of both, the register purged by its own role', async () => {
  const subject = codiceFiscale(70_000);
  const window = await place.window('2023-01-01', '2023-04-30');
  await place.owner.query(
    `UPDATE consent.acquisition_window SET planning_started_at = now(), planned_at = now(), completed_at = now()`,
  );
  await place.owner.query(
    `INSERT INTO consent.decision (subject, ordinal, value, decided_at, entered_by, entered_role, channel, category, region,
                                   window_id, notice_acknowledged_at)
     VALUES ($1, 1, 'opposition', '2023-02-01', $1, 'cittadino', 'digital_identity', 2, '120', $2, '2023-02-01')`,
    [subject, window],
  );
  const queue = createJobQueue(place.registry, place.clock);
  const ran = async (kind: string, settings: Record<string, unknown>): Promise<string> => {
    const running = await worker({ databaseUrl: place.registryUrl, ...sending, ...settings });
    try {
      expect((await pages(running.opsPort)).ready).toEqual({
        ...{ status: 'ready', database: 'ok', consentDatabase: 'ok', closing: false },
      });
      const { metrics } = await pages(running.opsPort);
      expect(metrics).toContain('# TYPE passerella_notifications_total counter\n');
      expect(metrics).toContain('passerella_jobs{kind="retention",state="exhausted"} 0\n');
      expect(metrics).not.toContain(subject);
      const id = await queue.enqueue(kind);
      for (;;) {
        const job = await queue.find(id);
        if (job?.state === 'done') return job.result ?? '';
        expect(job?.lastError).toBeNull();
      }
    } finally {
      await running.stop();
    }
  };
  expect(await ran('retention', {})).toBe('nothing past its term'); // no term: the register is kept
  expect(await ran('consent-retention', { consentRetentionMonths: 24 })).toBe('deleted: consent.decision 1');
  expect(await place.owner.query('SELECT 1 FROM consent.decision')).toEqual([]);
});

test('one half alone has the pages of that half', async () => {
  const sender = await worker(sending);
  try {
    const { ready, metrics } = await pages(sender.opsPort);
    expect(ready).toEqual({ status: 'ready', consentDatabase: 'ok', closing: false });
    expect(metrics).not.toContain('passerella_job');
  } finally {
    await sender.stop();
  }
  const jobs = await worker({ databaseUrl: place.registryUrl });
  try {
    expect((await pages(jobs.opsPort)).ready).toEqual({ status: 'ready', database: 'ok', closing: false });
  } finally {
    await jobs.stop();
  }
});

test('without the register: the worker starts, its other jobs run, those on the register are retried', async () => {
  const away = new URL(place.ownerUrl);
  away.port = '1'; // nobody listens
  const queue = createJobQueue(place.registry, place.clock);
  const settings = { databaseUrl: place.registryUrl, consentDatabaseUrl: away.toString(), consentRetentionMonths: 24 };
  const running = await worker(settings);
  try {
    expect((await pages(running.opsPort)).ready).toEqual({ status: 'ready', database: 'ok', closing: false });
    const ids = await Promise.all(
      ['retention', 'opposition-planning', 'consent-retention'].map((kind) => queue.enqueue(kind)),
    );
    for (;;) {
      const [own, ...others] = await Promise.all(ids.map((id) => queue.find(id)));
      if (own?.state !== 'done' || others.some((job) => job?.lastError === null)) continue;
      expect(own.result).toBe('nothing past its term');
      expect(others.map((job) => job?.state)).toEqual(['retrying', 'retrying']);
      break;
    }
  } finally {
    await running.stop();
  }
});

test.each(['consentDatabaseUrl', 'databaseUrl'] as const)(
  'either database unavailable at the start: the other half works, this one follows when it is back (%s)',
  async (setting) => {
    const urls = { databaseUrl: place.registryUrl, consentDatabaseUrl: place.ownerUrl };
    const door = await closedDoor(urls[setting]);
    const running = await worker({ ...sending, ...urls, [setting]: door.url });
    const [away, there] = setting === 'databaseUrl' ? ['database', 'consentDatabase'] : ['consentDatabase', 'database'];
    const readyz = `http://127.0.0.1:${running.opsPort}/readyz`;
    try {
      expect((await fetch(readyz)).status).toBe(503);
      const { ready, metrics } = await pages(running.opsPort);
      expect(ready).toMatchObject({ status: 'not ready', [away]: 'unavailable', [there]: 'ok' });
      const [jobs, notifications] = ['passerella_jobs', 'passerella_notifications_total'];
      expect(metrics).toContain(setting === 'databaseUrl' ? notifications : jobs);
      expect(metrics).not.toContain(setting === 'databaseUrl' ? jobs : notifications);
      await door.open();
      await eventually('both halves are at work', async () => (await fetch(readyz)).status === 200);
      const later = (await pages(running.opsPort)).metrics;
      expect(later).toContain('passerella_notifications_total');
      expect(later).toContain('passerella_jobs{');
    } finally {
      await running.stop();
      door.close();
    }
  },
);

test('a worker that is stopped while a database is unavailable ends', async () => {
  const door = await closedDoor(place.ownerUrl);
  const running = await worker({ ...sending, databaseUrl: place.registryUrl, consentDatabaseUrl: door.url });
  await running.stop();
});

/** A database address at which nobody listens until it is opened. */
async function closedDoor(url: string): Promise<{ url: string; open(): Promise<void>; close(): void }> {
  const through = new URL(url);
  const target = { host: through.hostname, port: Number(through.port) };
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    const behind = connect(target);
    for (const one of [socket, behind]) {
      sockets.add(one);
      one.on('error', () => one.destroy());
    }
    socket.pipe(behind).pipe(socket);
  });
  const listening = async (port: number): Promise<number> => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };
  const port = await listening(0);
  server.close();
  await once(server, 'close');
  through.port = String(port);
  return {
    url: through.toString(),
    async open() {
      await listening(port);
    },
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

test('either half refuses a sandbox’s register unless it is configured as one', async () => {
  const marked = await oppositionPlace(NOW);
  try {
    await markAsSandbox(marked.owner);
    const own = { ...sending, consentDatabaseUrl: marked.ownerUrl };
    await expect(worker(own)).rejects.toThrow(/consentDatabaseUrl .*filled by a sandbox/);
    await (await worker({ ...own, sandboxDatabase: 'true' })).stop();
    const jobs = await worker({ databaseUrl: marked.registryUrl, consentDatabaseUrl: marked.ownerUrl });
    try {
      const queue = createJobQueue(marked.registry, marked.clock);
      const id = await queue.enqueue('opposition-planning');
      let job = await queue.find(id);
      while (job?.lastError === null) job = await queue.find(id);
      expect(job?.state).toBe('retrying');
    } finally {
      await jobs.stop();
    }
  } finally {
    await marked.close();
  }
});

test('with nothing to do, or only half of what sending needs, the worker reports what is missing', async () => {
  await expect(worker({})).rejects.toThrow(ConfigError);
  await expect(worker({})).rejects.toThrow(/databaseUrl[\s\S]*consentDatabaseUrl/);
  await expect(worker({ databaseUrl: place.registryUrl, ...sending, notificationKey: undefined })).rejects.toThrow(
    /notificationKey .*: required/,
  );
});
