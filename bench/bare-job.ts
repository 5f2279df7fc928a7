/** Job and result of the bare client: JSON between two processes. */
import { z } from 'zod';

export const bareJobShape = z.object({
  endpoints: z.array(z.string()),
  /** Concurrent posts to each region. */
  concurrency: z.number(),
  /** PEM texts. */
  certificate: z.string(),
  key: z.string(),
  anchors: z.string(),
  headers: z.record(z.string(), z.string()),
  /** A notification as the sender writes it, and its variable values. */
  message: z.string(),
  marks: z.object({ endpoint: z.string(), messageId: z.string(), subject: z.string() }),
  /** Number of the first person who is not yet in any region. */
  firstSubject: z.number(),
  warmMs: z.number(),
  seconds: z.number(),
});
export type BareJob = z.infer<typeof bareJobShape>;

export const bareOutcomeShape = z.object({
  /** Includes the warm-up. */
  posted: z.number(),
  perSecond: z.number(),
  /** Share of a core that the client used. */
  busy: z.number(),
  /** MB, at the end. */
  resident: z.number(),
});
export type BareOutcome = z.infer<typeof bareOutcomeShape>;

/** A person who is in none of the databases, `index` from 0. */
export const strangerAt = (index: number): string => `STP${String(9_000_000_000_000 + index)}`;
