/**
 * The program started with wrong settings, as a separate process: one clear message that says how to correct them, an
 * exit code, nothing half-started and nothing left behind. 78 (EX_CONFIG) for wrong configuration, 1 for failures of
 * the machine.
 */
import { createServer } from 'node:net';
import type { Server } from 'node:net';
import { copyFile, mkdtemp, readFile, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { ConfigError, loadConfig } from '../../src/config/index.js';
import { markAsSandbox, openDatabase } from '../../src/platform/db/index.js';
import { createLogger } from '../../src/platform/log.js';
import { gatewaySettings } from '../../src/roles/settings.js';
import { issueServer } from '../../src/dev/sandbox/pki.js';
import type { DevelopmentPki } from '../../src/dev/sandbox/pki.js';
import { createTestDatabase } from '../support/database.js';
import type { TestDatabase } from '../support/database.js';
import { testPki } from '../support/people.js';
import { eventually, getPage } from '../support/post.js';
import { gatewayEnvironment, runProgram } from '../support/program.js';
import type { Ended } from '../support/program.js';

let database: TestDatabase;
let pki: DevelopmentPki;
let directory: string;
let settings: Record<string, string>;
let emptyFile: string;
let taken: Server | undefined;

beforeAll(async () => {
  database = await createTestDatabase('peopled');
  pki = await testPki();
  directory = await mkdtemp(join(tmpdir(), 'passerella-configuration-'));
  emptyFile = await writeInto('empty.json', '{}');
  settings = gatewayEnvironment(database.ownerUrl, pki);
});

afterEach(async () => {
  taken?.close();
  taken = undefined;
  await rm(join(directory, 'passerella.json'), { force: true });
});

afterAll(async () => {
  await database.drop();
  await rm(directory, { recursive: true, force: true });
});

/** Starts a role with the valid settings changed; undefined removes one. */
function start(changes: Readonly<Record<string, string | undefined>> = {}, role = 'gateway'): Promise<Ended> {
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries({ ...settings, ...changes }))
    if (value !== undefined) environment[name] = value;
  return runProgram([role], environment, directory).ended;
}

/** One message without a stack; on standard error, and no start message on standard output. */
function expectMessage(
  { code, stdout, stderr }: Ended,
  expectedCode: number,
  ...parts: readonly (string | RegExp)[]
): void {
  for (const part of parts) expect(stderr).toMatch(part);
  expect(code).toBe(expectedCode);
  expect(stderr).toMatch(/^passerella: /);
  expect(stderr.match(/^passerella:/gm)).toHaveLength(1);
  expect(stderr).not.toMatch(/^\s+at /m);
  expect(stderr).not.toContain('Warning');
  expect(stdout).not.toContain('gateway ready');
}

async function occupy(): Promise<number> {
  const server = createServer();
  taken = server;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

const writeInto = async (name: string, text: string): Promise<string> => {
  const file = join(directory, name);
  await writeFile(file, text);
  return file;
};

/** The refusal of a role's settings, without the cost of a process. */
function problemsOf(changes: Readonly<Record<string, string | undefined>>): string {
  try {
    gatewaySettings(loadConfig({ ...settings, PASSERELLA_CONFIG: emptyFile, ...changes }));
    return '';
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
}

test.each([
  ['DATABASE_URL', 'databaseUrl'],
  ['PASSERELLA_TLS_CERTIFICATE', 'tlsCertificate'],
  ['PASSERELLA_TLS_KEY', 'tlsKey'],
  ['PASSERELLA_CARD_ANCHORS', 'cardAnchors'],
  ['PASSERELLA_CARD_REVOCATION_LIST', 'cardRevocationList'],
  ['PASSERELLA_PINCODE_KEY', 'pincodeKey'],
])('without %s: the setting by both its names, and no other', (name, key) => {
  expect(problemsOf({})).toBe('');
  expect(problemsOf({ [name]: undefined })).toMatch(
    new RegExp(`^configuration:\\n {2}${key} \\(${name}\\): required[^\\n]*$`),
  );
});

test('all missing settings are reported at once', async () => {
  const nothing = Object.fromEntries(Object.keys(settings).map((name) => [name, undefined]));
  const ended = await start(nothing);
  expectMessage(ended, 78);
  for (const key of ['databaseUrl', 'tlsCertificate', 'tlsKey', 'cardAnchors', 'cardRevocationList', 'pincodeKey'])
    expect(ended.stderr).toContain(`${key} (`);
});

test('unknown names in file and environment, and malformed values: all at once', async () => {
  await writeInto('passerella.json', JSON.stringify({ soapPrt: 8443, databasePoolSize: 0 }));
  const ended = await start({
    PASSERELLA_SOAP_PROT: '8443',
    PASSERELLA_OPS_PORT: '99999',
    PASSERELLA_CAMPAIGN_START: '2020-02-30',
  });
  expectMessage(
    ended,
    78,
    'soapPrt: unknown setting',
    'PASSERELLA_SOAP_PROT: unknown setting',
    /opsPort \(PASSERELLA_OPS_PORT\): /,
    /databasePoolSize \(PASSERELLA_DATABASE_POOL_SIZE\): /,
    /campaignStart \(PASSERELLA_CAMPAIGN_START\): /,
  );
});

test('an invalid configuration file: missing although named, not JSON, a list', async () => {
  expectMessage(
    await start({ PASSERELLA_CONFIG: join(directory, 'nowhere.json') }),
    78,
    'nowhere.json: cannot be read',
  );
  for (const text of ['', ' 1', '0x10', '1e3', '8443.5', '-1'])
    expect(problemsOf({ PASSERELLA_SOAP_PORT: text })).toContain(
      'soapPort (PASSERELLA_SOAP_PORT): must be a whole number, in decimal digits',
    );
  const broken = await writeInto('broken.json', '{ "soapPort": ');
  expect(problemsOf({ PASSERELLA_CONFIG: broken })).toContain('broken.json: is not a JSON object');
  const list = await writeInto('list.json', '[]');
  expect(problemsOf({ PASSERELLA_CONFIG: list })).toContain('list.json: is not a JSON object');
  const noSecret = { DATABASE_URL_FILE: join(directory, 'no-secret'), DATABASE_URL: undefined };
  expect(problemsOf(noSecret)).toContain('no-secret cannot be read');
});

test('unusable certificates: missing, not PEM, key of another, no revocation list, weak pincode key', async () => {
  const nowhere = join(directory, 'nowhere.pem');
  const noPem = await writeInto('no.pem', 'certainly not');
  for (const name of Object.keys(settings).filter((key) => /_(CERTIFICATE|KEY|ANCHORS|LIST)$/.test(key))) {
    expect(problemsOf({ [name]: nowhere })).toContain('nowhere.pem');
    expect(problemsOf({ [name]: noPem })).toContain('no.pem');
  }
  expectMessage(await start({ PASSERELLA_CARD_ANCHORS: nowhere }), 78, 'nowhere.pem: cannot be read');
  const ca = {
    certificate: await readFile(join(pki.directory, 'server-ca.pem'), 'utf8'),
    key: await readFile(join(pki.directory, 'server-ca.key'), 'utf8'),
  };
  const validity = { notBefore: new Date(Date.now() - 1_000), notAfter: new Date(Date.now() + 86_400_000) };
  const other = await issueServer(ca, { names: ['localhost'], ...validity });
  const otherKey = await writeInto('other.key', other.key);
  const mismatch = await start({ PASSERELLA_TLS_KEY: otherKey });
  expectMessage(mismatch, 78, /other\.key.*not usable together for TLS \(.*key values mismatch/);
  expect(mismatch.stderr).not.toContain('PRIVATE KEY');
  expect(problemsOf({ PASSERELLA_CARD_REVOCATION_CHECK: 'false' })).toContain('cardRevocationList: given although');
  const unchecked = { PASSERELLA_CARD_REVOCATION_CHECK: 'false', PASSERELLA_CARD_REVOCATION_LIST: undefined };
  expect(problemsOf(unchecked)).toBe('');
});

test('two bad files and a missing setting are reported at once', async () => {
  const noPem = await writeInto('no.pem', 'certainly not');
  const changes = { PASSERELLA_PINCODE_KEY: noPem, PASSERELLA_CARD_ANCHORS: noPem, DATABASE_URL: undefined };
  expectMessage(await start(changes), 78, 'databaseUrl', 'no PEM block', 'not a usable pincode key');
});

test.each(['PASSERELLA_SOAP_PORT', 'PASSERELLA_OPS_PORT'])('%s in use: exit code 1, and the port', async (name) => {
  const port = await occupy();
  expectMessage(await start({ [name]: String(port) }), 1, `port ${port} is in use`);
  await expectNoConnections();
});

/** Nothing half-started: no connection of a gateway is left in the database. */
async function expectNoConnections(): Promise<void> {
  const limits = {
    entities: [],
    poolSize: 1,
    statementTimeoutMs: 0,
    applicationName: 'test',
    log: createLogger('silent'),
  };
  const db = await openDatabase({ url: database.ownerUrl, ...limits });
  try {
    await eventually('no connection is left', async () => {
      const rows = await db.query<unknown[]>(
        `SELECT 1 FROM pg_stat_activity WHERE application_name LIKE 'passerella %' AND datname = current_database()`,
      );
      return rows.length === 0;
    });
  } finally {
    await db.destroy();
  }
}

test('a database that refuses: wrong password, unknown database; the password is not repeated', async () => {
  const wrong = new URL(database.ownerUrl);
  wrong.password = 'not-the-password';
  const ended = await start({ DATABASE_URL: wrong.toString() });
  expectMessage(ended, 1, 'the database refuses the connection: password authentication failed');
  expect(ended.stderr + ended.stdout).not.toContain('not-the-password');
  const absent = new URL(database.ownerUrl);
  absent.pathname = '/no_such_database';
  expectMessage(await start({ DATABASE_URL: absent.toString() }), 1, 'database "no_such_database" does not exist');
});

test('a database without this release’s tables: names the command that creates them', async () => {
  const empty = await createTestDatabase('empty');
  try {
    expectMessage(await start({ DATABASE_URL: empty.ownerUrl }), 78, /lacks \d+ migration\(s\): run .*migrate/);
  } finally {
    await empty.drop();
  }
});

test('the sandbox does not touch a database with foreign data', async () => {
  const foreign = await createTestDatabase('peopled');
  const limits = {
    entities: [],
    poolSize: 1,
    statementTimeoutMs: 0,
    applicationName: 'test',
    log: createLogger('silent'),
  };
  const db = await openDatabase({ url: foreign.ownerUrl, ...limits });
  try {
    await db.query('DELETE FROM roster.listed_person');
    await db.query('DELETE FROM registry.person WHERE status = $1', ['in_care']);
    await db.query('DELETE FROM auth.account');
    const ended = await start({ DATABASE_URL: foreign.ownerUrl, PASSERELLA_SANDBOX_DATABASE: 'true' }, 'sandbox');
    expectMessage(ended, 78, 'the database holds data that the sandbox did not make');
    expect(await db.query('SELECT 1 FROM auth.account')).toEqual([]);
    expect(await db.query('SELECT 1 FROM public.passerella_installation')).toEqual([]);
  } finally {
    await db.destroy();
    await foreign.drop();
  }
});

test.each(['DATABASE_URL', 'PASSERELLA_DATABASE_OWNER_URL', 'PASSERELLA_CONSENT_DATABASE_URL'])(
  'the sandbox leaves a database alone that is merely configured: %s',
  async (name) => {
    const empty = await createTestDatabase('empty');
    const db = await openDatabase({
      ...{ url: empty.ownerUrl, entities: [], poolSize: 1, statementTimeoutMs: 0, applicationName: 'test' },
      log: createLogger('silent'),
    });
    try {
      const ended = await start({ DATABASE_URL: undefined, [name]: empty.ownerUrl }, 'sandbox');
      expectMessage(ended, 78, name, 'everybody knows', 'PASSERELLA_SANDBOX_DATABASE=true');
      expect(await db.query("SELECT nspname FROM pg_namespace WHERE nspname IN ('auth', 'consent')")).toEqual([]);
    } finally {
      await db.destroy();
      await empty.drop();
    }
  },
);

test('a database filled by a sandbox: gateway and worker refuse it', async () => {
  const filled = await createTestDatabase('peopled');
  const db = await openDatabase({
    ...{ url: filled.ownerUrl, entities: [], poolSize: 1, statementTimeoutMs: 0, applicationName: 'test' },
    log: createLogger('silent'),
  });
  try {
    await markAsSandbox(db);
    for (const allowed of ['false', 'true']) {
      const changes = { DATABASE_URL: filled.ownerUrl, PASSERELLA_SANDBOX_DATABASE: allowed };
      expectMessage(await start(changes), 78, "is a sandbox's", 'make a new one');
    }
    const worker = await start({ DATABASE_URL: filled.ownerUrl }, 'worker');
    expectMessage(worker, 78, 'filled by a sandbox', 'PASSERELLA_SANDBOX_DATABASE=true');
  } finally {
    await db.destroy();
    await filled.drop();
  }
});

test('the sandbox with a port in use: exit code 1, and its embedded database is stopped again', async () => {
  const port = await occupy();
  const home = await mkdtemp(join(tmpdir(), 'passerella-sandbox-'));
  const certificates = join(home, 'certs');
  try {
    const ended = await start(
      {
        DATABASE_URL: undefined,
        PASSERELLA_DATA_DIRECTORY: home,
        PASSERELLA_CERTIFICATE_DIRECTORY: certificates,
        PASSERELLA_SOAP_PORT: String(port),
      },
      'sandbox',
    );
    expectMessage(ended, 1, `port ${port} is in use`);
    const cluster = await realpath(join(home, 'postgres', 'cluster'));
    expect(await readdir(join(cluster, 'data'))).not.toContain('postmaster.pid');
    expect(await readdir(home)).not.toContain('sandbox.json');
    if (!cluster.startsWith(home)) await rm(dirname(cluster), { recursive: true, force: true });
  } finally {
    await rm(home, { recursive: true, force: true });
  }
});

test('no role: 64 and the usage; an unknown role: 64 and the roles; help: the usage', async () => {
  const bare = await runProgram([], {}, directory).ended;
  expect(bare).toMatchObject({ code: 64, stderr: expect.stringMatching(/^usage: passerella gateway \|/) });
  const unknown = await runProgram(['sandbx'], {}, directory).ended;
  expect(unknown).toMatchObject({
    code: 64,
    stderr:
      'passerella: the role must be one of gateway, portal, worker, sandbox, simulator, admin, demo\nsee passerella --help\n',
  });
  const help = await runProgram(['--help'], {}, directory).ended;
  expect(help).toMatchObject({ code: 0, stdout: expect.stringMatching(/^usage: passerella gateway \|/) });
});

test('a valid configuration starts: from a file, with the secret in a file, overridden by the environment', async () => {
  const secret = await writeInto('database-url', `${database.ownerUrl}\n`);
  await copyFile(pki.cns.crl, join(directory, 'crl.pem'));
  await writeInto(
    'passerella.json',
    JSON.stringify({
      soapHost: '127.0.0.1',
      soapPort: 1, // overridden
      opsPort: 0,
      tlsCertificate: pki.server.certificate,
      tlsKey: pki.server.key,
      cardAnchors: pki.cns.ca,
      cardRevocationList: 'crl.pem', // relative to the working directory
      pincodeKey: pki.pincode.key,
      trustedProxies: ['192.0.2.1'],
    }),
  );
  const program = runProgram(['gateway'], { DATABASE_URL_FILE: secret, PASSERELLA_SOAP_PORT: '0' }, directory);
  const ready = () => program.logged().find((line) => line['message'] === 'gateway ready');
  await eventually('the gateway is ready', () => ready() !== undefined);
  expect((await getPage(`http://127.0.0.1:${String(ready()?.['opsPort'])}/readyz`)).status).toBe(200);
  program.signal('SIGTERM');
  expect(await program.ended).toMatchObject({ code: 0, stderr: '' });
});
