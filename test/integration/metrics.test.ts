/** The metrics of gateway and worker, as Prometheus scrapes them [S-4]: no personal data, only our own labels. */
import { EventEmitter, once } from 'node:events';
import { connect } from 'node:net';
import { text as textOf } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { configSchema } from '../../src/config/index.js';
import { createLogger } from '../../src/platform/log.js';
import { Gauge } from '../../src/platform/metrics.js';
import { openOperatorListener } from '../../src/roles/operator-listener.js';
import { startWorker } from '../../src/roles/worker.js';
import { envelope, startTestGateway } from '../support/gateway.js';
import type { TestGateway } from '../support/gateway.js';
import { eventually, getPage } from '../support/post.js';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway.stop());

const scrape = async (url = gateway.opsUrl): Promise<string> => (await getPage(`${url}/metrics`)).text;

/** The value of one sample; undefined if it is absent. */
function valueOf(text: string, sample: string): number | undefined {
  const line = text.split('\n').find((one) => one.startsWith(`${sample} `));
  return line === undefined ? undefined : Number(line.slice(sample.length + 1));
}

const LIST = 'scaricoElencoAssistiti';
const messages = (operation: string, outcome: string, method: string): string =>
  `passerella_messages_total{operation="${operation}",outcome="${outcome}",method="${method}"}`;

test('messages are counted by operation, outcome and sign-in method, and no personal data are shown', async () => {
  const { codiceFiscale, userId, pincode } = gateway.account('doctor');
  const fields = { codiceFiscaleMedico: codiceFiscale, codiceFiscaleMedicoTitolare: codiceFiscale };
  await gateway.call(LIST, fields, gateway.card('doctor'));
  await gateway.call(LIST, fields, gateway.card('doctor'));
  await gateway.call(LIST, fields, gateway.basic('doctor'), gateway.pinCode(pincode));
  await gateway.call(LIST, fields);
  await gateway.post(envelope(LIST, fields, gateway.pinCode('0000000000')), undefined, {
    Authorization: `Basic ${Buffer.from(`${userId}:sbagliata`).toString('base64')}`,
  });
  await gateway.post('<x');
  await gateway.call('operazioneInventata', fields, gateway.card('doctor'));

  const text = await scrape();

  expect(valueOf(text, messages(LIST, '0000', 'card'))).toBe(2);
  expect(valueOf(text, messages(LIST, '0000', 'password'))).toBe(1);
  expect(valueOf(text, messages(LIST, 'AUTENTICAZIONE_ASSENTE', 'none'))).toBe(1);
  expect(valueOf(text, messages(LIST, 'CREDENZIALI_NON_VALIDE', 'none'))).toBe(1);
  expect(valueOf(text, messages('none', 'XML_NON_VALIDO', 'none'))).toBe(1);
  expect(valueOf(text, `passerella_message_duration_seconds_count{operation="${LIST}"}`)).toBe(5);
  expect(valueOf(text, 'passerella_messages_in_work')).toBe(0);
  for (const secret of [codiceFiscale, userId, 'operazioneInventata', '127.0.0.1']) expect(text).not.toContain(secret);
});

test('the state of the process: connections, pool, event loop, expiries, the release', async () => {
  await gateway.post('<x');
  await scrape();
  const text = await scrape();
  expect(valueOf(text, 'passerella_connections')).toBeGreaterThan(0);
  expect(valueOf(text, 'passerella_connections_cut_total{reason="refused"}')).toBe(0);
  expect(valueOf(text, 'passerella_database_connections{database="database",state="waiting"}')).toBe(0);
  expect(valueOf(text, 'passerella_database_connections{database="database",state="idle"}')).toBeGreaterThan(0);
  expect(valueOf(text, 'passerella_event_loop_active_seconds_total')).toBeGreaterThan(0);
  expect(valueOf(text, 'passerella_event_loop_idle_seconds_total')).toBeGreaterThan(0);
  expect(valueOf(text, 'passerella_resident_memory_bytes')).toBeGreaterThan(1e7);
  expect(text).toMatch(/^passerella_build_info\{version="\d+\.\d+\.\d+",node="\d+\.\d+\.\d+"\} 1$/m);
  const now = gateway.now().getTime() / 1000;
  for (const file of ['server-certificate', 'anchors', 'revocation-lists']) {
    expect(valueOf(text, `passerella_trust_expiry_timestamp_seconds{file="${file}"}`)).toBeGreaterThan(now);
  }
});

test('twenty concurrent scrapes share one reading', async () => {
  const ops = await openOperatorListener({ opsHost: '127.0.0.1', opsPort: 0 }, []);
  try {
    let readings = 0;
    const all = new EventEmitter();
    new Gauge({
      ...{ name: 'reading', help: 'Counts the readings.', registers: [ops.metrics] },
      async collect() {
        this.set(++readings);
        if (readings === 1) await once(all, 'here');
      },
    });
    // Each requests two pages in one packet: with the answer to the first, the server has received the second request.
    const readers = Array.from({ length: 20 }, () => {
      const socket = connect(ops.port, '127.0.0.1');
      const metrics = 'GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';
      socket.write(`GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n${metrics}`);
      return { isHere: once(socket, 'data'), text: textOf(socket) };
    });
    await Promise.all(readers.map(({ isHere }) => isHere));
    all.emit('here');
    const texts = await Promise.all(readers.map(({ text }) => text));
    for (const text of texts) expect(text).toMatch(/^reading 1$/m);
    expect(readings).toBe(1);

    const next = await scrape(`http://127.0.0.1:${ops.port}`);
    expect(valueOf(next, 'reading')).toBe(2);
  } finally {
    await ops.close();
  }
});

test('while a database hangs its metrics have no samples, and all others are served', async () => {
  const config = configSchema.parse({ opsPort: 0, databaseUrl: gateway.databaseUrl });
  const worker = await startWorker(config, gateway, createLogger('silent'));
  const url = `http://127.0.0.1:${worker.opsPort}`;
  const due = 'passerella_jobs{kind="retention",state="due"}';
  const holder = gateway.db.createQueryRunner();
  try {
    expect(valueOf(await scrape(url), due)).toBeDefined();
    await holder.startTransaction();
    await holder.query('LOCK TABLE jobs.job IN ACCESS EXCLUSIVE MODE');
    for (let reader = 0; reader < 2; reader++) {
      const text = await scrape(url);
      expect(valueOf(text, due)).toBeUndefined();
      expect(valueOf(text, 'passerella_resident_memory_bytes')).toBeGreaterThan(1e7);
      expect(valueOf(text, 'passerella_database_connections{database="database",state="waiting"}')).toBe(0);
    }
    const [waiting] = await gateway.db.query<{ count: string }[]>(
      `SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%AS exhausted%'`,
    );
    expect(waiting?.count).toBe('1');
    await holder.rollbackTransaction();
    await eventually('the figures again', async () => valueOf(await scrape(url), due) !== undefined);
  } finally {
    if (holder.isTransactionActive) await holder.rollbackTransaction();
    await holder.release();
    await worker.stop();
  }
}, 30_000);

test('the worker has the same listener, with the metrics of its jobs', async () => {
  const config = configSchema.parse({ opsPort: 0, databaseUrl: gateway.databaseUrl });
  const worker = await startWorker(config, gateway, createLogger('silent'));
  try {
    const url = `http://127.0.0.1:${worker.opsPort}`;
    expect(JSON.parse((await getPage(`${url}/readyz`)).text)).toEqual({
      ...{ status: 'ready', database: 'ok', closing: false },
    });
    const text = await scrape(url);
    expect(valueOf(text, 'passerella_jobs{kind="retention",state="running"}')).toBeDefined();
    expect(valueOf(text, 'passerella_job_last_success_timestamp_seconds{kind="retention"}')).toBeDefined();
    expect(valueOf(text, 'passerella_database_connections{database="database",state="waiting"}')).toBe(0);
    expect(text).toMatch(/^passerella_build_info\{.*\} 1$/m);
    expect(text).not.toContain('passerella_messages_total');
  } finally {
    await worker.stop();
  }
});
