/** A stop request: accepted messages are answered, no new ones are accepted, and the program exits with code 0. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { Agent } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { types } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { DataSource } from '../../src/platform/db/index.js';
import { openDatabase } from '../../src/platform/db/index.js';
import { romeDate } from '../../src/platform/clock.js';
import { createLogger } from '../../src/platform/log.js';
import type { DevelopmentPki } from '../../src/dev/sandbox/pki.js';
import { createTestDatabase } from '../support/database.js';
import type { TestDatabase } from '../support/database.js';
import { DONE_VERDICT, doctor as doctorOf, patientQueue, verdictOf } from '../support/doctors.js';
import type { Doctor } from '../support/doctors.js';
import { envelope } from '../support/gateway.js';
import { testPeople, testPki } from '../support/people.js';
import { eventually, getPage, postSoap } from '../support/post.js';
import { gatewayEnvironment, runProgram } from '../support/program.js';
import type { Program } from '../support/program.js';

let database: TestDatabase;
let db: DataSource;
let pki: DevelopmentPki;
let directory: string;
const today = romeDate(new Date());
const nextPatient = patientQueue('doctor');

beforeAll(async () => {
  database = await createTestDatabase('peopled');
  const limits = {
    entities: [],
    poolSize: 4,
    statementTimeoutMs: 0,
    applicationName: 'test',
    log: createLogger('silent'),
  };
  db = await openDatabase({ url: database.ownerUrl, ...limits });
  pki = await testPki();
  directory = await mkdtemp(join(tmpdir(), 'passerella-shutdown-'));
});

afterAll(async () => {
  await db.destroy();
  await database.drop();
  await rm(directory, { recursive: true, force: true });
});

interface Started {
  readonly program: Program;
  readonly opsUrl: string;
  /** A doctor whose messages each use a new connection. */
  readonly doctor: Doctor;
}

async function startProgram(settings: Readonly<Record<string, string>> = {}): Promise<Started> {
  const environment = { ...gatewayEnvironment(database.ownerUrl, pki), ...settings };
  const program = runProgram(['gateway'], environment, directory);
  const ready = () => program.logged().find((line) => line['message'] === 'gateway ready');
  await eventually('the gateway is ready', () => ready() !== undefined);
  const { soapPort, opsPort } = ready() ?? {};
  const endpoint = `https://localhost:${String(soapPort)}/ws/TestSierologici`;
  const ca = await readFile(pki.server.ca);
  const cert = await readFile(pki.cards.doctor.certificate);
  const key = await readFile(pki.cards.doctor.key);
  const agent = new Agent({ ca, cert, key, keepAlive: false });
  const call = (operation: string, fields: Record<string, string>) =>
    postSoap(endpoint, envelope(operation, fields), agent);
  const doctor = doctorOf({ call }, testPeople.identities.doctor.codiceFiscale, {}, () => '');
  return { program, doctor, opsUrl: `http://127.0.0.1:${String(opsPort)}` };
}

/** Holds every submission at its last step for a given time. */
async function whileSubmissionsWait(work: (waiting: (count: number) => Promise<void>) => Promise<void>): Promise<void> {
  const holder = db.createQueryRunner();
  await holder.startTransaction();
  try {
    await holder.query('LOCK TABLE audit.access_log IN ACCESS EXCLUSIVE MODE');
    await work((count) =>
      eventually(`${count} statements wait`, async () => {
        const rows = await db.query<unknown[]>(
          `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`,
        );
        return rows.length >= count;
      }),
    );
  } finally {
    await holder.rollbackTransaction();
    await holder.release();
  }
}

/** Whether the connection was refused or closed. Not instanceof: system errors are of another realm than jest's. */
const isRefused = (promise: Promise<unknown>) =>
  promise.then(
    () => false,
    (error: unknown) =>
      types.isNativeError(error) && 'code' in error && /^(ECONNREFUSED|ECONNRESET)$/.test(String(error.code)),
  );

test.each(['SIGTERM', 'SIGINT'] as const)(
  '%s: messages in work are answered, new connections are refused, and it exits with 0',
  async (signal) => {
    const { program, doctor, opsUrl } = await startProgram();
    expect(verdictOf(await doctor.submit(nextPatient(), today))).toEqual(DONE_VERDICT);
    const inWork: Promise<unknown>[] = [];
    await whileSubmissionsWait(async (waiting) => {
      const replies = [nextPatient(), nextPatient()].map((person) => doctor.submit(person, today));
      for (const reply of replies)
        inWork.push(reply.then((answer) => ({ ...verdictOf(answer), connection: answer.headers['connection'] })));
      await waiting(1);
      program.signal(signal);
      await eventually('it says that it stops', () => program.logged().some((line) => line['message'] === 'stopping'));
      await eventually('new connections are refused', () => isRefused(doctor.patientList()));
      // Load balancers see it at once, while the accepted messages continue.
      const ready = await getPage(`${opsUrl}/readyz`);
      expect(ready.status).toBe(503);
      expect(JSON.parse(ready.text)).toMatchObject({ status: 'not ready', database: 'ok', closing: true });
      program.signal(signal); // a second request, as Ctrl-C through npm sends, changes nothing
    });
    expect(await Promise.all(inWork)).toEqual([
      { ...DONE_VERDICT, connection: 'close' },
      { ...DONE_VERDICT, connection: 'close' },
    ]);
    const { code, stderr } = await program.ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(program.logged().at(-1)).toMatchObject({ message: 'gateway stopped' });
    const left = await db.query<unknown[]>(
      `SELECT 1 FROM pg_stat_activity WHERE application_name = 'passerella gateway' AND datname = current_database()`,
    );
    expect(left).toEqual([]);
  },
);

test('work that exceeds the allowed time is cut off; the program exits anyway', async () => {
  const { program, doctor } = await startProgram({ PASSERELLA_SHUTDOWN_SECONDS: '1' });
  const person = nextPatient();
  await whileSubmissionsWait(async (waiting) => {
    const cut = isRefused(doctor.submit(person, today));
    await waiting(1);
    program.signal('SIGTERM');
    expect(await cut).toBe(true);
  });
  expect((await program.ended).code).toBe(0);
});
