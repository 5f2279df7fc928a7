/**
 * Outcomes on their way into the outbox. Those of some milliseconds, and those that arrive while a statement runs, go
 * together, so that one commit serves many exchanges. An outcome that is lost here, by a crash, is found out by the lease:
 * the notification is sent again with the same message id.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { isDatabaseUnavailable } from '../../../platform/db/index.js';
import type { Logger } from '../../../platform/log.js';
import type { OutboxStore, Settlement } from './store.js';

/** In one statement at most. */
const BATCH = 500;
/** How long a statement waits for more: hardly longer than one takes, since a crash repeats what has not been written. */
const GATHER_MS = 5;
/** Waiting to be written: whoever adds one more waits too, so memory stays flat when the database is away. */
const ROOM = 1_000;
const RETRY_MS = 1_000;
/** Attempts at a database that is away once the sender is stopping; the leases take care of the rest. */
const LAST_ATTEMPTS = 3;

export class Settlements {
  private readonly waiting: Settlement[] = [];
  private writing: Promise<void> | undefined;
  private isClosing = false;

  constructor(
    private readonly store: Pick<OutboxStore, 'settle'>,
    private readonly log: Logger,
  ) {}

  /** Resolves when there is room, not when it is written. */
  async add(settlement: Settlement): Promise<void> {
    this.waiting.push(settlement);
    const writing = this.start();
    if (this.waiting.length >= ROOM) await writing;
  }

  /** Resolves when everything added so far is written. */
  async written(): Promise<void> {
    await this.start();
  }

  /** From now on a database that stays away is given up after a few attempts. */
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
      this.writing = undefined; // in the same turn as the last look at `waiting`: nothing is added in between
    }
  }

  private async write(batch: readonly Settlement[]): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        const settled = await this.store.settle(batch);
        if (settled < batch.length) {
          this.log.warn('outcomes of notifications whose lease was over', { count: batch.length - settled });
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
        if (attempt === 1) this.log.warn('the consent database is away: outcomes wait', { error });
        await pause(RETRY_MS);
      }
    }
  }

  /** One outcome that the database does not take must not keep back the others. */
  private async writeSingly(batch: readonly Settlement[], error: unknown): Promise<void> {
    const [only] = batch;
    if (only === undefined) return;
    if (batch.length === 1) this.log.error('an outcome cannot be recorded', { notification: only.messageId, error });
    else for (const settlement of batch) await this.write([settlement]);
  }
}
