/** What the bare client gets and returns: JSON between two processes. */
import { z } from 'zod';

export const bareJobShape = z.object({
  endpoints: z.array(z.string()),
  /** Posts at once to each of them. */
  concurrency: z.number(),
  /** PEM texts. */
  certificate: z.string(),
  key: z.string(),
  anchors: z.string(),
  headers: z.record(z.string(), z.string()),
  /** A notification as the sender wrote it, and what in it changes with each. */
  message: z.string(),
  marks: z.object({ endpoint: z.string(), messageId: z.string(), subject: z.string() }),
  /** Of persons that no region knows yet. */
  firstSubject: z.number(),
  warmMs: z.number(),
  seconds: z.number(),
});
export type BareJob = z.infer<typeof bareJobShape>;

export const bareOutcomeShape = z.object({
  /** Also while warming up. */
  posted: z.number(),
  perSecond: z.number(),
  /** Share of a core that the client took. */
  busy: z.number(),
  /** MB, at the end. */
  resident: z.number(),
});
export type BareOutcome = z.infer<typeof bareOutcomeShape>;

/** A person that nobody in the databases has, `index` from 0. */
export const strangerAt = (index: number): string => `STP${String(9_000_000_000_000 + index)}`;
