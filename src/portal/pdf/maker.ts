/**
 * Makes receipts as PDF, in one thread beside the process that answers visits: drawing one takes 45 ms, a table of
 * 100 rows up to a second. The thread starts with the first receipt and ends with the portal; another follows one that died.
 */
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { PageError } from '../frame/page.js';
import type { ReceiptDocument } from './document.js';
import type { Drawn } from './thread.js';

/** Receipts in work and waiting; one more is answered 503. */
const MOST_WAITING = 16;
/** One that takes longer to draw is given up, with the thread, ms. */
const LONGEST_MS = 30_000;
const MEMORY_MB = 192;
const THREAD = fileURLToPath(new URL('thread.js', import.meta.url));

export interface PdfMaker {
  /** @throws PageError 503 when too many are waiting */
  readonly make: (document: ReceiptDocument) => Promise<Buffer>;
  readonly stop: () => Promise<void>;
}

export function createPdfMaker(): PdfMaker {
  let thread: Worker | undefined;
  let waiting = 0;
  let isStopped = false;
  let last: Promise<unknown> = Promise.resolve();

  function started(): Worker {
    const worker = new Worker(THREAD, { resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB } });
    const forget = (): void => {
      if (thread === worker) thread = undefined;
    };
    worker.on('error', forget).on('exit', forget);
    return worker;
  }

  async function drawn(document: ReceiptDocument): Promise<Buffer> {
    if (isStopped) throw new PageError(503);
    const worker = (thread ??= started());
    return new Promise<Buffer>((resolve, reject) => {
      const timer = setTimeout(() => void worker.terminate(), LONGEST_MS);
      const whenDrawn = (answer: Drawn): void => {
        end();
        if ('bytes' in answer) resolve(Buffer.from(answer.bytes));
        else reject(new Error(`no receipt was drawn: ${answer.problem}`));
      };
      const whenDead = (cause: unknown): void => {
        end();
        reject(new Error('the thread that draws receipts ended', { cause }));
      };
      const end = (): void => {
        clearTimeout(timer);
        worker.off('message', whenDrawn).off('error', whenDead).off('exit', whenDead).unref();
      };
      worker.on('message', whenDrawn).on('error', whenDead).on('exit', whenDead).ref();
      worker.postMessage(document);
    });
  }

  return {
    async make(document) {
      if (waiting >= MOST_WAITING) throw new PageError(503, { 'Retry-After': '5' });
      waiting++;
      const bytes = last.then(() => drawn(document));
      last = bytes.catch(() => undefined);
      try {
        return await bytes;
      } finally {
        waiting--;
      }
    },
    async stop() {
      isStopped = true;
      await thread?.terminate();
    },
  };
}
