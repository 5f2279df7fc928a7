/** What the load generator gets and returns: JSON between two processes. */
import { z } from 'zod';

const constantMessage = z.object({ kind: z.literal('constant'), body: z.string() });
/** Submissions, no two alike: the pairs of person and day from number `firstPair` on (see `pairAt`). */
const submissionMessage = z.object({
  kind: z.literal('submission'),
  namespace: z.string(),
  doctor: z.string(),
  persons: z.array(z.string()),
  firstPair: z.number(),
});

export const jobShape = z.object({
  url: z.string(),
  method: z.enum(['POST', 'GET']),
  connections: z.number(),
  headers: z.record(z.string(), z.string()),
  /** PEM texts of a card; undefined: none is presented. */
  card: z.object({ cert: z.string(), key: z.string() }).optional(),
  /** A new connection for every request. */
  newConnections: z.boolean(),
  /** Sent in turn on each connection. */
  messages: z.array(z.discriminatedUnion('kind', [constantMessage, submissionMessage])),
  /** How long, or how many requests in all. */
  seconds: z.number().optional(),
  amount: z.number().optional(),
  /** The process whose time and memory are watched meanwhile. */
  watched: z.number().optional(),
});
export type Job = z.infer<typeof jobShape>;

export const outcomeShape = z.object({
  answered: z.number(),
  perSecond: z.number(),
  /** Milliseconds; undefined for new connections, where autocannon does not measure. */
  p50: z.number().optional(),
  p95: z.number().optional(),
  p99: z.number().optional(),
  bytesPerAnswer: z.number(),
  /** Answers with another status, connection errors, time-outs, and submissions that were not accepted. */
  failures: z.number(),
  /** How many pairs the submissions took. */
  pairs: z.number(),
  /** Share of a core that the watched process took. */
  busy: z.number().optional(),
  /** Resident memory of the watched process, MB, in the order of time. */
  resident: z.array(z.number()),
});
export type Outcome = z.infer<typeof outcomeShape>;
