/**
 * The load generator: a process of its own, told its job on standard input, that says on standard output how it went.
 * autocannon does the work: unlike wrk it can present a client certificate.
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
/** Until every connection is made and has its first answer, and the time begins to count. */
const START_LIMIT_S = 60;
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

  const messages: Message[] = job.messages.map((message) => {
    if (message.kind === 'constant') return { body: message.body };
    const { namespace, doctor, persons, firstPair } = message;
    return {
      setupRequest(request) {
        const { person, day } = pairAt(persons, CAMPAIGN_START, firstPair + pairs++);
        const fields = { codiceFiscaleMedico: doctor, codiceFiscaleMedicoTitolare: doctor };
        const test = { codiceFiscaleAssistito: person, dataEsecuzioneTest: day };
        return { ...request, body: envelope(namespace, 'invioTestSierologico', { ...fields, ...test }) };
      },
      // A refusal is quicker than a submission: a bench that measured refusals would flatter.
      onResponse(_status, body) {
        if (!ACCEPTED.test(body)) refused++;
      },
    };
  });

  const count = (): void => {
    if (++answered !== connections) return;
    Object.assign(begun, { at: performance.now(), cpu: cpuOf(watched), answered });
    if (job.seconds !== undefined) setTimeout(stop, job.seconds * 1000);
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
    ...(job.amount === undefined ? { duration: START_LIMIT_S } : { amount: job.amount }),
    sampleInt: 100,
    requests: messages,
    ...(job.card && { tlsOptions: job.card }),
    // autocannon reports no answers when every one ends its connection: they are counted by their heads, unread.
    ...(newConnections && { reconnectRate: 1 }),
    setupClient(client) {
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
