/**
 * The exchange folder: where the ministry's files are delivered and where results and reject reports appear (2.2).
 * Owns names, places and the moment at which a file is taken. A file is claimed by renaming it, so that nobody can
 * replace what is being read; after a crash the claimed ones come first. Does not know layouts.
 */
import { constants } from 'node:fs';
import { access, lstat, mkdir, open, readdir, rename, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../platform/error-code.js';
import { joinBytes } from '../platform/folder.js';

export interface Places {
  /** Delivered here by the uploader. */
  readonly in: string;
  /** Uploads under way, under a name that begins with a point; whole ones until they are claimed. */
  readonly uploads: string;
  /** Claimed: being read. */
  readonly work: string;
  readonly results: string;
  readonly refused: string;
}

/** A claimed file. */
export interface Delivery {
  /** Where it lies. */
  readonly path: string;
  /** Under which its results appear: when it was written and the name it was delivered under. */
  readonly label: string;
}

/** Names of what comes of a delivery, in results/. */
export const resultName = (label: string): string => `${label}.risultato.csv`;
export const reportName = (label: string): string => `${label}.scarti.csv`;

const DIRECTORY_MODE = 0o770;
/** Of what is claimed: the uploader's group has no part in it. */
const WORK_MODE = 0o700;
const UPLOAD_MODE = 0o600;
/** No upload pauses that long: its listener has ended it, or its process is no more. */
const ABANDONED_MS = 60 * 60_000;
/** For whoever shares the group of the folder, as the uploader does. */
export const FILE_MODE = 0o640;

/** An upload under way, by the habits of the usual clients: renamed to its final name when it is whole. */
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
 * The files claimed and not done with: a crash, a full disk, a database that was away. What an uploader exchanged for a
 * file between the look at it and its claim, a link for instance, is no file and is taken away: in work/ nobody can do
 * so.
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
 * Claims the files that are complete: whose last byte was written some time ago. A file that was renamed into place is
 * taken at once, since its last byte came before. An uploader whose clock is ahead may have set a time that is still to
 * come: then counts when the folder's own clock saw the file changed. Links, folders and pipes are never followed.
 * @param quietMs how long ago, in ms
 * @returns how many are left for the next look
 */
export async function claim(places: Places, now: Date, quietMs: number): Promise<number> {
  let left = 0;
  for (const bytes of (await readdir(places.in, { encoding: 'buffer' })).sort((a, b) => a.compare(b))) {
    const name = bytes.toString(); // of one that is no UTF-8 what can be read of it: the label keeps harmless characters
    if (UNFINISHED.test(name)) continue;
    const path = joinBytes(places.in, bytes);
    const found = await lstat(path).catch(() => undefined); // taken back
    if (found?.isFile() !== true) continue;
    if (Math.min(found.mtimeMs, found.ctimeMs) > now.getTime() - quietMs) left += 1;
    else await rename(path, join(places.work, await freeLabel(places, found.mtime, name))).catch(ignoreMissing);
  }
  return left;
}

/** A file for an upload, under a label that no other file has or gets. @param name as given: of it harmless characters stay */
export async function openUpload(
  places: Places,
  at: Date,
  name: string,
): Promise<{ readonly label: string; readonly path: string; readonly file: FileHandle }> {
  for (;;) {
    const label = await freeLabel(places, at, name);
    const path = join(places.uploads, `.${label}`);
    const file = await open(path, 'wx', UPLOAD_MODE).catch((error: unknown) => {
      if (codeOf(error) !== 'EEXIST') throw error; // somebody else took the label at this moment
      return undefined;
    });
    if (file !== undefined) return { label, path, file };
  }
}

/** The upload is whole and on the disk. */
export async function closeUpload({ uploads }: Places, label: string): Promise<void> {
  await rename(join(uploads, `.${label}`), join(uploads, label));
  const folder = await open(uploads, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** The database knows the upload: it is claimed, as what was delivered into the folder is. */
export async function claimUpload({ uploads, work }: Places, label: string): Promise<void> {
  await rename(join(uploads, label), join(work, label)).catch(ignoreMissing);
}

/** Nothing of an upload is kept, whole or not. */
export async function discardUpload({ uploads }: Places, label: string): Promise<void> {
  for (const name of [`.${label}`, label]) await rm(join(uploads, name), { force: true });
}

/**
 * What a process that was killed has left: an upload that the database knows is claimed; of the others nothing is kept
 * once nobody writes them any more.
 * @param isKnown whether the database waits for the file of this label
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

/** By which whoever delivered it could still change it, or which are somebody else's: a hard link is a link too. */
export async function hasOtherNames({ path }: Delivery): Promise<boolean> {
  return ((await lstat(path).catch(() => undefined))?.nlink ?? 0) > 1;
}

/** The file has been dealt with: nothing of it is kept. */
export function discard({ path }: Delivery): Promise<void> {
  return rm(path, { force: true });
}

/**
 * Deletes a file that is refused: it may hold anybody's identifiers. A page saying why stays, and with it the
 * reject report, if there is one. First the page: a crash in between leaves a file to be refused again.
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

/** Writes a file that appears under its name only when all of it is on the disk. */
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

/** Another worker, which took this one for dead, was faster. */
function ignoreMissing(error: unknown): void {
  if (codeOf(error) !== 'ENOENT') throw error;
}

async function exists(path: string): Promise<boolean> {
  return access(path, constants.F_OK).then(
    () => true,
    () => false,
  );
}

/** `20261122T015930123Z-staff.csv`; with a number in between when another file has left traces under this label. */
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
