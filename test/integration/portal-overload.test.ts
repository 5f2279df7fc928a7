/**
 * A crowd, and a database that does not answer: visitors who are not served are told when to retry, the others are
 * served.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { shownIn, startTestPortal } from '../support/portal.js';
import type { PageAnswer, TestPortal, Visitor } from '../support/portal.js';
import { workOf } from '../support/portal-work.js';
import type { Work } from '../support/portal-work.js';

const READERS = 500;
/** Permitted growth after the first round, without work in progress: the remembered lists have a separate limit. */
const MOST_GROWTH = 32 * 1024 * 1024;
/** Limit for hanging: a thousand pages on a slow machine. */
const PATIENCE_MS = 300_000;

let portal: TestPortal;
let work: Work;
beforeAll(async () => {
  portal = await startTestPortal({
    ...{ databasePoolSize: 6, maxInFlight: 64, maxConnectionsPerAddress: 2_000, handshakesPerSecondPerAddress: 10_000 },
  });
  portal.setNow(new Date('2027-05-10T10:00:00Z'));
  work = await workOf(portal);
});
afterAll(() => portal.stop());

function expectAway(answer: PageAnswer): void {
  expect(answer.status).toBe(503);
  expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
  expect(shownIn(answer, 'h1')).toBe('Il servizio non è disponibile');
  expect(answer.text).toContain('Riprova tra un minuto');
  expect(answer.text).toContain(String(answer.headers['x-request-id']));
}

async function inWork(): Promise<number> {
  const text = await (await fetch(`${portal.opsUrl}/metrics`)).text();
  return Number(/^passerella_visits_in_work (\d+)/m.exec(text)?.[1]);
}

/** Bytes in use after garbage collection. */
function held(): number {
  setFlagsFromString('--expose_gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  return process.memoryUsage().heapUsed;
}

test(
  `${READERS} concurrent readers: each gets the page or is told when to retry; no memory of them remains`,
  async () => {
    const { doctor, operator } = work;
    const visits: (readonly [Visitor, string])[] = [
      ...[doctor, operator].map((visitor) => [visitor, '/profilo'] as const),
      ...['/medico', '/medico/sostituti', '/medico/proprio/test'].map((path) => [doctor, path] as const),
      ...['/asl', '/asl/test', '/aiuto'].map((path) => [operator, path] as const),
      [doctor, '/medico/proprio/assistiti'],
    ];
    let before = 0;
    for (let round = 1; round <= 2; round++) {
      const answers = await Promise.all(
        Array.from({ length: READERS }, (_, n) => {
          const [visitor, path] = visits[n % visits.length] ?? [doctor, '/medico'];
          return visitor.get(path);
        }),
      );
      const away = answers.filter(({ status }) => status !== 200);
      expect(away.filter(({ status }) => status !== 503)).toEqual([]);
      for (const answer of away) expectAway(answer);
      expect(answers.length - away.length).toBeGreaterThan(visits.length);
      expect(await inWork()).toBe(0);
      if (round === 1) before = held();
    }
    expect(held() - before).toBeLessThan(MOST_GROWTH);
    for (const [visitor, path] of visits) expect((await visitor.get(path)).status).toBe(200);
  },
  PATIENCE_MS,
);

test('a table that nobody can read stops only its pages, and these report when to retry', async () => {
  const blocker = portal.db.createQueryRunner();
  await blocker.startTransaction();
  await blocker.query('LOCK TABLE registry.person IN ACCESS EXCLUSIVE MODE');
  let isOver = false;
  const slow = Promise.all(
    ['/medico/proprio/assistiti', '/medico/proprio/assistiti.csv', '/medico/proprio/test'].map((path) =>
      work.doctor.get(path),
    ),
  ).finally(() => {
    isOver = true;
  });
  try {
    const others: (readonly [Visitor, string])[] = [
      ...['/', '/accesso', '/stato'].map((path) => [portal.visitor(), path] as const),
      ...['/asl', '/asl/test', '/profilo'].map((path) => [work.operator, path] as const),
      ...['/medico', '/medico/sostituti'].map((path) => [work.doctor, path] as const),
    ];
    for (const [visitor, path] of others) expect([path, (await visitor.get(path)).status]).toEqual([path, 200]);
    expect(isOver).toBe(false); // all of them were served while the others waited
    for (const answer of await slow) expectAway(answer);
  } finally {
    await blocker.rollbackTransaction();
    await blocker.release();
  }
  expect((await work.doctor.get('/medico/proprio/assistiti')).status).toBe(200);
});

test('more readers of a hanging table than connections: the others are told when to retry, and everything recovers', async () => {
  const blocker = portal.db.createQueryRunner();
  await blocker.startTransaction();
  await blocker.query('LOCK TABLE registry.person IN ACCESS EXCLUSIVE MODE');
  const slow = Array.from({ length: 12 }, () => work.doctor.get('/medico/proprio/assistiti.csv'));
  try {
    expect((await portal.visitor().get('/aiuto')).status).toBe(200);
    for (const answer of await Promise.all(slow)) expectAway(answer);
  } finally {
    await blocker.rollbackTransaction();
    await blocker.release();
  }
  expect((await work.doctor.get('/medico/proprio/assistiti')).status).toBe(200);
  expect(await inWork()).toBe(0);
});
