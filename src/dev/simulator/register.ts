/**
 * The notifications that a region received: each opposition once, however often it arrives [N-3]. Two keys identify a
 * notification: its MessageID, and its person and date. Owns the journal's entries; independent of SOAP and TLS.
 */
import { z } from 'zod';
import type { IsoDate } from '../../platform/clock.js';
import { openJournal, readJournal } from './journal.js';

export interface ReceivedNotification {
  readonly messageId: string;
  /** Codice fiscale or STP code, extracted from its HL7 CX form. */
  readonly subject: string;
  readonly opposedOn: IsoDate;
}

const entrySchema = z.object({
  messageId: z.string(),
  subject: z.string(),
  opposedOn: z.string(),
  /** Instant, UTC. */
  receivedAt: z.string(),
  /** Common name of the sender's TLS certificate. */
  peer: z.string(),
});
export type RecordedNotification = z.infer<typeof entrySchema>;

/** `conflict`: the MessageID of another notification, which stays unchanged. */
export type Reception = 'recorded' | 'repeated message' | 'repeated person and date' | 'conflict';

export interface Register {
  /** Resolves when the notification is on disk, now or from before. @throws the file system's error */
  receive(notification: ReceivedNotification, receivedAt: Date, peer: string): Promise<Reception>;
  /** Number of different persons and dates. */
  readonly size: number;
  /** Recorded notifications in order, from an index (0 is the first), at most so many. */
  list(from: number, limit: number): Promise<readonly RecordedNotification[]>;
  close(): Promise<void>;
}

/** @throws Error naming the line when the file holds something else */
export async function openRegister(path: string): Promise<Register> {
  const factOfMessage = new Map<string, string>();
  const facts = new Set<string>();
  /** Pending writes: a repetition meanwhile awaits the same write. */
  const underWay = new Map<string, Promise<void>>();
  const journal = await openJournal(path, (entry) => {
    const recorded = entrySchema.parse(entry);
    const fact = factOf(recorded);
    facts.add(fact);
    factOfMessage.set(recorded.messageId, fact);
  });
  return {
    async receive(notification, receivedAt, peer) {
      const fact = factOf(notification);
      const known = factOfMessage.get(notification.messageId);
      if (known !== undefined && known !== fact) return 'conflict';
      if (facts.has(fact)) {
        await underWay.get(fact);
        if (known === undefined) factOfMessage.set(notification.messageId, fact);
        return known === undefined ? 'repeated person and date' : 'repeated message';
      }
      facts.add(fact);
      factOfMessage.set(notification.messageId, fact);
      const entry: RecordedNotification = { ...notification, receivedAt: receivedAt.toISOString(), peer };
      const written = journal.append(entry);
      underWay.set(fact, written);
      try {
        await written;
      } catch (error) {
        facts.delete(fact);
        factOfMessage.delete(notification.messageId);
        throw error;
      } finally {
        underWay.delete(fact);
      }
      return 'recorded';
    },
    get size() {
      return facts.size;
    },
    async list(from, limit) {
      const page: RecordedNotification[] = [];
      let place = 0;
      await readJournal(path, (entry) => {
        if (place >= from && page.length < limit) page.push(entrySchema.parse(entry));
        place++;
      });
      return page;
    },
    close: () => journal.close(),
  };
}

function factOf({ subject, opposedOn }: ReceivedNotification): string {
  return `${subject} ${opposedOn}`;
}
