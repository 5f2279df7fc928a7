/**
 * The worker on its core, the simulated regions on the other; or a bare https client in the worker's place. Each sample
 * has its own worker, so that none inherits another's circuit breakers, and warms up before it counts. Counts what the
 * regions have recorded.
 */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { programProcess } from '../test/crash/program-process.js';
import { bareOutcomeShape } from './bare-job.js';
import type { BareJob } from './bare-job.js';
import { capturedNotification } from './captured-notification.js';
import { pin, pinned } from './cores.js';
import { CONCURRENCY } from './notification-place.js';
import type { NotificationPlace } from './notification-place.js';
import { cpuSeconds, residentMegabytes } from './process-facts.js';
import type { Sample, Variant } from './variant.js';

export const SENDING = {
  healthy: 'sender, 21 regions',
  down: 'sender, 21 regions of which 3 hang',
  bare: 'bare https client, 21 regions',
} as const;

const PROGRAM = fileURLToPath(new URL('../src/main.js', import.meta.url));
const BARE = fileURLToPath(new URL('bare-notifier.js', import.meta.url));
const PATH = '/usr/local/bin:/usr/bin:/bin';
const WARM_MS = 2_000;
const SAMPLE_MS = 200;
const ENDURANCE_LIMIT_MS = 600_000;
/** How long a hanging region holds an exchange. */
const TIMEOUT_S = '2';

export interface SenderBench {
  readonly regions: number;
  readonly variants: readonly Variant[];
  /** Sends that many with one worker. @returns its resident memory, MB, over time */
  endure(notifications: number): Promise<readonly number[]>;
}

export async function senderBench(place: NotificationPlace, nodeOptions: readonly string[]): Promise<SenderBench> {
  const { staying, falling, consentUrl, folder } = place;
  const { certificate, key } = staying.simulator.sender;
  const worker = programProcess({
    name: 'worker',
    args: () => [...nodeOptions, '--disable-proto=delete', '--max-old-space-size=512', PROGRAM, 'worker'],
    cwd: folder,
    env: {
      PASSERELLA_CONSENT_DATABASE_URL: consentUrl,
      PASSERELLA_NOTIFICATION_CERTIFICATE: certificate,
      PASSERELLA_NOTIFICATION_KEY: key,
      PASSERELLA_NOTIFICATION_TIMEOUT_SECONDS: TIMEOUT_S,
      PASSERELLA_OPS_PORT: '0',
    },
    ready: /worker ready/,
  });
  const message = await capturedNotification(staying.simulator);
  let strangers = 0;

  /** Runs a warm worker until `until` resolves. */
  async function work(recorded: () => Promise<number>, until: () => Promise<boolean>) {
    await worker.start();
    const pid = worker.pid();
    if (pid === undefined) throw new Error('the worker does not run');
    pin(pid, 'server');
    try {
      await pause(WARM_MS);
      const resident: number[] = [];
      const begun = { at: performance.now(), cpu: cpuSeconds(pid), recorded: await recorded() };
      while (!(await until())) {
        await pause(SAMPLE_MS);
        resident.push(residentMegabytes(pid) ?? 0);
      }
      const [sent, cpu] = [(await recorded()) - begun.recorded, cpuSeconds(pid)];
      const seconds = (performance.now() - begun.at) / 1000;
      if (sent === 0) throw new Error('the worker sent nothing: more persons are needed');
      const busy = cpu === undefined || begun.cpu === undefined ? undefined : (cpu - begun.cpu) / seconds;
      return { perSecond: sent / seconds, busy, resident };
    } finally {
      await worker.stop();
    }
  }

  const after = (seconds: number): (() => Promise<boolean>) => {
    let until: number | undefined;
    return () => {
      const now = performance.now();
      until ??= now + seconds * 1000;
      return Promise.resolve(now >= until);
    };
  };
  const everywhere = async (): Promise<number> => (await staying.recorded()) + (await falling.recorded());

  async function sending(seconds: number, recorded: () => Promise<number>): Promise<Sample> {
    const { resident, ...sample } = await work(recorded, after(seconds));
    return { ...sample, resident: Math.max(...resident) };
  }

  async function bare(seconds: number): Promise<Sample> {
    const job: BareJob = {
      ...message,
      ...{ endpoints: [...staying.endpoints, ...falling.endpoints], concurrency: CONCURRENCY },
      ...{ firstSubject: strangers, warmMs: WARM_MS, seconds },
    };
    const [command, args] = pinned('server', process.execPath, [BARE]);
    const child = spawn(command, args, { env: { PATH }, stdio: ['pipe', 'pipe', 'inherit'] });
    child.stdin.end(JSON.stringify(job));
    const said = await text(child.stdout);
    if (said === '') throw new Error('the bare client ended without a word');
    const { posted, ...sample } = bareOutcomeShape.parse(JSON.parse(said));
    strangers += posted;
    return sample;
  }

  return {
    regions: staying.endpoints.length + falling.endpoints.length,
    variants: [
      { name: SENDING.healthy, measure: (seconds) => sending(seconds, everywhere) },
      {
        name: SENDING.down,
        async measure(seconds) {
          // Stopped, not ended: connections are accepted without answers, which delays a sender most.
          process.kill(falling.pid, 'SIGSTOP');
          try {
            return await sending(seconds, staying.recorded);
          } finally {
            process.kill(falling.pid, 'SIGCONT');
          }
        },
      },
      { name: SENDING.bare, measure: bare },
    ],
    async endure(notifications) {
      const limit = performance.now() + ENDURANCE_LIMIT_MS;
      const wanted = (await everywhere()) + notifications;
      const { resident } = await work(everywhere, async () => {
        if (performance.now() > limit) throw new Error('the worker sends too slowly');
        return (await everywhere()) >= wanted;
      });
      return resident;
    },
  };
}
