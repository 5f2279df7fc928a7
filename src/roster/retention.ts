/**
 * How long what the roster leaves is kept, 2.5: as long as the doctors need it, the campaign and its days of
 * grace at most, never more than twelve months; persons who need no test any more are removed at once. What was
 * read of a file has no rule here: it does not outlive its intake.
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

export interface RosterTerms {
  /** Last day of the campaign; undefined while it is not known: then the twelve months alone count. */
  readonly campaignEnd: IsoDate | undefined;
  /** Days for which the lists stay after it; absent: none. */
  readonly campaignGraceDays?: number | undefined;
  /** Undefined where no files are exchanged by folder. */
  readonly exchangeDirectory: string | undefined;
}

const MONTHS = 12;
/** Uploads that were never completed hold codici fiscali: long enough to be asked about. */
const LEFTOVER_MONTHS = 1;

/**
 * 2.5: deceased, emigrated, no longer in care, without a doctor: none of them is to be tested by one. Run every
 * night with the other rules, and by the import of the registry when it is done. A person who returns is listed by the
 * next file, or by the same one run again.
 */
export const rosterDepartures: RetentionRule = betweenIntakes(
  deletion({
    name: 'roster.listed_person (usciti)',
    describes:
      'personale scolastico negli elenchi dei medici che è deceduto, emigrato, non più in carico o senza medico',
    term: 'la notte stessa, e dopo ogni importazione degli assistiti',
    source: '[R-10], 2.5',
    table: 'roster.listed_person',
    since: { day: 'least(listed_on, $1::date - 1)' }, // always past
    months: 0,
    // Each is looked up by key: a join would read the whole registry for every batch.
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
    // Days of the configuration, which lets nothing else than a day and a number through.
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
 * Persons whose time on the lists is over. The kits handed out for them stay in the statistics [C-1]: they are
 * added up by the ASL of the doctor in the statement that deletes the persons.
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

/** Persons leave while no intake runs: it would put them into `listing` when they are gone from the lists. */
function betweenIntakes(rule: RetentionRule): RetentionRule {
  return {
    ...rule,
    async purge(db, today, limit) {
      if (!(await lockForTransaction(db, LOCK, WAIT_MS))) throw new IntakeError('busy');
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
 * By the day on which a file came to its place: an upload may have a much older modification date. Includes subfolders,
 * whose files are never taken in but have the same term. Does not follow links.
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

/** By its real path. A folder that is not there yet holds nothing. */
async function entriesOf(directory: string): Promise<Buffer[]> {
  const found: Buffer[] = [];
  try {
    for await (const path of entriesBelow(await realpath(directory))) found.push(path);
  } catch (error) {
    goneMeanwhile(error);
  }
  return found;
}

/**
 * Not when a folder on the way has become a link since: whoever writes in in/ must not choose what is deleted
 * elsewhere.
 */
async function removeHere(path: Buffer): Promise<void> {
  const folder = path.subarray(0, path.lastIndexOf('/'));
  const real = await realpath(folder, { encoding: 'buffer' }).catch(goneMeanwhile);
  if (real?.equals(folder) === true) await unlink(path).catch(goneMeanwhile);
}

function goneMeanwhile(error: unknown): undefined {
  if (codeOf(error) !== 'ENOENT') throw error;
}
