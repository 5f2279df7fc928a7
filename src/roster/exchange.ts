/**
 * The exchange folder: where the ministry delivers files and where results and reject reports appear (2.2). Owns names,
 * places and the moment at which a file is claimed: by renaming it, so that nobody can replace it while it is read.
 * After a crash the claimed files come first. Independent of layouts.
 */
import { constants } from 'node:fs';
import { access, lstat, mkdir, open, readdir, rename, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../platform/error-code.js';
import { joinBytes } from '../platform/folder.js';

export interface Places {
  /** Files that the uploader delivers. */
  readonly in: string;
  /** Uploads in progress, with names that begin with a full stop; complete ones until they are claimed. */
  readonly uploads: string;
  /** Claimed files, being read. */
  readonly work: string;
  readonly results: string;
  readonly refused: string;
}

/** A claimed file. */
export interface Delivery {
  /** Path of the claimed file. */
  readonly path: string;
  /** Prefix of its results' names: time of writing and delivered name. */
  readonly label: string;
}

/** Names of the result files of a delivery, in results/. */
export const resultName = (label: string): string => `${label}.risultato.csv`;
export const reportName = (label: string): string => `${label}.scarti.csv`;

const DIRECTORY_MODE = 0o770;
/** Mode of claimed files: no access for the uploader's group. */
const WORK_MODE = 0o700;
const UPLOAD_MODE = 0o600;
/** No upload pauses that long: its listener has ended it, or its process is dead. */
const ABANDONED_MS = 60 * 60_000;
/** Readable by the folder's group, which the uploader shares. */
const FILE_MODE = 0o640;

/** Names of uploads in progress, as usual clients write them: renamed to the final name when complete. */
const UNFINISHED = /^\.|\.(?:part|partial|filepart|tmp|temp|crdownload)$/i;

export async function placesIn(directory: string): Promise<Places> {
  const place = async (name: string, mode = DIRECTORY_MODE): Promise<string> => {
    const path = join(directory, name);
    await mkdir(path, { recursive: true, mode });
    return path;
  };
  return {
    in: await place('in'),
    uploads: await place('uploads', WORK_MODE),
    work: await place('work', WORK_MODE),
    results: await place('results'),
    refused: await place('refused'),
  };
}

/**
 * Files that are claimed and not finished, because of a crash, a full disk or a database that was down. An uploader may
 * have replaced a file between check and claim, by a link for instance: such an entry is no file and is removed. In
 * work/ nobody can do so.
 */
export async function claimed({ work }: Places): Promise<Delivery[]> {
  const deliveries: Delivery[] = [];
  for (const label of (await readdir(work)).sort()) {
    const path = join(work, label);
    const found = await lstat(path).catch(() => undefined);
    if (found?.isFile() === true) deliveries.push({ path, label });
    else if (found?.isDirectory() === false) await rm(path, { force: true });
  }
  return deliveries;
}

/**
 * Claims the complete files: those whose last byte is old enough. A file that was renamed into place is claimed at
 * once, because its last byte is older. If an uploader's clock is ahead, a file's time may be in the future: its change
 * time by the folder's own clock counts instead. Never follows links, folders and pipes.
 * @param quietMs minimum age, in ms
 * @returns number of files left for the next run
 */
export async function claim(places: Places, now: Date, quietMs: number): Promise<number> {
  let left = 0;
  for (const bytes of (await readdir(places.in, { encoding: 'buffer' })).sort((a, b) => a.compare(b))) {
    const name = bytes.toString(); // if it is not UTF-8, its readable part: the label keeps harmless characters
    if (UNFINISHED.test(name)) continue;
    const path = joinBytes(places.in, bytes);
    const found = await lstat(path).catch(() => undefined); // removed meanwhile
    if (found?.isFile() !== true) continue;
    if (Math.min(found.mtimeMs, found.ctimeMs) > now.getTime() - quietMs) left += 1;
    else await rename(path, join(places.work, await freeLabel(places, found.mtime, name))).catch(ignoreMissing);
  }
  return left;
}

/** Creates a file for an upload, with a unique label. @param name as sent: only harmless characters are kept */
export async function openUpload(
  places: Places,
  at: Date,
  name: string,
): Promise<{ readonly label: string; readonly path: string; readonly file: FileHandle }> {
  for (;;) {
    const label = await freeLabel(places, at, name);
    const path = join(places.uploads, `.${label}`);
    const file = await open(path, 'wx', UPLOAD_MODE).catch((error: unknown) => {
      if (codeOf(error) !== 'EEXIST') throw error; // another process has just taken the label
      return undefined;
    });
    if (file !== undefined) return { label, path, file };
  }
}

/** Marks the upload as complete and on disk. */
export async function closeUpload({ uploads }: Places, label: string): Promise<void> {
  await rename(join(uploads, `.${label}`), join(uploads, label));
  const folder = await open(uploads, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Claims an upload that is recorded in the database, like a file delivered into the folder. */
export async function claimUpload({ uploads, work }: Places, label: string): Promise<void> {
  await rename(join(uploads, label), join(work, label)).catch(ignoreMissing);
}

/** Deletes an upload, complete or not. */
export async function discardUpload({ uploads }: Places, label: string): Promise<void> {
  for (const name of [`.${label}`, label]) await rm(join(uploads, name), { force: true });
}

/**
 * Cleans up after a killed process: claims uploads that the database has recorded; deletes others once nobody writes to
 * them.
 * @param isKnown whether the database expects the file of this label
 */
export async function recoverUploads(
  places: Places,
  now: Date,
  isKnown: (label: string) => Promise<boolean>,
): Promise<void> {
  for (const name of await readdir(places.uploads)) {
    const path = join(places.uploads, name);
    if (!name.startsWith('.') && (await isKnown(name))) await claimUpload(places, name);
    else {
      const found = await lstat(path).catch(() => undefined);
      if (found !== undefined && found.mtimeMs < now.getTime() - ABANDONED_MS) await rm(path, { force: true });
    }
  }
}

/**
 * Whether the file has other names, by which the deliverer could still change it, or which belong to somebody else:
 * hard links.
 */
export async function hasOtherNames({ path }: Delivery): Promise<boolean> {
  return ((await lstat(path).catch(() => undefined))?.nlink ?? 0) > 1;
}

/** Deletes a file that has been processed. */
export function discard({ path }: Delivery): Promise<void> {
  return rm(path, { force: true });
}

/**
 * Deletes a refused file, because it may hold anybody's identifiers. A page with the reason remains, and the
 * reject report, if there is one. The page comes first: a crash in between leaves a file to be refused again.
 * @param reason in Italian, for the uploader
 */
export async function refuse(places: Places, delivery: Delivery, reason: string): Promise<void> {
  const { label } = delivery;
  await rename(join(places.results, reportName(label)), join(places.refused, reportName(label))).catch(ignoreMissing);
  await writeWhole(
    join(places.refused, `${label}.txt`),
    `${reason}\nNessun dato è stato acquisito e il file è stato cancellato: correggerlo e inviarlo di nuovo.\n`,
  );
  await discard(delivery);
}

/** Writes a file that gets its name only when it is completely on disk. */
export async function writeWhole(path: string, text: string): Promise<void> {
  const partial = `${path}.part`;
  const file = await open(partial, 'w', FILE_MODE);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(partial, path);
}

/** Another worker, which considered this one dead, was faster. */
function ignoreMissing(error: unknown): void {
  if (codeOf(error) !== 'ENOENT') throw error;
}

async function exists(path: string): Promise<boolean> {
  return access(path, constants.F_OK).then(
    () => true,
    () => false,
  );
}

/** `20261122T015930123Z-staff.csv`; with a number if another file has left traces under this label. */
async function freeLabel({ uploads, work, results, refused }: Places, written: Date, name: string): Promise<string> {
  const stamp = written.toISOString().replace(/[-:.]/g, '');
  const safeName = name.replace(/[^A-Za-z0-9._-]/g, '_').slice(-100);
  for (let number = 1; ; number++) {
    const label = number === 1 ? `${stamp}-${safeName}` : `${stamp}-${number}-${safeName}`;
    const uploaded = [join(uploads, `.${label}`), join(uploads, label)];
    const traces = [...uploaded, join(work, label), join(results, resultName(label)), join(refused, `${label}.txt`)];
    if ((await Promise.all(traces.map(exists))).every((isThere) => !isThere)) return label;
  }
}
