/** `npm run fuzz`: for every contract first the corpus, then new messages. Exit code 1 if anything broke a rule. */
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { kindOf, minimise, openCampaign } from './campaign.js';
import type { Campaign, Failure } from './campaign.js';
import { messages, readSeeds } from './grammar.js';
import { readMessage, writeMessage } from './message.js';
import type { Message } from './message.js';
import { SUBJECTS } from './subjects.js';

const USAGE = `usage: npm run fuzz -- [--messages N] [--seed S]
  --messages  how many (default 100000); 0: until interrupted. Every operation gets the same share, a thousand at a time
  --seed      integer (default 20200824): the same seed sends the same messages
`;
const BATCH = 1_000;
const PROGRESS = 10_000;
/** Maximum of kinds of failure: enough to read in one run. */
const MOST_KINDS = 10;
/** Seen from the compiled program. */
const CORPUS = fileURLToPath(new URL('../../../test/fuzz/corpus', import.meta.url));
const SAMPLES = fileURLToPath(new URL('../../../samples', import.meta.url));

const print = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

/** One contract, and the messages for it. */
interface Attack {
  readonly campaign: Campaign;
  readonly messages: fc.Arbitrary<Message>;
}

/**
 * The corpus applies to every contract: a message that once broke the engine must not break it with another contract.
 * @returns how many failed, of how many
 */
async function replayCorpus(campaign: Campaign): Promise<{ tried: number; failed: number }> {
  const files = readdirSync(CORPUS)
    .filter((name) => name.endsWith('.http'))
    .sort();
  const findings = await campaign.judgeAll(files.map((name) => readMessage(readFileSync(join(CORPUS, name)))));
  let failed = 0;
  findings.forEach((finding, index) => {
    if (finding === undefined) return;
    failed++;
    print(`FAILED corpus/${files[index] ?? ''}: ${finding.rule}: ${finding.text}`);
  });
  print(`corpus against ${campaign.subject.contract.service}: ${files.length} messages, ${failed} failed`);
  return { tried: files.length, failed };
}

async function sendFresh(attacks: readonly Attack[], seed: number, count: number): Promise<Map<string, Failure>> {
  const turns = attacks.flatMap((attack) => Object.keys(attack.campaign.subject.contract.operations).map(() => attack));
  const kinds = new Map<string, Failure>();
  const end = count === 0 ? Number.POSITIVE_INFINITY : count;
  for (let sent = 0; sent < end && kinds.size < MOST_KINDS; sent += BATCH) {
    const batchSeed = seed + sent / BATCH;
    const turn = turns[(sent / BATCH) % turns.length];
    if (turn === undefined) throw new Error('no contract has an operation');
    const { campaign } = turn;
    const batch = fc.sample(turn.messages, { seed: batchSeed, numRuns: Math.min(BATCH, end - sent) });
    const findings = await campaign.judgeAll(batch);
    if ((sent + BATCH) % PROGRESS === 0) print(`  ${sent + BATCH} messages`);
    for (const [index, finding] of findings.entries()) {
      const message = batch[index];
      if (finding === undefined || message === undefined || kinds.has(kindOf(finding))) continue;
      const failure = { finding, message, seed: batchSeed, index };
      kinds.set(kindOf(finding), failure);
      const { service } = campaign.subject.contract;
      print(`FAILED ${service}: ${finding.rule}: ${finding.text} (seed ${batchSeed}, message ${index})`);
      const bytes = writeMessage(await minimise(campaign, turn.messages, failure));
      const name = `${createHash('sha256').update(bytes).digest('hex').slice(0, 12)}.http`;
      writeFileSync(join(CORPUS, name), bytes);
      print(`  kept as test/fuzz/corpus/${name}:\n${bytes.toString('utf8').replace(/^/gm, '    ')}`);
    }
  }
  return kinds;
}

function printCodes({ subject, codes }: Campaign): void {
  print(`${subject.contract.service}: ${[...codes.values()].reduce((sum, number) => sum + number, 0)}`);
  for (const [code, number] of [...codes].sort((one, other) => other[1] - one[1])) print(`  ${code} ${number}`);
}

async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: { messages: { type: 'string', default: '100000' }, seed: { type: 'string', default: '20200824' } },
  });
  const [count, seed] = [Number(values.messages), Number(values.seed)];
  if (!Number.isInteger(count) || count < 0 || !Number.isInteger(seed)) throw new TypeError('integers expected');
  const attacks: Attack[] = [];
  try {
    for (const subject of SUBJECTS)
      attacks.push({ campaign: await openCampaign(subject), messages: messages(await readSeeds(SAMPLES, subject)) });
    print(`fuzz: seed ${seed}, second opinion by ${attacks[0]?.campaign.judgeName ?? 'nobody'}`);
    const started = performance.now();
    let [passed, failed] = [0, 0];
    for (const { campaign } of attacks) {
      const corpus = await replayCorpus(campaign);
      passed += corpus.tried - corpus.failed;
      failed += corpus.failed;
    }
    const kinds = await sendFresh(attacks, seed, count);
    print(`${Math.round((performance.now() - started) / 1000)} s; messages by answer:`);
    for (const { campaign } of attacks) printCodes(campaign);
    // Counted like tests: each message of the corpus, and the new ones together.
    failed += kinds.size;
    print(`${passed + (kinds.size === 0 ? 1 : 0)} passed, ${failed} failed`);
    return failed === 0 ? 0 : 1;
  } finally {
    for (const { campaign } of attacks) await campaign.close();
  }
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(
      `fuzz: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n\n${USAGE}`,
    );
    process.exitCode = 2;
  },
);
