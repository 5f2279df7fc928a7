/**
 * Doctors' programs that submit tests continuously, cancel some, and store every answer. A client without an answer
 * sends the same message again until it gets one, as the contract requires. Does not know kills, only that answers may
 * fail.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { ACCEPTED, DUPLICATE } from './evidence.js';
import type { CancellationAnswer, Method, SubmissionAnswer } from './evidence.js';
import type { Sandbox, SandboxIdentity } from './sandbox-process.js';
import { cardOf, envelope, pairAt, passwordOf, soapClient, textsOf } from './soap-client.js';
import type { Reply, SoapClient } from './soap-client.js';

const CAMPAIGN_START = '2020-08-24';
const RETRY_MS = 100;
/** One of four submissions is cancelled: one in five messages is a cancellation. */
const CANCELLED_EVERY = 4;
/** One of four clients signs in with password and pincode, the others with a card. */
const PASSWORD_EVERY = 4;

export interface Load {
  /** Every answer since the beginning, of submissions and of cancellations. */
  readonly answers: readonly SubmissionAnswer[];
  readonly cancellationAnswers: readonly CancellationAnswer[];
  /** The number of both. */
  answered(): number;
  /** How often a message was sent without an answer: total, cancellations, by password. */
  unanswered(): { readonly all: number; readonly cancellations: number; readonly byPassword: number };
  /** How often the service answered that it is unavailable (503), as it may while its database is. */
  deferred(): number;
  /** Replies that no client should ever get, whatever was killed. */
  readonly strange: readonly string[];
  /** Continues with new messages. */
  resume(): void;
  /** Resolves when every client has had one more answer, or as many in total. @throws Error after `limitMs` */
  recovered(limitMs: number): Promise<void>;
  /** Stops new messages. Resolves when every sent message has its answer. @throws Error after `limitMs` */
  drain(limitMs: number): Promise<void>;
  /**
   * At rest: the tests that the service lists for the doctor, by transaction.
   * @throws Error without a list within `limitMs`
   */
  listed(limitMs: number): Promise<string[]>;
  end(): void;
}

/** The doctor's own list, requested from the service. */
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

/** The tests that the service lists, one day at a time: for all days the message would have many megabytes. */
async function listedTests(
  sandbox: Sandbox,
  doctor: SandboxIdentity,
  days: readonly string[],
  limitMs: number,
): Promise<string[]> {
  const client = soapClient(sandbox, { card: cardOf(doctor) });
  const { codiceFiscale } = doctor;
  const until = performance.now() + limitMs;
  const listed: string[] = [];
  try {
    const left = [...days];
    for (let day = left[0]; day !== undefined; day = left[0]) {
      const { status, text } = await client.post(
        envelope(sandbox.namespace, 'scaricoElencoTestSierologici', {
          codiceFiscaleMedico: codiceFiscale,
          codiceFiscaleMedicoTitolare: codiceFiscale,
          dataInizioIntervallo: day,
          dataFineIntervallo: day,
        }),
      );
      if (status === 200 && textsOf(text, 'esito')[0] === ACCEPTED) {
        listed.push(...textsOf(text, 'identificativoTransazioneComunicazione'));
        left.shift();
      } else if (status === 503 && performance.now() < until) await pause(RETRY_MS);
      else throw new Error(`no list of tests: ${text.slice(0, 500)}`);
    }
    return listed;
  } finally {
    client.close();
  }
}

/** A client and its credentials. */
interface Caller {
  readonly client: SoapClient;
  readonly method: Method;
  /** The header block of each message; empty with a card. */
  readonly header: string;
}

/** The parts of an answer that show the result of the message. */
interface Verdict {
  readonly outcome: string;
  readonly transactionId: string;
  /** The transaction that the first detail names. */
  readonly named: string | undefined;
}

/** Starts at rest: `resume` starts it. */
export function screeningLoad(
  sandbox: Sandbox,
  doctor: SandboxIdentity,
  persons: readonly string[],
  clients: number,
): Load {
  const answers: SubmissionAnswer[] = [];
  const cancellationAnswers: CancellationAnswer[] = [];
  const strange: string[] = [];
  const unanswered = { all: 0, cancellations: 0, byPassword: 0 };
  let deferred = 0;
  let nextPair = 0;
  let going = false;
  let ended = false;
  let atRest: Promise<unknown> = Promise.resolve();
  const answered = (): number => answers.length + cancellationAnswers.length;
  const callers = Array.from({ length: clients }, (_, index): Caller => {
    if (index % PASSWORD_EVERY !== 0)
      return { client: soapClient(sandbox, { card: cardOf(doctor) }), method: 'card', header: '' };
    const { authorization, block } = passwordOf(sandbox, doctor);
    return {
      client: soapClient(sandbox, { headers: { Authorization: authorization } }),
      method: 'password',
      header: block,
    };
  });

  type Operation = 'invioTestSierologico' | 'annullamentoTestSierologico';

  /** @returns undefined if it may be sent again */
  async function attempt(
    { client, method, header }: Caller,
    operation: Operation,
    fields: Readonly<Record<string, string>>,
  ): Promise<Verdict | undefined> {
    const body = envelope(
      sandbox.namespace,
      operation,
      { codiceFiscaleMedico: doctor.codiceFiscale, codiceFiscaleMedicoTitolare: doctor.codiceFiscale, ...fields },
      header,
    );
    let reply: Reply;
    try {
      reply = await client.post(body);
    } catch {
      unanswered.all++;
      if (operation === 'annullamentoTestSierologico') unanswered.cancellations++;
      if (method === 'password') unanswered.byPassword++;
      return undefined;
    }
    const [outcome] = textsOf(reply.text, 'esito');
    const [transactionId, named] = textsOf(reply.text, 'identificativoTransazione');
    if (reply.status === 200 && outcome !== undefined && transactionId !== undefined) {
      return { outcome, transactionId, named };
    }
    if (reply.status === 503) deferred++;
    else strange.push(`HTTP ${reply.status}: ${textsOf(reply.text, 'faultstring').join()}`);
    return undefined;
  }

  /** Sends it until it is answered. @returns undefined if the load ended before */
  async function say(caller: Caller, operation: Operation, fields: Readonly<Record<string, string>>) {
    for (let unansweredBefore = 0; ; unansweredBefore++) {
      const verdict = await attempt(caller, operation, fields);
      if (verdict !== undefined) return { ...verdict, unansweredBefore, method: caller.method };
      if (ended) return undefined;
      await pause(RETRY_MS);
    }
  }

  async function work(caller: Caller): Promise<void> {
    while (going) {
      const index = nextPair++;
      const { person, day } = pairAt(persons, CAMPAIGN_START, index);
      const sent = { codiceFiscaleAssistito: person, dataEsecuzioneTest: day };
      const told = await say(caller, 'invioTestSierologico', sent);
      if (told === undefined) return;
      const { named, ...answer } = told;
      const original = answer.outcome === DUPLICATE ? named : undefined;
      answers.push({ ...answer, person, day, original });
      const submission = answer.outcome === ACCEPTED ? answer.transactionId : original;
      if (index % CANCELLED_EVERY !== 0 || submission === undefined) continue;
      const back = { codiceFiscaleAssistito: person, identificativoTransazione: submission };
      const verdict = await say(caller, 'annullamentoTestSierologico', back);
      if (verdict === undefined) return;
      const { outcome, transactionId, method, unansweredBefore } = verdict;
      cancellationAnswers.push({ outcome, transactionId, method, unansweredBefore, submission });
    }
  }

  return {
    answers,
    cancellationAnswers,
    strange,
    answered,
    unanswered: () => ({ ...unanswered }),
    deferred: () => deferred,
    resume() {
      going = true;
      atRest = Promise.all(callers.map(work));
    },
    async recovered(limitMs) {
      const [enough, until] = [answered() + clients, performance.now() + limitMs];
      while (answered() < enough) {
        if (performance.now() > until) throw new Error('the service did not come back');
        await pause(RETRY_MS);
      }
    },
    async drain(limitMs) {
      going = false;
      const tooLong = new AbortController();
      const limit = pause(limitMs, 'too long', { signal: tooLong.signal, ref: false });
      const how = await Promise.race([atRest, limit]);
      if (how === 'too long') throw new Error('messages are still without an answer');
      tooLong.abort();
      limit.catch(() => undefined);
    },
    listed(limitMs) {
      const days = Math.ceil(nextPair / persons.length);
      const dayOf = (_: unknown, index: number) => pairAt(persons, CAMPAIGN_START, index * persons.length).day;
      return listedTests(sandbox, doctor, Array.from({ length: days }, dayOf), limitMs);
    },
    end() {
      going = false;
      ended = true;
      for (const { client } of callers) client.close();
    },
  };
}
