/**
 * What the process of each role loads. A library that only another role needs wastes memory and adds attack surface;
 * the development equipment is not in the production image at all.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { reachOf } from './architecture-check.js';
import { REACH } from './architecture-reach.js';
import { sourceTree } from './source-tree.js';

/** The checkout, seen from dist/test. */
const root = fileURLToPath(new URL('../../', import.meta.url));
const tree = await sourceTree('src', 'generated');
const roles = Object.entries(REACH);

/** An installation as the Dockerfile makes it: without src/dev. */
let installation = '';
beforeAll(() => {
  installation = mkdtempSync(join(tmpdir(), 'passerella-production-'));
  for (const part of ['dist/src', 'dist/generated', 'wsdl', 'package.json']) {
    cpSync(join(root, part), join(installation, part), { recursive: true });
  }
  rmSync(join(installation, 'dist/src/dev'), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(installation, 'node_modules'));
});
afterAll(() => {
  rmSync(installation, { recursive: true });
});

function node(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const { PATH = '' } = process.env;
  return spawnSync(process.execPath, [...args], {
    cwd: installation,
    env: { PATH, ...environment },
    encoding: 'utf8',
  });
}

test.each(roles)('%s: folders and packages are the listed ones', (_role, { entry, rooms, packages }) => {
  const reached = [...reachOf(tree, entry)].filter((name) => !name.startsWith('node:'));
  const own = reached.filter((name) => /^(?:src|generated)\//.test(name));
  const roomsReached = new Set(own.flatMap((file) => /^src\/([a-z]+)\//.exec(file)?.[1] ?? []));
  for (const everywhere of ['platform', 'config', 'roles']) roomsReached.delete(everywhere);
  expect([...roomsReached].sort()).toEqual([...rooms].sort());
  expect(reached.filter((name) => !own.includes(name)).sort()).toEqual([...packages].sort());
});

test('main itself loads the configuration, the log and no role', () => {
  const reached = [...reachOf(tree, 'src/main.ts', false)].filter((name) => !name.startsWith('node:'));
  expect(
    reached.filter((name) => !/^src\/(?:main\.ts$|config\/|platform\/(?:[^/]+|ids\/.+)$)/.test(name)).sort(),
  ).toEqual(['reflect-metadata', 'winston', 'zod']);
});

/** `debug` tries these for its colours, and works without them in production. */
const TAKEN_WHEN_THERE = ['supports-color', 'has-flag'];

/** Every package whose code runs when a file of the installation is loaded, as reported by V8. */
function packagesLoadedBy(entry: string): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'passerella-loaded-'));
  try {
    const file = pathToFileURL(join(installation, 'dist', entry.replace(/\.ts$/, '.js'))).href;
    const { status, stderr } = node(
      ['--input-type=module', '-e', `import 'reflect-metadata'; await import('${file}')`],
      {
        NODE_V8_COVERAGE: folder,
      },
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const urls = readdirSync(folder).flatMap((name) => {
      const { result } = JSON.parse(readFileSync(join(folder, name), 'utf8')) as { result: { url: string }[] };
      return result.map(({ url }) => url);
    });
    const names = urls.flatMap((url) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1] ?? []);
    return [...new Set(names)].sort();
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test.each(roles)('%s: loads nothing that is installed for development only', (_role, { entry, packages }) => {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean }>;
  };
  const loaded = packagesLoadedBy(entry).filter((name) => !TAKEN_WHEN_THERE.includes(name));
  expect(loaded).toEqual(expect.arrayContaining([...packages]));
  expect(loaded.filter((name) => lock.packages[`node_modules/${name}`]?.dev === true)).toEqual([]);
});

test('the gateway loads neither SOAP client nor mail nor archives, in whatever package they are', () => {
  const loaded = packagesLoadedBy(REACH.gateway.entry);
  const others = ['soap', 'axios', 'xml-crypto', 'nodemailer', 'imapflow', 'postal-mime', '@zip.js/zip.js', 'pino'];
  expect(loaded.filter((name) => others.includes(name))).toEqual([]);
  expect(loaded).toContain('typeorm');
});

test.each(['sandbox', 'simulator', 'demo'])('in production the role %s reports that it does not exist', (role) => {
  const { status, stderr } = node(['dist/src/main.js', role]);
  expect(stderr).toBe(
    'passerella: this role is for development and not part of this installation: run it from a checkout, after npm ci\n',
  );
  expect(status).toBe(1);
});

test('in production an operator without a database is asked to configure one', () => {
  const { status, stderr } = node(['dist/src/main.js', 'admin', 'jobs']);
  expect({ status, stderr }).toEqual({ status: 78, stderr: 'passerella: databaseUrl (DATABASE_URL): required\n' });
  expect(node(['dist/src/main.js', 'admin', '--help'])).toMatchObject({
    status: 0,
    stdout: expect.stringContaining('migrate'),
  });
});
