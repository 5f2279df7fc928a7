/** Job and result of the load generator: JSON between two processes. */
import { z } from 'zod';

const constantMessage = z.object({ kind: z.literal('constant'), body: z.string() });
/** Different submissions: the pairs of person and day from number `firstPair` on (see `pairAt`). */
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
  /** PEM texts of a card; undefined: none. */
  card: z.object({ cert: z.string(), key: z.string() }).optional(),
  /** A new connection for every request. */
  newConnections: z.boolean(),
  /** Sent in turn on each connection. */
  messages: z.array(z.discriminatedUnion('kind', [constantMessage, submissionMessage])),
  /** Duration, or number of requests. */
  seconds: z.number().optional(),
  amount: z.number().optional(),
  /** The process whose processor time and memory are measured. */
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
  /** Answers with another status, connection errors, time-outs, and refused submissions. */
  failures: z.number(),
  /** Number of pairs used by the submissions. */
  pairs: z.number(),
  /** Share of a core that the watched process used. */
  busy: z.number().optional(),
  /** Resident memory of the watched process, MB, over time. */
  resident: z.array(z.number()),
});
export type Outcome = z.infer<typeof outcomeShape>;
