/**
 * Retention of roster data, 2.5: as long as the doctors need it, at most the campaign and its days of grace,
 * never more than twelve months; persons who no longer need a test are removed at once. Rows of a file have no
 * rule here: they do not outlive their intake.
 */
import { lstat, realpath, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { romeDate, type IsoDate } from '../platform/clock.js';
import { deletion, firstDayKept, lockForTransaction, type RetentionRule } from '../platform/db/index.js';
import { codeOf } from '../platform/error-code.js';
import { entriesBelow } from '../platform/folder.js';
import { hasDoctor } from '../registry/index.js';
import { IntakeError } from './errors.js';
import { LOCK, WAIT_MS } from './intake.js';
import { DOCTORS_LOCK } from './migrations.js';

export interface RosterTerms {
  /** Last day of the campaign; undefined if unknown: then only the twelve months count. */
  readonly campaignEnd: IsoDate | undefined;
  /** Days for which the lists stay after the campaign; absent: none. */
  readonly campaignGraceDays?: number | undefined;
  /** Undefined if files are not exchanged by folder. */
  readonly exchangeDirectory: string | undefined;
}

const MONTHS = 12;
/** Incomplete uploads hold codici fiscali: kept long enough for an inquiry. */
const LEFTOVER_MONTHS = 1;

/**
 * 2.5: removes persons deceased, emigrated, no longer in care or without a doctor, whom no doctor is to test.
 * Runs every night with the other rules, and at the end of an import of the registry. A person who returns is listed by
 * the next file, or by a repeated intake.
 */
export const rosterDepartures: RetentionRule = betweenIntakes(
  deletion({
    name: 'roster.listed_person (usciti)',
    describes:
      'personale scolastico negli elenchi dei medici che è deceduto, emigrato, non più in carico o senza medico',
    term: 'la notte stessa, e dopo ogni importazione degli assistiti',
    source: '[R-10], 2.5',
    table: 'roster.listed_person',
    since: { day: 'least(listed_on, $1::date - 1)' }, // always in the past
    months: 0,
    // Looked up by key: a join would read the whole registry for every batch.
    only: `NOT coalesce((SELECT ${hasDoctor('p')} FROM registry.person p
                       WHERE p.identifier = listed_person.person), false)`,
  }),
);

export function rosterRetention({
  campaignEnd,
  campaignGraceDays = 0,
  exchangeDirectory,
}: RosterTerms): RetentionRule[] {
  return [
    rosterDepartures,
    listsPast({
      name: 'roster.listed_person',
      term: '12 mesi dall’inserimento nell’elenco',
      day: 'listed_on',
      months: MONTHS,
    }),
    // From the configuration, which accepts only a day and a number.
    ...(campaignEnd === undefined
      ? []
      : [
          listsPast({
            name: 'roster.listed_person (campagna)',
            term: `${campaignGraceDays} giorni dopo la fine della campagna (${campaignEnd})`,
            day: `(date '${campaignEnd}' + ${campaignGraceDays})`,
            months: 0,
          }),
        ]),
    deletion({
      name: 'roster.past_kits',
      describes: 'numero dei kit per ASL di chi è uscito dagli elenchi alla scadenza (solo dati aggregati)',
      term: '12 mesi dall’uscita dagli elenchi',
      source: '[R-7]; come i test di cui sono il termine di confronto',
      table: 'roster.past_kits',
      since: { day: 'left_on' },
      months: MONTHS,
    }),
    deletion({
      name: 'roster.intake',
      describes: 'file acquisiti, risultati aggregati e righe scartate (con il valore mascherato)',
      term: '12 mesi dall’acquisizione',
      source: '[R-7], 2.5',
      table: 'roster.intake',
      since: { instant: 'started_at' },
      months: MONTHS,
    }),
    ...(exchangeDirectory === undefined ? [] : filesOf(exchangeDirectory)),
  ];
}

/**
 * Persons whose time on the lists has ended. Their kits stay in the statistics [C-1]: the statement that deletes
 * the persons adds them up by the doctor's ASL.
 * @param day SQL of the day from which the term runs
 */
function listsPast({
  name,
  term,
  day,
  months,
}: {
  name: string;
  term: string;
  day: string;
  months: number;
}): RetentionRule {
  return betweenIntakes({
    ...deletion({
      ...{ name, term, months },
      describes: 'personale scolastico negli elenchi dei medici',
      source: '[R-7], 2.5',
      table: 'roster.listed_person',
      since: { day },
    }),
    async purge(db, today, limit) {
      const rows = await db.query<{ count: string }[]>(
        `WITH gone AS (
           DELETE FROM roster.listed_person WHERE ctid = ANY (ARRAY(
             SELECT ctid FROM roster.listed_person WHERE ${day} < $1::date LIMIT $2::integer)) RETURNING person
         ), kits AS (
           INSERT INTO roster.past_kits AS k (asl_code, left_on, kits)
           SELECT d.asl_code, $3::date, count(*)
           FROM gone JOIN registry.person p ON p.identifier = gone.person AND p.status = 'in_care'
             JOIN registry.doctor d ON d.codice_fiscale = p.doctor
           GROUP BY d.asl_code
           ON CONFLICT (asl_code, left_on) DO UPDATE SET kits = k.kits + excluded.kits
         ) SELECT count(*) FROM gone`,
        [firstDayKept(today, months), limit, today],
      );
      return Number(rows[0]?.count);
    },
  });
}

/** Runs only while no intake is in progress: an intake would put persons into `listing` who have left the lists. */
function betweenIntakes(rule: RetentionRule): RetentionRule {
  return {
    ...rule,
    async purge(db, today, limit) {
      if (!(await lockForTransaction(db, LOCK, WAIT_MS))) throw new IntakeError('busy');
      // An import of the registry changes rows of listed persons in another order.
      await db.query('SELECT pg_advisory_xact_lock($1)', [DOCTORS_LOCK]);
      return rule.purge(db, today, limit);
    },
  };
}

function filesOf(directory: string): RetentionRule[] {
  return [
    files({
      name: 'files: exchange/results',
      describes: 'risultati aggregati e rapporti di scarto nella cartella di scambio',
      term: '12 mesi',
      source: '[R-7], 2.5',
      directories: [join(directory, 'results')],
      months: MONTHS,
    }),
    files({
      name: 'files: exchange/in, work, refused',
      describes:
        'caricamenti mai completati o mai elaborati, e rapporti (senza identificativi) dei file rifiutati, nella cartella di scambio',
      term: '1 mese',
      source: '[R-4] [R-10], 2.5',
      directories: ['in', 'uploads', 'work', 'refused'].map((name) => join(directory, name)),
      months: LEFTOVER_MONTHS,
    }),
  ];
}

interface FileRule extends Pick<RetentionRule, 'name' | 'describes' | 'term' | 'source'> {
  readonly directories: readonly string[];
  readonly months: number;
}

function files({ directories, months, ...words }: FileRule): RetentionRule {
  const due = (today: IsoDate): Promise<{ path: Buffer; day: IsoDate }[]> =>
    past(directories, firstDayKept(today, months));
  return {
    ...words,
    async count(_db, today) {
      const found = await due(today);
      const oldest = found.map(({ day }) => day).sort()[0];
      return { rows: found.length, oldest };
    },
    async purge(_db, today, limit) {
      const found = (await due(today)).slice(0, limit);
      for (const { path } of found) await removeHere(path);
      return found.length;
    },
  };
}

/**
 * By the day on which a file arrived: an upload may have a much older modification date. Includes subfolders, whose
 * files are never taken in but have the same term. Does not follow links.
 * @throws the system's error when a folder cannot be read: an unreadable folder is not an empty one
 */
async function past(directories: readonly string[], firstKept: IsoDate): Promise<{ path: Buffer; day: IsoDate }[]> {
  const found: { path: Buffer; day: IsoDate }[] = [];
  for (const directory of directories) {
    for (const path of await entriesOf(directory)) {
      const stat = await lstat(path).catch(goneMeanwhile);
      if (stat === undefined) continue;
      const day = romeDate(stat.ctime);
      if (day < firstKept) found.push({ path, day });
    }
  }
  return found;
}

/** Resolved to its real path. A missing folder is empty. */
async function entriesOf(directory: string): Promise<Buffer[]> {
  const found: Buffer[] = [];
  try {
    for await (const path of entriesBelow(await realpath(directory))) found.push(path);
  } catch (error) {
    goneMeanwhile(error);
  }
  return found;
}

/** Does nothing if a folder on the path has become a link: users of in/ must not choose what is deleted elsewhere. */
async function removeHere(path: Buffer): Promise<void> {
  const folder = path.subarray(0, path.lastIndexOf('/'));
  const real = await realpath(folder, { encoding: 'buffer' }).catch(goneMeanwhile);
  if (real?.equals(folder) === true) await unlink(path).catch(goneMeanwhile);
}

function goneMeanwhile(error: unknown): undefined {
  if (codeOf(error) !== 'ENOENT') throw error;
}
