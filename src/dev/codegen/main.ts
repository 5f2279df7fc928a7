/**
 * `npm run generate`: writes generated/ from wsdl/. With `--check` it writes nothing and exits with 1 when a file is
 * stale. Holds the generator's only list of contracts.
 */
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeClientStub } from './client-stub.js';
import { staleFiles, writeFiles } from './output.js';
import { writeTypescript } from './typescript.js';
import { readContract } from './wsdl.js';

const CONTRACTS = ['TestSierologici.wsdl', 'NotificaOpposizione.wsdl', 'ComunicazioneMetadati.wsdl'];

/** This file runs as dist/src/dev/codegen/main.js. */
const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const WSDL_FOLDER = join(ROOT, 'wsdl');
const GENERATED_FOLDER = join(ROOT, 'generated');

async function generate(): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  for (const wsdlFile of CONTRACTS) {
    const contract = readContract(wsdlFile, (file) => readFileSync(join(WSDL_FOLDER, file), 'utf8'));
    files.set(`${basename(wsdlFile, '.wsdl')}.ts`, writeTypescript(contract, '../src/platform/soap/contract.js'));
    for (const [path, text] of await writeClientStub(join(WSDL_FOLDER, wsdlFile))) files.set(`client/${path}`, text);
  }
  return files;
}

const files = await generate();
if (process.argv.includes('--check')) {
  const stale = await staleFiles(GENERATED_FOLDER, files);
  for (const path of stale) process.stderr.write(`stale: generated/${path}\n`);
  if (stale.length > 0) {
    process.stderr.write('Run `npm run generate` and commit the result.\n');
    process.exitCode = 1;
  }
} else {
  const written = await writeFiles(GENERATED_FOLDER, files);
  for (const path of written) process.stdout.write(`written: generated/${path}\n`);
}
