/** Runs the load generator on its core and reads its result. */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { pinned } from './cores.js';
import { outcomeShape } from './job.js';
import type { Job, Outcome } from './job.js';

const GENERATOR = fileURLToPath(new URL('generator.js', import.meta.url));
const ENVIRONMENT = { PATH: '/usr/local/bin:/usr/bin:/bin' };

export const CONNECTIONS = 16;
export const XML_HEADERS = { 'Content-Type': 'text/xml; charset=utf-8' };

/** By default POST over kept-alive connections. */
export type Load = Partial<Job> & Pick<Job, 'url' | 'messages'>;

/** @throws Error when there was any answer but the expected ones: the measurement is then invalid */
export async function generate(load: Load): Promise<Outcome> {
  const job: Job = {
    method: 'POST',
    connections: CONNECTIONS,
    newConnections: false,
    ...load,
    headers: { ...XML_HEADERS, ...load.headers },
  };
  const [command, args] = pinned('generator', process.execPath, [GENERATOR]);
  const child = spawn(command, args, { env: ENVIRONMENT, stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(JSON.stringify(job));
  const said = await text(child.stdout);
  if (said === '') throw new Error('the load generator ended without a word');
  const outcome = outcomeShape.parse(JSON.parse(said));
  if (outcome.answered === 0 || outcome.failures > 0) {
    throw new Error(`${job.url}: ${outcome.answered} answers, ${outcome.failures} failures`);
  }
  return outcome;
}
