/**
 * The directory of the development PKI: keeps valid items, creates others again. Owns atomic writes, file modes, the
 * manifest and the lock.
 *
 * The manifest records for each item its inputs and the digest of every file. It is written after the files, so a kill
 * at any point, or a file edited or removed by hand, shows as a different digest, and only that item (and its
 * dependents) is created again.
 */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';

const MANIFEST = 'manifest.json';
const LOCK = '.lock';
/** Creating everything takes a few seconds; the holder of an older lock is dead. */
const LOCK_PATIENCE_MS = 30_000;
const LOCK_POLL_MS = 50;
const heldHere = new Set<string>();

const manifestSchema = z.record(
  z.string(),
  z.object({
    recipe: z.string(),
    goodFrom: z.string(),
    renewAt: z.string(),
    digests: z.record(z.string(), z.string()),
  }),
);
type Manifest = z.infer<typeof manifestSchema>;

export interface PkiFile {
  readonly content: string | Buffer;
  /** Readable by the owner only. */
  readonly secret: boolean;
}

export interface PkiItem {
  /** Everything that the item depends on; another recipe means another item. */
  readonly recipe: string;
  /** The item is kept from `goodFrom` (included) to `renewAt` (excluded). */
  readonly goodFrom: Date;
  readonly renewAt: Date;
  /** By file name; the names are the same at each call. */
  readonly make: () => Promise<Record<string, PkiFile>>;
}

export class PkiDirectory {
  private constructor(
    private readonly directory: string,
    private readonly now: Date,
    private manifest: Manifest,
  ) {}

  /** Runs with an exclusive lock on the directory: two programs that start at once do not create two authorities. */
  static async use<T>(directory: string, now: Date, run: (pki: PkiDirectory) => Promise<T>): Promise<T> {
    await mkdir(directory, { recursive: true });
    await lock(directory);
    try {
      await removeLeftOvers(directory);
      return await run(new PkiDirectory(directory, now, await readManifest(directory)));
    } finally {
      await unlock(directory);
    }
  }

  path(file: string): string {
    return join(this.directory, file);
  }

  async read(file: string): Promise<string> {
    return readFile(this.path(file), 'utf8');
  }

  /** True when the item was made, false when the one on disk was kept. */
  async keepOrMake(name: string, item: PkiItem): Promise<boolean> {
    if (await this.isGood(name, item.recipe)) return false;
    const digests: Record<string, string> = {};
    for (const [file, { content, secret }] of Object.entries(await item.make())) {
      await this.write(file, content, secret ? 0o600 : 0o644);
      digests[file] = digestOf(content);
    }
    const entry = {
      recipe: item.recipe,
      goodFrom: item.goodFrom.toISOString(),
      renewAt: item.renewAt.toISOString(),
      digests,
    };
    this.manifest = { ...this.manifest, [name]: entry };
    await this.write(MANIFEST, `${JSON.stringify(this.manifest, null, 2)}\n`, 0o644);
    return true;
  }

  private async isGood(name: string, recipe: string): Promise<boolean> {
    const entry = this.manifest[name];
    if (entry?.recipe !== recipe) return false;
    if (this.now < new Date(entry.goodFrom) || this.now >= new Date(entry.renewAt)) return false;
    for (const [file, digest] of Object.entries(entry.digests)) {
      const content = await readIfPresent(this.path(file));
      if (content === undefined || digestOf(content) !== digest) return false;
    }
    return true;
  }

  private async write(file: string, content: string | Buffer, mode: number): Promise<void> {
    const temporary = this.path(`.${randomUUID()}.tmp`);
    await writeFile(temporary, content, { mode, flag: 'wx' });
    await rename(temporary, this.path(file));
  }
}

export function digestOf(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

/** An unreadable manifest counts as missing: everything is created again. */
async function readManifest(directory: string): Promise<Manifest> {
  const text = await readIfPresent(join(directory, MANIFEST));
  if (text === undefined) return {};
  try {
    return manifestSchema.parse(JSON.parse(text.toString('utf8')));
  } catch {
    return {};
  }
}

async function removeLeftOvers(directory: string): Promise<void> {
  for (const file of await readdir(directory)) {
    if (/^\.[0-9a-f-]{36}\.tmp$/.test(file)) await rm(join(directory, file), { force: true });
  }
}

async function lock(directory: string): Promise<void> {
  const path = join(directory, LOCK);
  for (let waited = 0; !(await tryLock(path)); waited += LOCK_POLL_MS) {
    if (waited >= LOCK_PATIENCE_MS || (await holderIsGone(path))) {
      await rm(path, { force: true });
      waited = 0;
    } else {
      await pause(LOCK_POLL_MS);
    }
  }
}

async function unlock(directory: string): Promise<void> {
  const path = join(directory, LOCK);
  await rm(path, { force: true });
  heldHere.delete(path);
}

async function tryLock(path: string): Promise<boolean> {
  if (heldHere.has(path)) return false;
  heldHere.add(path); // before the file exists: the process id alone does not distinguish this program's calls
  try {
    await writeFile(path, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    heldHere.delete(path);
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}

/** The holder was killed; an empty file is one whose holder has not yet written its process id. */
async function holderIsGone(path: string): Promise<boolean> {
  const holder = Number((await readIfPresent(path))?.toString('utf8') ?? '');
  if (!Number.isInteger(holder) || holder <= 0) return false;
  // In a container the program has the same process id at every start, so its own id may be its predecessor's.
  if (holder === process.pid) return !heldHere.has(path);
  try {
    process.kill(holder, 0); // signal 0 only checks whether the process exists
    return false;
  } catch (error) {
    return hasCode(error, 'ESRCH');
  }
}

async function readIfPresent(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}
