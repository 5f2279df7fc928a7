/**
 * The simulator role as a separate process: several regions, always at the same addresses, with one folder of journals.
 */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { programProcess } from '../program-process.js';
import type { ProgramProcess } from '../program-process.js';
import type { Received } from './judge.js';

const PROGRAM = fileURLToPath(new URL('../../../src/main.js', import.meta.url));
const PATH = '/ws/NotificaOpposizione';
/**
 * Below the range from which Linux takes the ports of outgoing connections: no other process gets them between two
 * starts.
 */
const FIRST_PORT = 20_000;
const LAST_PORT = 32_000;

export interface Simulator extends ProgramProcess {
  endpointOf(region: string): string;
  /** PEM files: what the sender trusts and presents. */
  readonly anchors: string;
  readonly sender: { readonly certificate: string; readonly key: string };
  /** What each region has on its disk now: complete lines only. */
  journal(): Promise<Received[]>;
  /** How many lines each region has. */
  recorded(): Promise<ReadonlyMap<string, number>>;
}

/**
 * @param folder certificates and journals; several simulators may share it
 * @param options more words for its command line
 */
export async function simulatorProcess(
  folder: string,
  regions: readonly string[],
  options: readonly string[] = [],
): Promise<Simulator> {
  const port = await freePorts(regions.length);
  const data = join(folder, 'journals');
  const words = ['--port', String(port), '--regions', regions.join(','), '--data', data, '--control-port', '0'];
  const program = programProcess({
    name: 'simulator',
    args: () => [PROGRAM, 'simulator', ...words, ...options],
    cwd: folder,
    env: { PASSERELLA_CERTIFICATE_DIRECTORY: join(folder, 'certs'), PASSERELLA_LOG_LEVEL: 'error' },
    ready: /controllo +http:\S+\s/,
  });
  const pem = (name: string): string => join(folder, 'certs', 'regions', name);
  return {
    ...program,
    endpointOf: (region) => `https://localhost:${port + regions.indexOf(region)}${PATH}`,
    anchors: pem('region-ca.pem'),
    sender: { certificate: pem('sender.pem'), key: pem('sender.key') },
    async journal() {
      const perRegion = await Promise.all(regions.map((region) => readJournal(join(data, `${region}.jsonl`), region)));
      return perRegion.flat();
    },
    async recorded() {
      const linesOf = async (region: string): Promise<readonly [string, number]> => [
        region,
        (await readLines(join(data, `${region}.jsonl`))).length,
      ];
      return new Map(await Promise.all(regions.map(linesOf)));
    },
  };
}

const lineShape = z.object({ messageId: z.string(), subject: z.string(), opposedOn: z.string() });

/** Not by the simulator's own reader: the judged program does not provide the evidence. */
async function readJournal(file: string, region: string): Promise<Received[]> {
  return (await readLines(file)).map((line) => ({ ...lineShape.parse(JSON.parse(line)), region }));
}

async function readLines(file: string): Promise<string[]> {
  return (await readFile(file, 'utf8').catch(() => '')).split('\n').slice(0, -1);
}

/** @returns the first of a number of consecutive unused ports */
async function freePorts(count: number): Promise<number> {
  for (;;) {
    const first = FIRST_PORT + Math.floor(Math.random() * (LAST_PORT - FIRST_PORT - count));
    const ports = Array.from({ length: count }, (_, index) => first + index);
    if ((await Promise.all(ports.map(isFree))).every(Boolean)) return first;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  server.listen(port, '127.0.0.1');
  const free = await once(server, 'listening').then(
    () => true,
    () => false,
  );
  server.close();
  return free;
}
