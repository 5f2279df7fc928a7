/** Opens archives with 7-Zip, which is independent of the library that creates them. */
import * as loaded from '7z-wasm';
import type { SevenZipModuleFactory } from '7z-wasm';

const ARCHIVE = 'archive.zip';

export interface Opened {
  /** 7-Zip's output. */
  readonly isWhole: boolean;
  /** Name → content of the extracted files. */
  readonly files: Readonly<Record<string, string>>;
  readonly said: string;
}

/** Extracts all of it. */
export function openedBySevenZip(archive: Uint8Array, password: string): Promise<Opened> {
  return sevenZip(archive, ['x', ARCHIVE, `-p${password}`, '-oout', '-y']);
}

/** 7-Zip's listing of an archive: names, sizes, methods. */
export async function listedBySevenZip(archive: Uint8Array): Promise<string> {
  return (await sevenZip(archive, ['l', '-slt', ARCHIVE])).said;
}

async function sevenZip(archive: Uint8Array, words: string[]): Promise<Opened> {
  const lines: string[] = [];
  const say = (line: string): void => {
    lines.push(line);
  };
  const program = await factory()({ print: say, printErr: say });
  const file = program.FS.open(ARCHIVE, 'w+');
  program.FS.write(file, archive, 0, archive.length);
  program.FS.close(file);
  const before = process.exitCode;
  try {
    program.callMain(words);
  } finally {
    process.exitCode = before; // 7-Zip treats the process as its own: a wrong password would fail the whole test run
  }
  const files: Record<string, string> = {};
  if (program.FS.readdir('.').includes('out')) {
    for (const name of program.FS.readdir('out')) {
      if (!name.startsWith('.')) files[name] = Buffer.from(program.FS.readFile(`out/${name}`)).toString('utf8');
    }
  }
  const said = lines.join('\n');
  return { isWhole: said.includes('Everything is Ok'), files, said };
}

/** Its types declare a module with a `default` that is one, as for bundlers; under Node it is a function. */
function factory(): SevenZipModuleFactory {
  const candidate: unknown = loaded.default;
  if (!isFactory(candidate)) throw new Error('7z-wasm is not what it was');
  return candidate;
}

function isFactory(value: unknown): value is SevenZipModuleFactory {
  return typeof value === 'function';
}
