/**
 * The database lost and restored: retryable faults and «not ready» meanwhile, then work continues without a restart.
 */
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { hashSecrets } from '../../src/auth/index.js';
import { romeDate } from '../../src/platform/clock.js';
import { openDatabase } from '../../src/platform/db/index.js';
import { startEmbeddedPostgres } from '../../src/dev/embedded/index.js';
import type { EmbeddedPostgres } from '../../src/dev/embedded/index.js';
import { createLogger } from '../../src/platform/log.js';
import { migrateTs } from '../../src/roles/migrations.js';
import { populate } from '../../src/dev/sandbox/populate.js';
import { DONE_VERDICT, doctorByCard, doctorByPassword, patientQueue, refused, verdictOf } from '../support/doctors.js';
import { startTestGateway, textOf } from '../support/gateway.js';
import type { Reply, TestGateway } from '../support/gateway.js';
import { cheapHash, testNow, testPeople } from '../support/people.js';
import { eventually, getPage } from '../support/post.js';

const log = createLogger('silent');
const nextPatient = patientQueue('doctor');

let directory: string;
let cluster: EmbeddedPostgres;
let gateway: TestGateway;

/** A separate server, because it is stopped. */
const start = () => startEmbeddedPostgres({ dataDirectory: directory, log, tuning: 'test' });

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), `passerella-test-${process.pid}-away-`));
  cluster = await start();
  await migrateTs(cluster.ownerUrl, log);
  const limits = { entities: [], poolSize: 2, statementTimeoutMs: 0, applicationName: 'test', log };
  const db = await openDatabase({ url: cluster.ownerUrl, ...limits });
  await populate(db, testPeople, { now: () => testNow }, (password, pincode) =>
    hashSecrets(password, pincode, cheapHash),
  );
  await db.destroy();
  gateway = await startTestGateway({ databaseUrl: cluster.ownerUrl });
});

afterAll(async () => {
  await gateway.stop();
  await cluster.stop();
  // As root with a private temporary folder, the cluster is elsewhere, behind a link.
  const path = await realpath(join(directory, 'cluster'));
  await rm(dirname(path), { recursive: true, force: true });
  await rm(directory, { recursive: true, force: true });
});

function expectRetryable(reply: Reply): void {
  expect(reply.status).toBe(503);
  expect(reply.headers['retry-after']).toBe('5');
  expect(reply.headers['content-type']).toBe('text/xml; charset=utf-8');
  expect(textOf(reply, 'faultcode')).toMatch(/:Server$/);
  expect(textOf(reply, 'codice')).toBe('SERVIZIO_NON_DISPONIBILE');
  expect(textOf(reply, 'idRichiesta')).toBe(reply.headers['x-request-id']);
  // No text of the database's own.
  expect(reply.text).not.toMatch(/connect|ECONN|postgres|terminat|SELECT/i);
}

test('lost and restored: 503 with Retry-After for every way of sign-in, not ready, alive; then recovers automatically', async () => {
  const byCard = doctorByCard(gateway, 'doctor');
  const byPassword = doctorByPassword(gateway, 'doctor');
  const today = romeDate(gateway.now());
  const person = nextPatient();
  const before = nextPatient();
  expect(verdictOf(await byPassword.submit(before, today))).toEqual(DONE_VERDICT);
  expect((await getPage(`${gateway.opsUrl}/readyz`)).status).toBe(200);

  await cluster.stop();
  expectRetryable(await byCard.submit(person, today));
  expectRetryable(await byPassword.submit(person, today));
  expectRetryable(await byCard.patientList());
  for (const reply of await Promise.all(Array.from({ length: 40 }, () => byCard.testList(today, today))))
    expectRetryable(reply);
  const ready = await getPage(`${gateway.opsUrl}/readyz`);
  expect(ready.status).toBe(503);
  expect(JSON.parse(ready.text)).toMatchObject({ status: 'not ready', database: 'unavailable' });
  expect((await getPage(`${gateway.opsUrl}/healthz`)).status).toBe(200);

  cluster = await start();
  await eventually('ready again', async () => (await getPage(`${gateway.opsUrl}/readyz`)).status === 200);
  expect(verdictOf(await byCard.submit(person, today))).toEqual(DONE_VERDICT);
  expect(verdictOf(await byPassword.submit(person, today))).toEqual(refused('2005 dataEsecuzioneTest'));
  // Everything acknowledged before is stored.
  expect(verdictOf(await byCard.submit(before, today))).toEqual(refused('2005 dataEsecuzioneTest'));
});

test('[T-60] connections killed under load: each answer is a result or a retryable fault, and the rows agree', async () => {
  const doctor = doctorByCard(gateway, 'doctor');
  const today = romeDate(gateway.now());
  const limits = { entities: [], poolSize: 1, statementTimeoutMs: 0, applicationName: 'killer', log };
  const db = await openDatabase({ url: cluster.ownerUrl, ...limits });
  try {
    const sent = Array.from({ length: 120 }, nextPatient);
    const replies: { person: string; reply: Reply }[] = [];
    const work = Promise.all(
      Array.from({ length: 12 }, async () => {
        for (let person = sent.shift(); person !== undefined; person = sent.shift())
          replies.push({ person, reply: await doctor.submit(person, today) });
      }),
    );
    for (let round = 0; round < 5; round++) {
      await db.query(
        `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'passerella gateway'`,
      );
    }
    await work;
    expect(replies).toHaveLength(120);
    for (const { person, reply } of replies) {
      const rows = await db.query<unknown[]>('SELECT 1 FROM screening.test_submission WHERE person = $1', [person]);
      const logged = await db.query<{ outcome: string }[]>(
        'SELECT outcome FROM audit.access_log WHERE request_id = $1',
        [reply.headers['x-request-id']],
      );
      // Killed before the commit, or between commit and answer: in the latter case the retry is reported as a
      // duplicate.
      expect(logged).toHaveLength(rows.length);
      if (reply.status === 200) {
        expect(verdictOf(reply)).toEqual(DONE_VERDICT);
        expect(logged).toEqual([{ outcome: '0000' }]);
      } else expectRetryable(reply);
    }
    expect(replies.some(({ reply }) => reply.status === 200)).toBe(true);
  } finally {
    await db.destroy();
  }
});
