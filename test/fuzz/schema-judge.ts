/**
 * The reference: whether a whole message, as sent, is valid against the contract by an independent implementation.
 * xmllint (libxml2's own program) reads the bytes and validates them by a schema of the SOAP envelope around the
 * contract's; without it the same library in WebAssembly does.
 */
import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { XmlBufferInputProvider, XmlDocument, XmlError, XsdValidator, xmlRegisterInputProvider } from 'libxml2-wasm';

export interface SchemaJudge {
  /** For the report. */
  readonly name: string;
  /** For each document whether it is valid, with the judge's text. */
  judge(documents: readonly Buffer[]): Promise<Opinion[]>;
  close(): void;
}

export interface Opinion {
  readonly isValid: boolean;
  readonly words: string;
}

const MAIN = 'main.xsd';

/** @param schemas file name to text, in one folder; `main.xsd` is the one to validate against */
export function openSchemaJudge(schemas: ReadonlyMap<string, string>): SchemaJudge {
  return spawnSync('xmllint', ['--version']).status === 0 ? openXmllint(schemas) : openWebAssembly(schemas);
}

/** Enough that a batch of messages is one process, few enough for a command line. */
const PER_CALL = 2_000;

function openXmllint(schemas: ReadonlyMap<string, string>): SchemaJudge {
  const directory = mkdtempSync(join(tmpdir(), 'passerella-fuzz-'));
  for (const [name, text] of schemas) writeFileSync(join(directory, name), text);
  let calls = 0;

  async function judgeSome(documents: readonly Buffer[]): Promise<Opinion[]> {
    const batch = join(directory, String(calls++));
    mkdirSync(batch);
    const names = documents.map((_document, index) => `${index}.xml`);
    documents.forEach((document, index) => {
      writeFileSync(join(batch, `${index}.xml`), document);
    });
    const output = await new Promise<string>((resolve, reject) => {
      execFile(
        'xmllint',
        ['--noout', '--nonet', '--schema', join('..', MAIN), ...names],
        { cwd: batch, encoding: 'latin1', maxBuffer: 1 << 30 },
        (error, stdout, stderr) => {
          // 3 and 4 are invalid and unreadable documents, 1 the latter too; anything else is xmllint's own failure.
          if (error !== null && ![1, 3, 4].includes(Number(error.code)))
            reject(new Error('xmllint failed', { cause: error }));
          else resolve(stdout + stderr);
        },
      );
    });
    rmSync(batch, { recursive: true });
    return opinionsIn(output, documents.length);
  }

  return {
    name: 'xmllint',
    async judge(documents) {
      const opinions: Opinion[] = [];
      for (let at = 0; at < documents.length; at += PER_CALL) {
        opinions.push(...(await judgeSome(documents.slice(at, at + PER_CALL))));
      }
      return opinions;
    },
    close() {
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/**
 * xmllint continues after an undeclared prefix: a document with one counts as refused nevertheless. A namespace that
 * libxml2 does not accept as a URI is no such error: namespaces are compared as strings (Namespaces in XML 1.0, 2.3).
 */
function opinionsIn(output: string, count: number): Opinion[] {
  const valid = new Set<number>();
  const words = new Map<number, string>();
  const flawed = new Set<number>();
  for (const line of output.split('\n')) {
    const [, number, rest = ''] = /^(\d+)\.xml(?::| )(.*)$/.exec(line) ?? [];
    if (number === undefined) continue;
    const index = Number(number);
    if (rest === 'validates') valid.add(index);
    else if (!words.has(index)) words.set(index, rest);
    if (/^\d+: namespace error(?!.*not a valid URI)/.test(rest)) flawed.add(index);
  }
  return Array.from({ length: count }, (_item, index) => ({
    isValid: valid.has(index) && !flawed.has(index),
    words: words.get(index) ?? (valid.has(index) ? 'validates' : 'not a word'),
  }));
}

let opened = 0;

function openWebAssembly(schemas: ReadonlyMap<string, string>): SchemaJudge {
  const directory = `/judge-${opened++}`; // the library's files share one name space for all judges
  const files = new Map([...schemas].map(([name, text]) => [`${directory}/${name}`, Buffer.from(text)]));
  xmlRegisterInputProvider(new XmlBufferInputProvider(Object.fromEntries(files)));
  const schema = XmlDocument.fromString(schemas.get(MAIN) ?? '', { url: `${directory}/${MAIN}` });
  const validator = XsdValidator.fromDoc(schema);
  schema.dispose();
  const judgeOne = (document: Buffer): Opinion => {
    try {
      const parsed = XmlDocument.fromBuffer(document);
      try {
        validator.validate(parsed);
      } finally {
        parsed.dispose();
      }
      return { isValid: true, words: 'validates' };
    } catch (error) {
      if (error instanceof XmlError) return { isValid: false, words: error.message };
      throw error;
    }
  };
  return {
    name: 'libxml2-wasm (xmllint is not installed)',
    judge: (documents) => Promise.resolve(documents.map(judgeOne)),
    close: () => {
      validator.dispose();
    },
  };
}
