/**
 * How long what the roster leaves is kept, 2.5: as long as the doctors need it, the campaign at most, never more
 * than twelve months. What was read of a file has no rule here: it does not outlive its intake.
 */
import { lstat, realpath, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { romeDate, type IsoDate } from '../platform/clock.js';
import { deletion, firstDayKept, type RetentionRule } from '../platform/db/index.js';
import { entriesBelow } from '../platform/folder.js';
import { codeOf } from './errors.js';

export interface RosterTerms {
  /** Last day of the campaign; undefined while it is not known: then the twelve months alone count. */
  readonly campaignEnd: IsoDate | undefined;
  /** Undefined where no files are exchanged by folder. */
  readonly exchangeDirectory: string | undefined;
}

const MONTHS = 12;
/** What was refused holds codici fiscali: long enough to be understood and delivered again. */
const REFUSED_MONTHS = 1;

export function rosterRetention({ campaignEnd, exchangeDirectory }: RosterTerms): RetentionRule[] {
  return [
    deletion({
      name: 'roster.listed_person',
      describes: 'personale scolastico negli elenchi dei medici',
      term: '12 mesi dall’inserimento nell’elenco',
      source: '[R-7], 2.5',
      table: 'roster.listed_person',
      since: { day: 'listed_on' },
      months: MONTHS,
    }),
    ...(campaignEnd === undefined ? [] : [endOfCampaign(campaignEnd)]),
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

/** @param day of the configuration, which lets nothing else than a day through */
function endOfCampaign(day: IsoDate): RetentionRule {
  return deletion({
    name: 'roster.listed_person (campagna)',
    describes: 'personale scolastico negli elenchi dei medici',
    term: `fine della campagna (${day})`,
    source: '[R-7], 2.5',
    table: 'roster.listed_person',
    since: { day: `date '${day}'` },
    months: 0,
  });
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
      describes: 'file rifiutati, caricamenti mai completati o mai elaborati nella cartella di scambio',
      term: '1 mese',
      source: '[R-4], 2.5',
      directories: ['in', 'work', 'refused'].map((name) => join(directory, name)),
      months: REFUSED_MONTHS,
    }),
  ];
}

interface FileRule extends Pick<RetentionRule, 'name' | 'describes' | 'term' | 'source'> {
  readonly directories: readonly string[];
  readonly months: number;
}

function files({ directories, months, ...words }: FileRule): RetentionRule {
  const due = (today: IsoDate): Promise<{ path: string; day: IsoDate }[]> =>
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
 * By the day on which a file came to where it lies: an upload may carry the date of its writing, long ago. Folders inside,
 * of which nothing is taken in, are looked into: what lies there has its term too. Links are not followed.
 * @throws the system's error when a folder cannot be read: «nothing» would be a lie
 */
async function past(directories: readonly string[], firstKept: IsoDate): Promise<{ path: string; day: IsoDate }[]> {
  const found: { path: string; day: IsoDate }[] = [];
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

/** By its real path. A folder that is not there yet holds nothing, nor does one that went while we looked. */
async function entriesOf(directory: string): Promise<string[]> {
  const found: string[] = [];
  try {
    for await (const path of entriesBelow(await realpath(directory))) found.push(path);
  } catch (error) {
    goneMeanwhile(error);
  }
  return found;
}

/** Not when a folder on the way has become a link since: whoever writes in in/ must not choose what is deleted elsewhere. */
async function removeHere(path: string): Promise<void> {
  const folder = dirname(path);
  if ((await realpath(folder).catch(goneMeanwhile)) === folder) await rm(path, { force: true });
}

function goneMeanwhile(error: unknown): undefined {
  if (codeOf(error) !== 'ENOENT') throw error;
}
