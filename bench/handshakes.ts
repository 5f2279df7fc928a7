/**
 * New mutual-TLS connections per second, none resumed, each with one minimal exchange (a GET that is answered 405): by
 * the load generator, and by `openssl s_time` on the same server.
 */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import type { Sandbox, SandboxIdentity } from '../test/crash/sandbox-process.js';
import { cardOf } from '../test/crash/soap-client.js';
import { pinned } from './cores.js';
import { generate } from './generate.js';
import type { Sample, Variant } from './variant.js';

export const HANDSHAKES = 'new mutual-TLS connections, load generator';
export const OPENSSL = 'new mutual-TLS connections, openssl s_time';

/** s_time opens one connection after the other: several of them keep the server busy while each computes. */
const OPENSSL_AT_ONCE = 4;

export function handshakes(facts: Sandbox, doctor: SandboxIdentity, pid: number): readonly Variant[] {
  const url = facts.soap.endpoint;
  const card = cardOf(doctor);
  const messages = [{ kind: 'constant' as const, body: '' }];
  return [
    {
      name: HANDSHAKES,
      measure: async (seconds) => {
        const load = { url, messages, card, method: 'GET' as const, newConnections: true, seconds, watched: pid };
        const outcome = await generate(load);
        return { ...outcome, resident: Math.max(...outcome.resident) };
      },
    },
    { name: OPENSSL, measure: (seconds) => byOpenssl(new URL(url), facts, doctor, seconds) },
  ];
}

async function byOpenssl(url: URL, facts: Sandbox, doctor: SandboxIdentity, seconds: number): Promise<Sample> {
  const began = performance.now();
  const counts = await Promise.all(
    Array.from({ length: OPENSSL_AT_ONCE }, async () => {
      const [command, args] = pinned('generator', 'openssl', [
        ...['s_time', '-new', '-connect', `127.0.0.1:${url.port}`, '-www', url.pathname, '-CAfile', facts.ca],
        ...['-cert', doctor.certificate ?? '', '-key', doctor.key ?? '', '-time', String(Math.ceil(seconds))],
      ]);
      const child = spawn(command, args, { env: { PATH: '/usr/local/bin:/usr/bin:/bin' } });
      const [out, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
      const count = /^(\d+) connections in \d+ real seconds/m.exec(out)?.[1];
      if (count === undefined) throw new Error(`openssl s_time: ${out} ${errors}`);
      return Number(count);
    }),
  );
  return { perSecond: counts.reduce((sum, count) => sum + count, 0) / ((performance.now() - began) / 1000) };
}
