/** The drawing thread: draws receipts one by one. */
import { parentPort } from 'node:worker_threads';
import type { ReceiptDocument } from './document.js';
import { draw } from './draw.js';

export type Drawn = { readonly bytes: Uint8Array } | { readonly problem: string };

async function drawn(document: ReceiptDocument): Promise<Drawn> {
  try {
    return { bytes: await draw(document) };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : 'unknown' };
  }
}

parentPort?.on('message', (document: ReceiptDocument) => {
  void drawn(document).then((answer) => parentPort?.postMessage(answer));
});
