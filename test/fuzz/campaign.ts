/** Sends messages and judges the results; minimises a failing message while it fails in the same way. */
import fc from 'fast-check';
import { answerSchemas, requestSchemas } from './envelope-schemas.js';
import type { Message } from './message.js';
import { codeOf, judge } from './oracle.js';
import type { Finding, Observation } from './oracle.js';
import { openSchemaJudge } from './schema-judge.js';
import type { Opinion } from './schema-judge.js';
import type { Subject } from './subjects.js';
import { startTarget } from './target.js';
import type { Answer } from './target.js';

export interface Failure {
  readonly finding: Finding;
  readonly message: Message;
  /** Identifies a finding: its batch, and its position in it. */
  readonly seed: number;
  readonly index: number;
}

export interface Campaign {
  readonly subject: Subject;
  readonly judgeName: string;
  /** Findings in the order of the messages; undefined: none. */
  judgeAll(messages: readonly Message[]): Promise<(Finding | undefined)[]>;
  /** Messages so far, by the code of their answer. */
  readonly codes: ReadonlyMap<string, number>;
  close(): Promise<void>;
}

export async function openCampaign(subject: Subject): Promise<Campaign> {
  const target = await startTarget(subject);
  const requests = openSchemaJudge(requestSchemas(subject.contract));
  const answers = openSchemaJudge(answerSchemas(subject.contract));
  /** Judgements of answers that differ only in ids: most do. */
  const known = new Map<string, Opinion>();
  const codes = new Map<string, number>();

  async function opinionsOf(all: readonly (Answer | Error)[]): Promise<Opinion[]> {
    const shapes = all.map((answer) => (answer instanceof Error ? '' : withoutIds(answer.text)));
    const fresh = [...new Set(shapes)].filter((shape) => !known.has(shape));
    const opinions = await answers.judge(fresh.map((shape) => Buffer.from(shape)));
    fresh.forEach((shape, index) => {
      const opinion = opinions[index];
      if (opinion !== undefined) known.set(shape, opinion);
    });
    return shapes.map((shape) => known.get(shape) ?? { isValid: false, words: 'no opinion' });
  }

  return {
    subject,
    judgeName: requests.name,
    codes,
    async judgeAll(messages) {
      const [sent, requestOpinions] = await Promise.all([
        Promise.all(messages.map((message) => target.send(message).catch(asError))),
        requests.judge(messages.map(({ body }) => body)),
      ]);
      const responseOpinions = await opinionsOf(sent);
      const log = byRequest(target.takeLog());
      const nothing: Opinion = { isValid: false, words: 'no opinion' };
      return messages.map((message, index) => {
        const answer = sent[index] ?? new Error('not sent');
        const requestId = answer instanceof Error ? '' : answer.requestId;
        const code = answer instanceof Error ? 'no answer' : codeOf(answer);
        codes.set(code, (codes.get(code) ?? 0) + 1);
        const observation: Observation = {
          message,
          answer,
          handled: target.handled(requestId),
          // Lines without a request are judged with the first message of the batch.
          log: [...(log.get(requestId) ?? []), ...(index === 0 && requestId !== '' ? (log.get('') ?? []) : [])],
          request: requestOpinions[index] ?? nothing,
          response: responseOpinions[index] ?? nothing,
        };
        return judge(observation);
      });
    },
    async close() {
      await target.close();
      requests.close();
      answers.close();
    },
  };
}

/** Lines without a request are those of `''`. */
function byRequest(lines: readonly string[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const line of lines) {
    const id = /"requestId":"([^"]*)"/.exec(line)?.[1] ?? '';
    found.set(id, [...(found.get(id) ?? []), line]);
  }
  return found;
}

function withoutIds(text: string): string {
  return text.replace(/<idRichiesta>[^<]*</, '<idRichiesta>x<').replace(/<riga>\d+</, '<riga>1<');
}

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));

/** Failures of one kind are one defect: the rule and the text, without the message's own parts. */
export function kindOf({ rule, text }: Finding): string {
  return `${rule}: ${text.replace(/«[^»]*»|'[^']*'|\{[^}]*\}|\d+|=[^,;]*/g, '…').slice(0, 160)}`;
}

/** Limit of minimising: a long message is better than an endless run. */
const MINIMISING_MS = 20_000;

/** The smallest message found that fails in the same way; the given one if it cannot be minimised. */
export async function minimise(
  campaign: Campaign,
  messages: fc.Arbitrary<Message>,
  failure: Failure,
): Promise<Message> {
  const property = fc.asyncProperty(messages, async (message) => {
    const [finding] = await campaign.judgeAll([message]);
    return finding === undefined || kindOf(finding) !== kindOf(failure.finding);
  });
  const result = await fc.check(property, {
    seed: failure.seed,
    path: String(failure.index),
    numRuns: failure.index + 1,
    interruptAfterTimeLimit: MINIMISING_MS,
  });
  return result.counterexample?.[0] ?? failure.message;
}
