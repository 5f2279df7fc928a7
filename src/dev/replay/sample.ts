/** The samples on disk: list, order, and their files. Independent of network and comparison. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { z } from 'zod';
import { entriesBelow } from '../../platform/folder.js';

const REQUEST = '.request.xml';

/** A value to remember from an answer, for placeholders of later requests. */
const rememberedSchema = z.union([
  z.string(),
  z.strictObject({
    element: z.string(),
    /** From 1, among those that count. */
    nth: z.int().min(1).default(1),
    /** Excludes values of these elements that `all` remembered under this name. */
    notAmong: z.string().optional(),
    /** Remembers every value under the name, for `notAmong`. */
    all: z.boolean().default(false),
  }),
]);

const detailsSchema = z.strictObject({
  /** Title to show, in Italian. */
  titolo: z.string(),
  /** Sender: a role of the identities' file; absent: the one of `--identity`. */
  identity: z.string().optional(),
  /** The case applies only if `--identity` is this role. */
  onlyFor: z.string().optional(),
  credentials: z.enum(['card', 'password', 'none']).default('card'),
  /** Instead of the identity's own. */
  userId: z.string().optional(),
  password: z.string().optional(),
  method: z.string().default('POST'),
  /** `contentType` empty: none is sent. */
  contentType: z.string().optional(),
  soapAction: z.string().optional(),
  headers: z.record(z.string(), z.string()).default({}),
  /** HTTP status of the answer. */
  status: z.int().default(200),
  /** Required header fields of the answer, each with its value or form; others are ignored. */
  answerHeaders: z.record(z.string(), z.string()).default({}),
  remember: z.record(z.string(), rememberedSchema).default({}),
});

export type SampleDetails = z.infer<typeof detailsSchema>;

export interface Sample {
  /** Name of its directory: the cases of one are a story, in the order of their names. */
  readonly scene: string;
  readonly name: string;
  /** Path without `.request.xml`. */
  readonly path: string;
  readonly details: SampleDetails;
  readonly request: string;
  /** Undefined while not yet recorded. */
  readonly response: string | undefined;
}

export class SampleError extends Error {}

/** The scene that runs before all others: it finds their patients. */
export const PREPARATION = 'preparazione';

/**
 * The samples below a directory, or that of a request file; preceded by the preparation in the directory or above it.
 * @throws SampleError when there are none, or one is unreadable
 */
export async function readSamples(path: string): Promise<Sample[]> {
  if (!existsSync(path)) throw new SampleError(`${path}: non esiste`);
  const files = statSync(path).isDirectory() ? await requestsBelow(path) : [path];
  const preparation = preparationOf(path);
  const first = preparation === undefined ? [] : await requestsBelow(preparation);
  const rest = files.filter((file) => !first.some((other) => relative(other, file) === ''));
  if (first.length + rest.length === 0) throw new SampleError(`${path}: nessun file *${REQUEST}`);
  return [...first, ...rest].map(readSample);
}

/** Never follows a link: a sample is written back to where it was read. */
async function requestsBelow(directory: string): Promise<string[]> {
  const found: string[] = [];
  for await (const bytes of entriesBelow(directory)) {
    const path = bytes.toString();
    if (path.endsWith(REQUEST)) found.push(path);
  }
  return found.sort((one, other) => (one < other ? -1 : 1));
}

function preparationOf(path: string): string | undefined {
  const candidates = [path, dirname(path), dirname(dirname(path))].map((directory) => join(directory, PREPARATION));
  return candidates.find((directory) => existsSync(directory));
}

function readSample(file: string): Sample {
  if (!file.endsWith(REQUEST)) throw new SampleError(`${file}: atteso un file *${REQUEST}`);
  const path = file.slice(0, -REQUEST.length);
  const details = detailsSchema.safeParse(readDetails(`${path}.json`));
  if (!details.success) throw new SampleError(`${path}.json: ${z.prettifyError(details.error)}`);
  const answer = `${path}.response.xml`;
  return {
    scene: basename(dirname(path)),
    name: basename(path),
    path,
    details: details.data,
    request: readFileSync(file, 'utf8'),
    response: existsSync(answer) ? readFileSync(answer, 'utf8') : undefined,
  };
}

/** A request alone suffices to record a sample. */
function readDetails(file: string): unknown {
  if (!existsSync(file)) return { titolo: basename(file, '.json') };
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new SampleError(`${file}: non è JSON (${error instanceof Error ? error.message : String(error)})`);
  }
}
