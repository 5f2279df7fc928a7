/**
 * The environment in which tests run `demo …`: a separate home, surroundings that it must not touch, and a check of
 * what it left.
 */
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { eventually } from '../support/post.js';
import { runProgram } from '../support/program.js';
import type { Program } from '../support/program.js';

const SOMEBODYS = 'postgres://nobody@127.0.0.1:1/nothing';

export interface DemoHome {
  demo(...words: readonly string[]): Program;
  /** Of the demonstration: the cluster itself stays, stopped, for the next run. */
  expectNothingLeft(): Promise<void>;
  /** Stops a demonstration once it has printed a text: it must report this, and leave nothing behind. */
  expectStops(running: Program, printed: string): Promise<void>;
  remove(): Promise<void>;
}

export async function demoHome(certificateDirectory: string): Promise<DemoHome> {
  const home = await mkdtemp(join(tmpdir(), 'passerella-demo-'));
  await chmod(home, 0o711); // the database's user needs access, because the cluster is in this folder
  const environment = {
    PASSERELLA_DATA_DIRECTORY: join(home, 'data'),
    PASSERELLA_CERTIFICATE_DIRECTORY: certificateDirectory,
    // Foreign databases, folder and mail server.
    DATABASE_URL: SOMEBODYS,
    PASSERELLA_DATABASE_OWNER_URL: SOMEBODYS,
    PASSERELLA_CONSENT_DATABASE_URL: SOMEBODYS,
    PASSERELLA_EXCHANGE_DIRECTORY: join(home, 'somebodys'),
    PASSERELLA_CERTIFIED_MAIL_HOST: 'mail.invalid',
  };
  const here: DemoHome = {
    demo: (...words) => runProgram(['demo', ...words], environment, home),
    async expectNothingLeft() {
      expect(await readdir(home)).toEqual(['data']);
      expect(await readdir(join(home, 'data'))).toEqual(['postgres']);
      expect(await readdir(join(home, 'data', 'postgres', 'cluster', 'data'))).not.toContain('postmaster.pid');
    },
    async expectStops(running, printed) {
      await eventually(printed, () => running.stdout().includes(printed));
      running.signal('SIGINT');
      running.signal('SIGTERM');
      const { code, stdout } = await running.ended;
      expect(code).toBe(1);
      expect(stdout.trimEnd()).toMatch(/\nstopped$/);
      await here.expectNothingLeft();
    },
    remove: () => rm(home, { recursive: true, force: true }),
  };
  return here;
}
