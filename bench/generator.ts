/**
 * The load generator: a separate process that reads its job from standard input and writes the result to standard
 * output. Uses autocannon: unlike wrk it can present a client certificate.
 */
import { text } from 'node:stream/consumers';
import autocannon from 'autocannon';
import type { Message } from 'autocannon';
import { envelope, pairAt } from '../test/crash/soap-client.js';
import { jobShape } from './job.js';
import type { Job, Outcome } from './job.js';
import { cpuSeconds, residentMegabytes } from './process-facts.js';

const CAMPAIGN_START = '2020-08-24';
const SAMPLE_MS = 200;
/** Time limit of everything, including the start. */
const START_LIMIT_S = 60;
/** Warm-up after the first answers: this process too is slow before its code is compiled. */
const WARM_S = 1;
/** Per connection: far more than any server reaches. A repeated message is refused, and fails the run. */
const MOST_PER_SECOND = 600;
const ACCEPTED = /<(?:\w+:)?esito>0000</;

async function run(job: Job): Promise<Outcome> {
  const { watched, connections, newConnections } = job;
  const latencies: number[] = [];
  const resident: number[] = [];
  const begun = { at: performance.now(), cpu: cpuOf(watched), answered: 0 };
  let answered = 0;
  let bytes = 0;
  let refused = 0;
  let pairs = 0;
  let otherStatus = 0;

  /** Builds submissions before the measurement: building them under load took a third of the generator's core. */
  const messagesOf = (howMany: number): Message[] =>
    Array.from({ length: Math.ceil(howMany) }, (_, index) => {
      const message = job.messages[index % job.messages.length];
      if (message?.kind !== 'submission') return { body: message?.body ?? '' };
      const { namespace, doctor, persons, firstPair } = message;
      const { person, day } = pairAt(persons, CAMPAIGN_START, firstPair + pairs++);
      const fields = { codiceFiscaleMedico: doctor, codiceFiscaleMedicoTitolare: doctor };
      const test = { codiceFiscaleAssistito: person, dataEsecuzioneTest: day };
      return {
        body: envelope(namespace, 'invioTestSierologico', { ...fields, ...test }),
        // A refusal is faster than a submission: measuring refusals would flatter the server.
        onResponse(_status, body) {
          if (!ACCEPTED.test(body)) refused++;
        },
      };
    });
  const { amount } = job;
  const amountEach = amount === undefined ? ((job.seconds ?? 0) + WARM_S) * MOST_PER_SECOND : amount / connections;
  const varies = job.messages.some(({ kind }) => kind === 'submission');

  const begin = (): void => {
    Object.assign(begun, { at: performance.now(), cpu: cpuOf(watched), answered });
    latencies.length = 0;
    if (job.seconds !== undefined) setTimeout(stop, job.seconds * 1000);
  };
  const count = (): void => {
    if (++answered === connections) setTimeout(begin, amount === undefined ? WARM_S * 1000 : 0);
  };
  const sampler = setInterval(() => {
    const megabytes = watched === undefined ? undefined : residentMegabytes(watched);
    if (megabytes !== undefined) resident.push(megabytes);
  }, SAMPLE_MS);
  const started = autocannon({
    url: job.url,
    method: job.method,
    headers: job.headers,
    connections,
    ...(amount === undefined ? { duration: START_LIMIT_S } : { amount }),
    sampleInt: 100,
    requests: messagesOf(1),
    ...(job.card && { tlsOptions: job.card }),
    // autocannon reports no answers when each ends its connection: their heads are counted, unread.
    ...(newConnections && { reconnectRate: 1 }),
    setupClient(client) {
      if (varies) client.setRequests(messagesOf(amountEach));
      if (newConnections) {
        client.on('headers', ({ statusCode }) => {
          if (statusCode >= 500) otherStatus++;
          count();
        });
      }
    },
  });
  started.on('response', (_client, _status, size, milliseconds) => {
    bytes += size;
    latencies.push(milliseconds);
    count();
  });
  const stop = (): void => {
    started.stop();
  };
  const result = await started;
  clearInterval(sampler);
  const seconds = (performance.now() - begun.at) / 1000;
  const cpu = cpuOf(watched);
  latencies.sort((one, other) => one - other);
  return {
    answered,
    perSecond: (answered - begun.answered) / seconds,
    p50: latencies[Math.floor(latencies.length * 0.5)],
    p95: latencies[Math.floor(latencies.length * 0.95)],
    p99: latencies[Math.floor(latencies.length * 0.99)],
    bytesPerAnswer: answered === 0 ? 0 : Math.round(bytes / answered),
    failures: result.non2xx + result.errors + result.timeouts + refused + otherStatus,
    pairs,
    busy: cpu === undefined || begun.cpu === undefined ? undefined : (cpu - begun.cpu) / seconds,
    resident,
  };
}

function cpuOf(pid: number | undefined): number | undefined {
  return pid === undefined ? undefined : cpuSeconds(pid);
}

const job = jobShape.parse(JSON.parse(await text(process.stdin)));
process.stdout.write(JSON.stringify(await run(job)), () => process.exit(0));
