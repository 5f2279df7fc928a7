/**
 * The look-up of the block of past documents [B-1], by the gateway's own store and by pgbench with the same statement.
 */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { consentReaderRole } from '../src/opposition/index.js';
import { pinned } from './cores.js';
import { CONNECTIONS } from './generate.js';
import type { NotificationPlace } from './notification-place.js';
import { pgbench } from './pgbench.js';
import { blockLookUpStatement } from './statements.js';
import type { Variant } from './variant.js';

export const LOOK_UP = {
  ours: 'block look-up, as the gateway does it',
  pgbench: 'pgbench, block look-up',
} as const;

const PROGRAM = fileURLToPath(new URL('block-look-up.js', import.meta.url));

export async function lookUps({ consentUrl, subject }: NotificationPlace): Promise<readonly Variant[]> {
  const statement = await blockLookUpStatement(subject);
  const peer = pgbench(consentUrl, CONNECTIONS, 1, consentReaderRole);
  return [
    {
      name: LOOK_UP.ours,
      async measure(seconds) {
        const words = [PROGRAM, consentUrl, subject, String(CONNECTIONS), String(seconds)];
        const [command, args] = pinned('generator', process.execPath, words);
        const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
        const perSecond = Number(await text(child.stdout));
        if (!(perSecond > 0)) throw new Error('the look-up ended without a word');
        return { perSecond };
      },
    },
    { name: LOOK_UP.pgbench, measure: (seconds) => peer.measure([statement], seconds) },
  ];
}
