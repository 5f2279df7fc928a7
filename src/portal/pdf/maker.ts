/**
 * Creates PDF receipts in one thread beside the process that answers visits: drawing one takes 45 ms, a table of 100
 * rows up to a second. The thread starts with the first receipt and ends with the portal; a dead one is replaced.
 */
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { VisitAborted } from '../frame/form.js';
import { PageError } from '../frame/page.js';
import type { Visit } from '../frame/page.js';
import type { ReceiptDocument } from './document.js';
import type { Drawn } from './thread.js';

/** Receipts in work and waiting; a further one gets a 503. */
const MOST_WAITING = 16;
/** Of one holder: others find a place. */
const MOST_OF_ONE = 4;
/** Time limit of drawing, ms: beyond, the receipt is given up and the thread replaced. */
const LONGEST_MS = 30_000;
const MEMORY_MB = 192;
const THREAD = fileURLToPath(new URL('thread.js', import.meta.url));

/** Who requests a receipt. */
export interface Asking {
  /** Account, or the person of a session without one: a person may have many sessions. */
  readonly holder: string;
  /** Aborted when the browser has gone: nothing is drawn then. */
  readonly gone: AbortSignal;
}

export function askingOf({
  session,
  citizen,
  freeArea,
  gone,
}: Pick<Visit, 'session' | 'citizen' | 'freeArea' | 'gone'>): Asking {
  const person = citizen?.call.caller.codiceFiscale ?? freeArea?.call.caller.subject;
  return { holder: session?.userId ?? person ?? '', gone };
}

export interface PdfMaker {
  /** @throws PageError 503 when too many are waiting, of all or of one holder */
  readonly make: (document: ReceiptDocument, asking: Asking) => Promise<Buffer>;
  readonly stop: () => Promise<void>;
}

export function createPdfMaker(): PdfMaker {
  let thread: Worker | undefined;
  let waiting = 0;
  const waitingOf = new Map<string, number>();
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

  /** @returns frees the place, once */
  function enter(holder: string): () => void {
    const own = waitingOf.get(holder) ?? 0;
    if (waiting >= MOST_WAITING || own >= MOST_OF_ONE) throw new PageError(503, { 'Retry-After': '5' });
    waiting++;
    waitingOf.set(holder, own + 1);
    let isFree = false;
    return () => {
      if (isFree) return;
      isFree = true;
      waiting--;
      const left = (waitingOf.get(holder) ?? 1) - 1;
      if (left === 0) waitingOf.delete(holder);
      else waitingOf.set(holder, left);
    };
  }

  return {
    async make(document, { holder, gone }) {
      const leave = enter(holder);
      gone.addEventListener('abort', leave, { once: true });
      const bytes = last.then(() => {
        if (gone.aborted) throw new VisitAborted();
        return drawn(document);
      });
      last = bytes.catch(() => undefined);
      try {
        return await bytes;
      } finally {
        gone.removeEventListener('abort', leave);
        leave();
      }
    },
    async stop() {
      isStopped = true;
      await thread?.terminate();
    },
  };
}
