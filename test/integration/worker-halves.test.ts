/** The worker's two halves: both, one of them, none; retention of the register where both databases are at hand [O-6]. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ConfigError, configSchema } from '../../src/config/index.js';
import { markAsSandbox } from '../../src/platform/db/index.js';
import { createJobQueue } from '../../src/platform/jobs/index.js';
import { createLogger } from '../../src/platform/log.js';
import { startWorker } from '../../src/roles/worker.js';
import { oppositionPlace } from './opposition-fixture.js';
import type { OppositionPlace } from './opposition-fixture.js';
import { regionPki } from './opposition-regions.js';
import { codiceFiscale } from './registry-fixture.js';

const log = createLogger('silent');
/** Past, as the database sees it: it purges its access log by a clock of its own. */
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

test('both halves: ready when both databases answer, figures of both, the register purged by its own role', async () => {
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

test('the register away: the worker starts, its other jobs run, those on the register are tried again', async () => {
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

test('a sandbox’s register is refused by either half unless it is said to be one', async () => {
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

test('nothing to do, or half of what sending needs: the worker says what is missing', async () => {
  await expect(worker({})).rejects.toThrow(ConfigError);
  await expect(worker({})).rejects.toThrow(/databaseUrl[\s\S]*consentDatabaseUrl/);
  await expect(worker({ databaseUrl: place.registryUrl, ...sending, notificationKey: undefined })).rejects.toThrow(
    /notificationKey .*: required/,
  );
});
