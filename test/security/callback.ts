/**
 * Attacks that would make the target open a connection: they contain an address at which connections are counted; none
 * may come.
 */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { attack } from './attack.js';
import type { Attack, Expectation } from './attack.js';
import type { Target } from './target.js';

/** A connection that does not block the answer would come at once: the counter is on the same machine. */
const LATER_MS = 100;

/**
 * The message, sent with the second doctor's card. For a target elsewhere only the answer is judged: it cannot connect
 * here.
 * @param bodyFor the message, which contains the address
 */
export function uncalled(
  title: string,
  expectation: Expectation,
  bodyFor: (target: Target, url: string) => string,
): Attack {
  return attack(`${title}, nobody is called`, expectation, async (target) => {
    let calls = 0;
    const server = createServer((socket) => {
      calls++;
      socket.destroy();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const bound = server.address();
    if (bound === null || typeof bound === 'string') throw new Error('no port');
    try {
      const seen = await target.post(bodyFor(target, `http://127.0.0.1:${bound.port}/`), {
        card: target.cardOf('secondDoctor'),
      });
      if (target.isLocal) await pause(LATER_MS);
      if (calls > 0) throw new Error('the target called the address in the message');
      return seen;
    } finally {
      server.close();
    }
  });
}
