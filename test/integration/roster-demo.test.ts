/** `demo roster`, as typed: it ends by itself with everything seen, and leaves nothing behind, stopped or not. */
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { testPki } from '../support/people.js';
import { eventually } from '../support/post.js';
import { runProgram } from '../support/program.js';
import type { Program } from '../support/program.js';

/** A cluster is made first, and each job gets half a minute. */
const PATIENCE_MS = 120_000;
let home: string;
let environment: Record<string, string>;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'passerella-demo-'));
  await chmod(home, 0o711); // the database's user passes through, so the cluster lies in here
  environment = {
    PASSERELLA_DATA_DIRECTORY: join(home, 'data'),
    PASSERELLA_CERTIFICATE_DIRECTORY: (await testPki()).directory,
    // It must not even look at somebody's database, folder and mail server.
    DATABASE_URL: 'postgres://nobody@127.0.0.1:1/nothing',
    PASSERELLA_DATABASE_OWNER_URL: 'postgres://nobody@127.0.0.1:1/nothing',
    PASSERELLA_CONSENT_DATABASE_URL: 'postgres://nobody@127.0.0.1:1/nothing',
    PASSERELLA_EXCHANGE_DIRECTORY: join(home, 'somebodys'),
    PASSERELLA_CERTIFIED_MAIL_HOST: 'mail.invalid',
  };
});
afterAll(() => rm(home, { recursive: true, force: true }));

const demo = (...words: string[]): Program => runProgram(['demo', ...words], environment, home);

async function expectNothingLeft(): Promise<void> {
  expect(await readdir(home)).toEqual(['data']);
  expect(await readdir(join(home, 'data'))).toEqual(['postgres']);
  expect(await readdir(join(home, 'data', 'postgres', 'cluster', 'data'))).not.toContain('postmaster.pid');
}

test(
  'from the files to the mails, each thing is seen',
  async () => {
    const { code, stdout, stderr } = await demo('roster').ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).not.toContain('NOT SEEN');
    expect(stdout).toContain('✓ outcome 0000, nobody on the list');
    expect(stdout).toContain('✓ a result of each of the three layouts');
    expect(stdout).toContain('✓ 3 tests communicated');
    expect(stdout).toMatch(/✓ statistiche-test-sierologici-\S+\.zip opens with the password of the other mail/);
    expect(stdout).toMatch(/✓ ASL 120201: 3 tests by doctors, [1-9]\d* kits, 17 tests by the ASL/);
    expect(stdout.trimEnd()).toMatch(/\nAll \d+ things were seen\.$/);
    await expectNothingLeft();
  },
  PATIENCE_MS,
);

test(
  'stopped in the middle: it clears away and says so',
  async () => {
    const running = demo('roster');
    await eventually('the first list', () => running.stdout().includes('1. A doctor'));
    running.signal('SIGINT');
    running.signal('SIGTERM');
    const { code, stdout } = await running.ended;
    expect(code).toBe(1);
    expect(stdout.trimEnd()).toMatch(/\nstopped$/);
    await expectNothingLeft();
  },
  PATIENCE_MS,
);

test('wrong words: the usage and 64', async () => {
  const { code, stdout } = await demo('roster', '--persons', '10').ended;
  expect(code).toBe(64);
  expect(stdout).toMatch(/^usage: passerella demo roster/);
});
