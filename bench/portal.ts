/**
 * Pages of the portal over TLS with the real database, each compared with a bare Express page that sends the same
 * bytes; sign-ins with password and pincode; and fifty visits a second at a steady rate.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { compared } from './comparison.js';
import type { Compared } from './comparison.js';
import { pin } from './cores.js';
import { generate } from './generate.js';
import { steady } from './steady.js';
import { asOwner } from './pgbench.js';
import { BARE_PAGE, PAGE, SIGN_IN } from './portal-names.js';
import { barePath, identityOf, portalPlace } from './portal-place.js';
import type { BenchPage, PortalPlace } from './portal-place.js';
import { median } from './variant.js';
import type { Sample, Variant } from './variant.js';

const PROGRAM = fileURLToPath(new URL('servers/main.js', import.meta.url));

/** Visits per second of the steady run, and the maximum for 95 of 100, ms. */
const PER_SECOND = 50;
const MOST_MS = 200;
/** Concurrent doctors: twice as many as the portal hashes at a time, none of whose sessions read the pages. */
const SIGN_IN_ROLES = ['secondDoctor', 'substitute', 'coded', 'expired'];

export interface PortalBench {
  readonly variants: readonly Variant[];
  /** The pages in turn at this rate, each started when it is due. */
  steadily(seconds: number, date: string): Promise<Compared[]>;
  stop(): Promise<void>;
}

/** @param nodeOptions for the portal's process: a profiler, for example */
export async function startPortalBench(nodeOptions: readonly string[]): Promise<PortalBench> {
  const place = await portalPlace(nodeOptions);
  try {
    const bare = await bareExpress(place.folder);
    const variants = place.pages.flatMap((page, index) => [
      pageVariant(PAGE(page.name), page, place.pid),
      pageVariant(BARE_PAGE(page.name), { ...page, url: `${bare.url}${barePath(index)}` }, bare.pid),
    ]);
    return {
      variants: [...variants, signIns(place, SIGN_IN.cold, true), signIns(place, SIGN_IN.remembered, false)],
      steadily: (seconds, date) => steadily(place, seconds, date),
      async stop() {
        bare.child.kill('SIGTERM');
        await place.stop();
      },
    };
  } catch (error) {
    await place.stop();
    throw error;
  }
}

function pageVariant(name: string, { url, headers }: BenchPage, watched: number): Variant {
  const load = { url, headers, watched, method: 'GET' as const, messages: [{ kind: 'constant' as const, body: '' }] };
  return {
    name,
    async measure(seconds) {
      const outcome = await generate({ ...load, seconds });
      return { ...outcome, resident: Math.max(...outcome.resident) };
    },
  };
}

/** On the server's core, with the portal's certificate. */
async function bareExpress(folder: string): Promise<{ child: ChildProcess; url: string; pid: number }> {
  const child = spawn(process.execPath, ['--disable-proto=delete', PROGRAM, 'page', folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said: unknown[] = await once(child.stdout, 'data');
  const { pid } = child;
  if (pid === undefined) throw new Error('the bare server did not start');
  pin(pid, 'server');
  return { child, pid, url: `https://localhost:${String(said[0]).trim()}` };
}

/**
 * @param isForgotten raises the account's version before each sign-in, like a change of password: each pays the hash
 */
function signIns({ facts, ownerUrl, signIn }: PortalPlace, name: string, isForgotten: boolean): Variant {
  return {
    name,
    async measure(seconds): Promise<Sample> {
      const latencies: number[] = [];
      const began = performance.now();
      const lane = (role: string): Promise<void> =>
        asOwner(ownerUrl, async (database) => {
          const identity = identityOf(facts, role);
          while (performance.now() < began + seconds * 1000) {
            if (isForgotten) {
              await database.query(
                'UPDATE auth.account SET credential_version = credential_version + 1 WHERE user_id = $1',
                [identity.userId],
              );
            }
            const sent = performance.now();
            await signIn(identity);
            latencies.push(performance.now() - sent);
          }
        });
      await Promise.all(SIGN_IN_ROLES.map(lane));
      latencies.sort((one, other) => one - other);
      const at = (share: number): number | undefined => latencies[Math.floor(latencies.length * share)];
      const perSecond = (latencies.length * 1000) / (performance.now() - began);
      return { perSecond, p50: median(latencies), p95: at(0.95), p99: at(0.99) };
    },
  };
}

async function steadily({ facts, pages }: PortalPlace, seconds: number, date: string): Promise<Compared[]> {
  const visits = pages.map(({ name, url, headers }) => ({ name, url, headers }));
  const p95 = await steady({ perSecond: PER_SECOND, seconds, ca: facts.ca, visits });
  return [...p95].map(([name, milliseconds]) => {
    const line = `p95 at ${PER_SECOND} visits a second, ${name} : ${MOST_MS} ms`;
    return compared(line, milliseconds, MOST_MS, 'ms', date, { most: 1 });
  });
}
