/**
 * Doctors' programs that submit tests without a pause and remember every answer. One that got no answer sends the same
 * submission again until it has one, as the contract tells it to. Knows nothing of kills; only that answers may fail.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { DUPLICATE } from './judge.js';
import type { Answer } from './judge.js';
import type { Sandbox, SandboxIdentity } from './sandbox-process.js';
import { cardOf, envelope, pairAt, soapClient, textsOf } from './soap-client.js';
import type { Reply, SoapClient } from './soap-client.js';

const CAMPAIGN_START = '2020-08-24';
const RETRY_MS = 100;

export interface Load {
  /** Every answer since the beginning. */
  readonly answers: readonly Answer[];
  /** How often a submission was sent and its answer did not come. */
  unanswered(): number;
  /** How often the service said that it cannot now (503), which it may while its database is away. */
  deferred(): number;
  /** Replies that no client should ever get, whatever was killed. */
  readonly strange: readonly string[];
  /** Goes on with new submissions. */
  resume(): void;
  /** Resolves when every client has had one more answer, or as many together. @throws Error after `limitMs` */
  recovered(limitMs: number): Promise<void>;
  /** No new submissions. Resolves when every one that was sent has its answer. @throws Error after `limitMs` */
  drain(limitMs: number): Promise<void>;
  end(): void;
}

/** The doctor's own list, asked of the service itself. */
export async function patientsOf(sandbox: Sandbox, doctor: SandboxIdentity): Promise<string[]> {
  const client = soapClient(sandbox, { card: cardOf(doctor) });
  const { codiceFiscale } = doctor;
  const fields = { codiceFiscaleMedico: codiceFiscale, codiceFiscaleMedicoTitolare: codiceFiscale };
  try {
    const reply = await client.post(envelope(sandbox.namespace, 'scaricoElencoAssistiti', fields));
    const persons = textsOf(reply.text, 'codiceFiscaleAssistito');
    if (persons.length === 0) throw new Error(`no patient list: ${reply.text.slice(0, 500)}`);
    return persons;
  } finally {
    client.close();
  }
}

/** Begins at rest: `resume` lets it go. */
export function submissionLoad(
  sandbox: Sandbox,
  doctor: SandboxIdentity,
  persons: readonly string[],
  clients: number,
): Load {
  const answers: Answer[] = [];
  const strange: string[] = [];
  let unanswered = 0;
  let deferred = 0;
  let nextPair = 0;
  let going = false;
  let ended = false;
  let atRest: Promise<unknown> = Promise.resolve();
  const connections = Array.from({ length: clients }, () => soapClient(sandbox, { card: cardOf(doctor) }));

  /** @returns false when it may be sent again */
  async function attempt(client: SoapClient, pair: { person: string; day: string }, before: number): Promise<boolean> {
    const body = envelope(sandbox.namespace, 'invioTestSierologico', {
      codiceFiscaleMedico: doctor.codiceFiscale,
      codiceFiscaleMedicoTitolare: doctor.codiceFiscale,
      codiceFiscaleAssistito: pair.person,
      dataEsecuzioneTest: pair.day,
    });
    let reply: Reply;
    try {
      reply = await client.post(body);
    } catch {
      unanswered++;
      return false;
    }
    const [outcome] = textsOf(reply.text, 'esito');
    const [transactionId, detail] = textsOf(reply.text, 'identificativoTransazione');
    if (reply.status === 200 && outcome !== undefined && transactionId !== undefined) {
      const original = outcome === DUPLICATE ? detail : undefined;
      answers.push({ ...pair, transactionId, outcome, original, unansweredBefore: before });
      return true;
    }
    if (reply.status === 503) deferred++;
    else strange.push(`HTTP ${reply.status}: ${textsOf(reply.text, 'faultstring').join()}`);
    return false;
  }

  async function work(client: SoapClient): Promise<void> {
    while (going) {
      const pair = pairAt(persons, CAMPAIGN_START, nextPair++);
      for (let before = 0; !(await attempt(client, pair, before)); before++) {
        if (ended) return;
        await pause(RETRY_MS);
      }
    }
  }

  return {
    answers,
    strange,
    unanswered: () => unanswered,
    deferred: () => deferred,
    resume() {
      going = true;
      atRest = Promise.all(connections.map(work));
    },
    async recovered(limitMs) {
      const [enough, until] = [answers.length + clients, performance.now() + limitMs];
      while (answers.length < enough) {
        if (performance.now() > until) throw new Error('the service did not come back');
        await pause(RETRY_MS);
      }
    },
    async drain(limitMs) {
      going = false;
      const tooLong = new AbortController();
      const limit = pause(limitMs, 'too long', { signal: tooLong.signal, ref: false });
      const how = await Promise.race([atRest, limit]);
      if (how === 'too long') throw new Error('submissions are still without an answer');
      tooLong.abort();
      limit.catch(() => undefined);
    },
    end() {
      going = false;
      ended = true;
      for (const client of connections) client.close();
    },
  };
}
