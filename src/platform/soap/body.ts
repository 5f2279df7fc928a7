/** Reads the bytes of a message, within the limits of size, pieces and memory. */
import type { IncomingMessage } from 'node:http';
import { networkOfCaller, reportMisuse } from '../http/index.js';
import { Pieces } from '../pieces.js';
import { retryLaterFault, transportFault } from './fault.js';

/** An oversize body is read and dropped up to this many times the limit, so that the caller can read the refusal. */
const DRAIN_FACTOR = 8;
/** Every piece costs work, whatever its size; a client that sends each token as a chunk sends some thousands. */
const MAX_PIECES = 10_000;

/** Bytes of unfinished bodies, of all callers together: slow senders must not fill the memory. */
const MAX_HELD = 128 * 1024 * 1024;

interface Unfinished {
  readonly network: string;
  /** Bytes of memory. */
  held: number;
  giveUp(): void;
}

/**
 * Limits the memory of unfinished bodies. When they take too much, the largest one of the network with most is dropped:
 * a caller who sends much and slowly displaces himself, never the small messages of others.
 */
function createUnfinished(maxHeld: number): {
  /** @returns false: this body was dropped */
  keep(body: Unfinished, held: number): boolean;
  forget(body: Unfinished): void;
} {
  /** The oldest first. */
  const bodies = new Set<Unfinished>();
  let total = 0;

  function largest(): Unfinished | undefined {
    const held = new Map<string, number>();
    for (const body of bodies) held.set(body.network, (held.get(body.network) ?? 0) + body.held);
    let most: string | undefined;
    for (const [network, bytes] of held) if (bytes > (held.get(most ?? '') ?? 0) || most === undefined) most = network;
    let found: Unfinished | undefined;
    for (const body of bodies) if (body.network === most && body.held > (found?.held ?? 0)) found = body;
    return found;
  }

  function forget(body: Unfinished): void {
    if (!bodies.delete(body)) return;
    total -= body.held;
    body.held = 0;
  }

  return {
    keep(body, held) {
      bodies.add(body);
      total += held - body.held;
      body.held = held;
      while (total > maxHeld) {
        const victim = largest();
        if (victim === undefined) break;
        forget(victim);
        victim.giveUp();
      }
      return bodies.has(body);
    },
    forget,
  };
}

/**
 * Reads a body. @throws SoapFault 413 past the limit, 503 when too much is held; RequestAborted when the caller goes
 * away
 */
export type ReadBody = (request: IncomingMessage) => Promise<Buffer>;

/**
 * A reader that keeps at most `limit` bytes of a body. An answer of 413 closes the connection.
 * @param maxHeld bytes of unfinished bodies in memory at once
 */
export function createBodyReader(limit: number, maxHeld: number = MAX_HELD): ReadBody {
  const unfinished = createUnfinished(maxHeld);
  const tooLarge = () =>
    transportFault(413, 'MESSAGGIO_TROPPO_GRANDE', `Il messaggio supera il massimo di ${limit} byte.`, {
      Connection: 'close',
    });
  const tooManyPieces = () =>
    transportFault(
      413,
      'MESSAGGIO_TROPPO_FRAMMENTATO',
      'Il messaggio arriva in troppi pezzi: inviarlo con Content-Length, oppure in chunk di almeno 1 kB.',
      { Connection: 'close' },
    );
  return (request) =>
    new Promise((resolve, reject) => {
      if (Number(request.headers['content-length'] ?? 0) > limit * DRAIN_FACTOR) {
        reject(tooLarge());
        return;
      }
      const pieces = new Pieces();
      let size = 0;
      let count = 0;
      const drop = () => {
        unfinished.forget(body);
        pieces.drop();
      };
      const fail = (error: Error) => {
        drop();
        reject(error);
      };
      const body: Unfinished = {
        network: networkOfCaller(request.socket),
        held: 0,
        giveUp() {
          size = Infinity; // no more of this body is kept
          fail(retryLaterFault('SERVIZIO_OCCUPATO', 'Troppe richieste in corso: ripetere tra qualche secondo.', 2));
        },
      };
      const aborted = () => {
        // Every request closes: make an error, with its stack, only for an incomplete one.
        if (!request.complete) fail(new RequestAborted());
      };
      request
        .on('data', (chunk: Buffer) => {
          size += chunk.length;
          count++;
          if (size > limit) drop();
          else if (unfinished.keep(body, pieces.heldWith(chunk.length))) pieces.add(chunk);
          if ((size > limit * DRAIN_FACTOR && size !== Infinity) || count > MAX_PIECES) {
            request.pause();
            if (count > MAX_PIECES) reportMisuse(request.socket);
            fail(size > limit ? tooLarge() : tooManyPieces());
          }
        })
        .on('end', () => {
          const whole = pieces.take();
          drop();
          if (size > limit) reject(tooLarge());
          else resolve(whole);
        })
        .on('close', aborted); // also emitted after an error, which Node emits only to listeners
    });
}

/** The caller disconnected before the message was complete: no answer is sent. */
export class RequestAborted extends Error {}
