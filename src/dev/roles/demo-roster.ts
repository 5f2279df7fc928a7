/**
 * The demonstration of the school-staff campaign, from the ministry's files to the Commissioner's mailbox, on the
 * services of production: real database, real HTTPS with a card, real SMTP and IMAP over TLS. Holds the story and its
 * verdict, which requires every expected result. For development only.
 */
import { copyFile, mkdir, readFile, readdir, rename, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Config } from '../../config/index.js';
import { romeDate } from '../../platform/clock.js';
import type { Clock } from '../../platform/clock.js';
import type { Logger } from '../../platform/log.js';
import { LAYOUTS, createIntakes, resultCsv } from '../../roster/index.js';
import type { Intake } from '../../roster/index.js';
import { openRosterPlace } from './demo-roster-place.js';
import type { RosterStage } from './demo-roster-place.js';
import { sendStatistics } from './demo-statistics.js';

const USAGE = `usage: passerella demo roster

Works in the sandbox's embedded database on scratch data, which is removed at the end. Exit code 0: everything was seen.`;

const EX_USAGE = 64;
/** Beside the program, compiled or not. */
const SAMPLES = fileURLToPath(new URL('../../../../samples/roster', import.meta.url));
/** Lines of a file that are printed. */
const SHOWN = 6;
/** Old enough for the exchange folder, which waits before it takes a delivered file. */
const RESTED_MS = 60_000;
/** Largest number of runs of the folder's job. */
const MAX_LOOKS = 3;
const TESTS_BY_DOCTOR = 3;
const TESTS_BY_ASL = 17;

/**
 * @param signal stops it and removes everything
 * @returns the exit code: 0 all results were seen, 1 not, 64 wrong arguments
 */
export async function runRosterDemo(
  args: readonly string[],
  config: Config,
  clock: Clock,
  log: Logger,
  out: (line: string) => void,
  signal: AbortSignal,
): Promise<number> {
  if (args.join(' ') !== 'roster') {
    out(USAGE);
    return EX_USAGE;
  }
  out(
    'School staff, from the ministry’s files to the Commissioner’s mailbox. Everything is synthetic, and removed at the end.\n',
  );
  const place = await openRosterPlace(config, clock, log, signal);
  try {
    const failed: string[] = [];
    let count = 0;
    const seen = (what: string, isSo: boolean): void => {
      signal.throwIfAborted();
      count += 1;
      if (!isSo) failed.push(what);
      out(`   ${isSo ? '✓' : '✗ NOT SEEN:'} ${what}`);
    };
    const stage = { place, clock, out, signal, seen };
    await listBefore(stage);
    await takeFilesIn(stage);
    const listed = await listAfter(stage);
    const kits = await aslOperator(stage, listed);
    await sendStatistics(stage, { tests: TESTS_BY_DOCTOR, asl: TESTS_BY_ASL, kits });
    out(
      failed.length === 0
        ? `\nAll ${count} things were seen.`
        : `\nFAILED: ${failed.length} of ${count} were not seen.`,
    );
    return failed.length === 0 ? 0 : 1;
  } catch (error) {
    if (!signal.aborted) throw error;
    out('stopped');
    return 1;
  } finally {
    await place.close();
  }
}

async function listBefore({ place, out, seen }: RosterStage): Promise<void> {
  out('1. A doctor downloads the list by SOAP, with the card; no file has come yet.');
  const { outcome, persons } = await place.doctor.list();
  seen(`outcome ${outcome}, nobody on the list`, outcome === '0000' && persons.length === 0);
}

/** Delivers like the ministry's uploader: complete, then renamed. */
async function deliver(exchange: string, clock: Clock): Promise<readonly string[]> {
  const names = (await readdir(SAMPLES)).filter((name) => /\.csv(?:\.gz)?$/.test(name)).toSorted();
  const folder = join(exchange, 'in');
  await mkdir(folder, { recursive: true });
  const rested = new Date(clock.now().getTime() - RESTED_MS);
  for (const name of names) {
    const partial = join(folder, `${name}.part`);
    await copyFile(join(SAMPLES, name), partial);
    await utimes(partial, rested, rested);
    await rename(partial, join(folder, name));
  }
  return names;
}

async function takeFilesIn({ place, clock, out, seen }: RosterStage): Promise<void> {
  const names = await deliver(place.exchange, clock);
  out(`2. The ministry delivers ${names.join(', ')}; the worker takes them in.`);
  const desk = createIntakes(place.db);
  let published = await desk.published();
  // A run that began before the files arrived has not seen them.
  for (let look = 0; look < MAX_LOOKS && published.length < names.length; look++) {
    const job = await place.run('roster.exchange-folder');
    out(`   ${job.result ?? job.lastError ?? ''}`);
    published = await desk.published();
  }
  for (const result of published) {
    for (const line of described(result.intake)) out(`   ${line}`);
    show(out, resultCsv(result));
  }
  const layouts = new Set(published.map(({ intake }) => intake.layout));
  seen(
    'a result of each of the three layouts',
    LAYOUTS.every((layout) => layouts.has(layout)),
  );

  const results = join(place.exchange, 'results');
  const written = await readdir(results);
  const reports = written.filter((name) => name.endsWith('.scarti.csv')).toSorted();
  let rejects = 0;
  for (const name of reports) {
    const report = await readFile(join(results, name), 'utf8');
    const lines = report.trimEnd().split('\n').length - 1;
    rejects += lines;
    if (lines > 0) show(out, report);
  }
  const rejected = published.reduce((sum, { intake }) => sum + intake.rejected, 0);
  seen(`${rejects} rejected lines in the reports, values masked`, rejects > 0 && rejects === rejected);
  const files = written.filter((name) => name.endsWith('.risultato.csv'));
  seen(`${files.length} result files in the exchange folder`, files.length === published.length);
  const kept = [...(await readdir(join(place.exchange, 'in'))), ...(await readdir(join(place.exchange, 'work')))];
  seen('nothing of the delivered files is kept', kept.length === 0);
}

/** @returns number of persons on the doctor's list */
async function listAfter({ place, clock, out, seen }: RosterStage): Promise<number> {
  out('3. The doctor downloads the list again, and communicates tests.');
  const { outcome, persons } = await place.doctor.list();
  seen(`outcome ${outcome}, ${persons.length} persons on the list`, outcome === '0000' && persons.length > 0);
  const today = romeDate(clock.now());
  let done = 0;
  for (const person of persons.slice(0, TESTS_BY_DOCTOR)) {
    const answer = await place.doctor.submit(person, today);
    out(`   test of ${today}: outcome ${answer.outcome}, transaction ${answer.transactionId}`);
    if (answer.outcome === '0000') done += 1;
  }
  seen(`${done} tests communicated`, done === TESTS_BY_DOCTOR);
  return persons.length;
}

/** @returns the kits of all doctors of the ASL */
async function aslOperator({ place, clock, out, seen }: RosterStage, listed: number): Promise<number> {
  const { identity, operator } = place;
  const today = romeDate(clock.now());
  const asl = async (...words: readonly string[]): Promise<readonly string[]> => {
    out(`   $ admin asl ${words.join(' ')}`);
    const { lines } = await place.admin('asl', ...words, '--operator', operator);
    for (const line of lines) out(`      ${line}`);
    return lines;
  };
  out(
    `4. An operator of ASL ${identity.aslCode} takes the numbers for the kits, and sends the tests that the ASL did.`,
  );
  const numbers = await asl('numbers');
  seen(`the doctor’s number is that of his list`, numbers.includes(`${identity.codiceFiscale};${listed}`));
  const unmatched = await asl('unmatched');
  seen('the persons without a doctor are reported by file', unmatched[0]?.includes('  0000  ') === true);
  const wrong = await asl('daily', '--date', today, '--tests', String(TESTS_BY_ASL + 100), '--apply');
  const right = await asl('daily', '--date', today, '--tests', String(TESTS_BY_ASL), '--apply');
  seen(
    'two daily numbers accepted',
    [wrong, right].every((lines) => lines[0]?.includes('  0000  ') === true),
  );
  const history = await asl('history');
  const isReplaced = history[0]?.includes(` ${TESTS_BY_ASL}  `) === true && history[1]?.endsWith('replaced') === true;
  seen('the second replaces the first, which stays in the history', isReplaced);
  return numbers.slice(2).reduce((sum, line) => sum + Number(line.split(';')[1]), 0);
}

function described(intake: Intake): readonly string[] {
  const { layout, readBytes, totalBytes, accepted, rejected, validated, notInCare, newlyListed } = intake;
  const read = `${layout}: ${readBytes} of ${totalBytes} bytes read; ${accepted} lines in order, ${rejected} rejected`;
  if (layout === 'paritarie') return [read, `   ${validated} of the staff attributed to an ASL`];
  const lists = `${newlyListed} newly on doctors’ lists`;
  return [read, `   ${validated} known to the registry, of whom ${notInCare} not in care; ${lists}`];
}

function show(out: (line: string) => void, text: string): void {
  const lines = text.trimEnd().split('\n');
  for (const line of lines.slice(0, SHOWN)) out(`      ${line}`);
  if (lines.length > SHOWN) out(`      … and ${lines.length - SHOWN} lines more`);
}
