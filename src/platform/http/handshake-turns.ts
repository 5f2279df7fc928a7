/**
 * Turns for work that costs the server more than the caller, such as TLS handshakes. Callers queue by network, each
 * network gets a number of turns a second, networks take turns, and only a few begin between two turns of the event
 * loop. So a network with a thousand requests waits for itself, and one with a single request goes first. Knows no
 * sockets.
 */
import { performance } from 'node:perf_hooks';

/** How many start before the event loop serves everything else that is ready. */
const PER_TURN = 4;

interface Bucket {
  tokens: number;
  at: number;
}

export interface HandshakeTurns {
  /** Starts now or later. @returns a function that leaves the queue */
  wait(network: string, begin: () => void): () => void;
  /** Delays the next turns of a network that misused one. */
  charge(network: string, turns: number): void;
  /** Drops networks that have been idle for some time. */
  tidy(): void;
}

/**
 * @param perSecond limit of one network, on average
 * @param burst limit of one network, at once
 */
export function createHandshakeTurns(perSecond: number, burst: number): HandshakeTurns {
  const buckets = new Map<string, Bucket>();
  /** Networks in the order of their next turns. */
  const waiting = new Map<string, Set<() => void>>();
  let begun = 0;
  let isNext = false;
  let later: NodeJS.Timeout | undefined;

  function refilled(network: string): Bucket {
    const now = performance.now();
    let bucket = buckets.get(network);
    if (bucket === undefined) {
      bucket = { tokens: burst, at: now };
      buckets.set(network, bucket);
    }
    bucket.tokens = Math.min(burst, bucket.tokens + ((now - bucket.at) * perSecond) / 1_000);
    bucket.at = now;
    return bucket;
  }

  function serve(): void {
    isNext = false;
    begun = 0;
    for (const [network, queue] of [...waiting]) {
      const bucket = refilled(network);
      if (bucket.tokens < 1) continue;
      waiting.delete(network);
      const [begin] = queue;
      if (begin === undefined) continue;
      queue.delete(begin);
      if (queue.size > 0) waiting.set(network, queue); // behind the others
      bucket.tokens--;
      begin();
      if (++begun >= PER_TURN) break;
    }
    schedule();
  }

  function schedule(): void {
    if (begun > 0) {
      if (isNext) return;
      isNext = true;
      setImmediate(serve);
    } else if (waiting.size > 0 && later === undefined) {
      // None may start yet: retry when the next token is due.
      later = setTimeout(() => {
        later = undefined;
        serve();
      }, 1_000 / perSecond).unref();
    }
  }

  return {
    wait(network, begin) {
      const bucket = refilled(network);
      if (!waiting.has(network) && begun < PER_TURN && bucket.tokens >= 1) {
        bucket.tokens--;
        begun++;
        schedule();
        begin();
        return () => undefined;
      }
      let queue = waiting.get(network);
      if (queue === undefined) {
        queue = new Set();
        waiting.set(network, queue);
      }
      queue.add(begin);
      schedule();
      return () => {
        const left = waiting.get(network);
        if (left?.delete(begin) === true && left.size === 0) waiting.delete(network);
      };
    },
    charge(network, turns) {
      const bucket = refilled(network);
      bucket.tokens = Math.max(-burst, bucket.tokens - turns);
    },
    tidy() {
      for (const network of buckets.keys()) {
        if (!waiting.has(network) && refilled(network).tokens >= burst) buckets.delete(network);
      }
    },
  };
}
