/** `npm run replay`: the tool for integration testers. Handles command line, exit code and files. */
import { writeFileSync } from 'node:fs';
import { systemClock } from '../../platform/clock.js';
import { readIdentities } from './identities.js';
import { USAGE, UsageError, readCommandLine } from './options.js';
import type { CommandLine } from './options.js';
import { recordSample } from './record.js';
import { caseText, count, junitText, summaryText } from './report.js';
import { identityOf, replay } from './run.js';
import { SampleError, readSamples } from './sample.js';
import type { Sample } from './sample.js';
import { openTransport } from './transport.js';

const EXIT_DIFFERENCES = 1;
const EXIT_USAGE = 2;

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

async function main(args: readonly string[]): Promise<number> {
  const line = readCommandLine(args);
  const samples = withoutRecorded(line, await samplesOf(line));
  const identities = usable(line.identitiesFile, () => readIdentities(line.identitiesFile));
  usable('--identity', () => identityOf(identities, line.role));
  const endpoint = line.endpoint ?? identities.endpoint;
  if (endpoint === undefined) throw new UsageError('manca --endpoint, e il file delle identità non ne ha uno');
  if (!URL.canParse(endpoint) || new URL(endpoint).protocol !== 'https:') {
    throw new UsageError(`--endpoint ${endpoint}: atteso un indirizzo https://`);
  }
  const transport = openTransport(endpoint, identities.ca);
  try {
    const results = await replay(samples, {
      identities,
      role: line.role,
      clock: systemClock,
      transport,
      onUnrecorded(sample, answer, memory) {
        if (!line.recordMissing && !isNamed(line.record, sample)) {
          return `manca ${sample.path}.response.xml: registrarlo con --record ${sample.scene}/${sample.name}`;
        }
        for (const file of recordSample(sample, answer, memory)) print(`      scritto ${file}`);
        return undefined;
      },
      onResult: (result) => {
        print(caseText(result));
      },
    });
    print(`\n${summaryText(results)}`);
    if (line.junitFile !== undefined) writeFileSync(line.junitFile, junitText(results));
    if (count(results, 'failed') > 0) return EXIT_DIFFERENCES;
    if (count(results, 'passed') > 0) return 0;
    process.stderr.write('nessun caso eseguito\n'); // success without a case would be mistaken for proof
    return EXIT_USAGE;
  } finally {
    transport.close();
  }
}

async function samplesOf({ paths }: CommandLine): Promise<Sample[]> {
  const all = (await Promise.all(paths.map(readSamples))).flat();
  // Every path includes the preparation; once is enough.
  return all.filter((sample, at) => all.findIndex(({ path }) => path === sample.path) === at);
}

/** Samples to be recorded run as if they had no expected answer. */
function withoutRecorded({ record }: CommandLine, samples: readonly Sample[]): Sample[] {
  for (const name of record) {
    if (!samples.some((sample) => isNamed([name], sample)))
      throw new UsageError(`--record ${name}: nessun caso con questo nome`);
  }
  return samples.map((sample) => (isNamed(record, sample) ? { ...sample, response: undefined } : sample));
}

function isNamed(names: readonly string[], { scene, name }: Sample): boolean {
  return names.includes(name) || names.includes(`${scene}/${name}`);
}

/** An unusable value on the command line is wrong usage. */
function usable<Value>(what: string, read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    throw new UsageError(`${what}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

// A reader that stops early, like `head`, ends the run without an error.
process.stdout.on('error', () => process.exit(EXIT_DIFFERENCES));

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    const isUsage = error instanceof UsageError;
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`replay: ${message}\n${isUsage ? `\n${USAGE}` : ''}`);
    process.exitCode = isUsage || error instanceof SampleError ? EXIT_USAGE : EXIT_DIFFERENCES;
  },
);
