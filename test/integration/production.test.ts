/**
 * An installation as the Dockerfile makes it, with a database: the copied files, and only the packages that `npm ci
 * --omit=dev` installs. Every production role starts in it, and the portal has its assets.
 */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createTestDatabase } from '../support/database.js';
import type { TestDatabase } from '../support/database.js';
import { testPki } from '../support/people.js';
import { eventually } from '../support/post.js';
import { gatewayEnvironment, runProgram } from '../support/program.js';
import type { Program } from '../support/program.js';

/** The checkout, seen from dist/test/integration. */
const root = fileURLToPath(new URL('../../../', import.meta.url));

let installation: string;
let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
  installation = mkdtempSync(join(tmpdir(), 'passerella-production-'));
  const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8');
  const copied = [...dockerfile.matchAll(/^COPY --from=build (.+) \S+$/gm)].flatMap(([, parts = '']) =>
    parts.split(' ').map((part) => part.replace('/build/', '')),
  );
  expect(copied).toContain('dist/src');
  for (const part of copied) cpSync(join(root, part), join(installation, part), { recursive: true });
  rmSync(join(installation, 'dist/src/dev'), { recursive: true });
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean; devOptional?: boolean }>;
  };
  for (const [path, { dev, devOptional }] of Object.entries(lock.packages)) {
    const isOfProduction = path !== '' && dev !== true && devOptional !== true;
    if (!isOfProduction || path.lastIndexOf('node_modules/') > 0 || !existsSync(join(root, path))) continue;
    mkdirSync(join(installation, dirname(path)), { recursive: true });
    symlinkSync(join(root, path), join(installation, path));
  }
  expect(existsSync(join(installation, 'node_modules/pg'))).toBe(true);
  expect(existsSync(join(installation, 'node_modules/typescript'))).toBe(false);
});

afterAll(async () => {
  rmSync(installation, { recursive: true });
  await database.drop();
});

/** A package of the checkout only is not found through the links. */
const start = (words: readonly string[], environment: Readonly<Record<string, string>>): Program =>
  runProgram(words, { ...environment, NODE_ENV: 'production' }, installation, {
    main: join(installation, 'dist/src/main.js'),
    flags: ['--preserve-symlinks', '--preserve-symlinks-main'],
  });

test.each(['gateway', 'portal', 'worker'])('%s starts, becomes ready, and stops', async (role) => {
  const environment = gatewayEnvironment(database.ownerUrl, await testPki());
  const program = start([role], { ...environment, PASSERELLA_PORTAL_URL: 'https://localhost' });
  const ready = () => program.logged().find(({ message }) => message === `${role} ready`);
  let end: unknown;
  void program.ended.then((ended) => (end = ended));
  await eventually(`${role} is ready`, () => ready() !== undefined || end !== undefined);
  expect(end).toBeUndefined();
  const answer = await fetch(`http://127.0.0.1:${String(ready()?.['opsPort'])}/readyz`);
  expect(answer.status).toBe(200);
  program.signal('SIGTERM');
  expect(await program.ended).toMatchObject({ code: 0, stderr: '' });
});

test('admin works with the database', async () => {
  const { ended } = start(['admin', 'jobs', 'list'], { DATABASE_URL: database.ownerUrl });
  expect(await ended).toMatchObject({ code: 0, stderr: '' });
});
