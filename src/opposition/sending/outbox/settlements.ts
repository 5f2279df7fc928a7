/**
 * Writes outcomes into the outbox in batches: those of a few milliseconds, and those that arrive while a statement
 * runs, share one commit. If a crash loses an outcome, the lease expires and the notification is sent again with the
 * same message id.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { isDatabaseUnavailable } from '../../../platform/db/index.js';
import type { Logger } from '../../../platform/log.js';
import type { OutboxStore, Settlement } from './store.js';

/** Largest batch of a statement. */
const BATCH = 500;
/**
 * How long a statement waits for more outcomes: hardly longer than a statement takes, because a crash repeats unwritten
 * ones.
 */
const GATHER_MS = 5;
/**
 * Largest number of waiting outcomes: `add` waits when it is reached, so memory stays bounded while the database is
 * down.
 */
const ROOM = 1_000;
const RETRY_MS = 1_000;
/** Attempts at an unavailable database once the sender is stopping; leases cover the rest. */
const LAST_ATTEMPTS = 3;

export class Settlements {
  private readonly waiting: Settlement[] = [];
  private writing: Promise<void> | undefined;
  private isClosing = false;

  constructor(
    private readonly store: Pick<OutboxStore, 'settle'>,
    private readonly log: Logger,
  ) {}

  /** Resolves when there is capacity, not when the outcome is written. */
  async add(settlement: Settlement): Promise<void> {
    this.waiting.push(settlement);
    const writing = this.start();
    if (this.waiting.length >= ROOM) await writing;
  }

  /** Resolves when everything added so far has been written. */
  async written(): Promise<void> {
    await this.start();
  }

  /** From now on, gives up after a few attempts if the database stays unavailable. */
  hurry(): void {
    this.isClosing = true;
  }

  private start(): Promise<void> {
    if (this.writing !== undefined) return this.writing;
    if (this.waiting.length === 0) return Promise.resolve();
    this.writing = this.writeAll();
    return this.writing;
  }

  private async writeAll(): Promise<void> {
    try {
      while (this.waiting.length > 0) {
        if (this.waiting.length < BATCH) await pause(GATHER_MS);
        await this.write(this.waiting.splice(0, BATCH));
      }
    } finally {
      this.writing = undefined; // in the same tick as the last check of `waiting`: nothing is added in between
    }
  }

  private async write(batch: readonly Settlement[]): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        const settled = await this.store.settle(batch);
        if (settled < batch.length) {
          this.log.warn('outcomes of notifications whose lease had expired', { count: batch.length - settled });
        }
        return;
      } catch (error) {
        if (!isDatabaseUnavailable(error)) {
          await this.writeSingly(batch, error);
          return;
        }
        if (this.isClosing && attempt >= LAST_ATTEMPTS) {
          this.log.error('outcomes not recorded: these notifications will be sent again', { count: batch.length });
          return;
        }
        if (attempt === 1) this.log.warn('the consent database is unavailable: outcomes wait', { error });
        await pause(RETRY_MS);
      }
    }
  }

  /** An outcome that the database rejects must not block the others. */
  private async writeSingly(batch: readonly Settlement[], error: unknown): Promise<void> {
    const [only] = batch;
    if (only === undefined) return;
    if (batch.length === 1) this.log.error('an outcome cannot be recorded', { notification: only.messageId, error });
    else for (const settlement of batch) await this.write([settlement]);
  }
}
