/**
 * `npm run attack -- [URL] [--sandbox FILE] [--pid PID] [--rounds N] [--flood SECONDS] [--i-own-this-host]`: attacks an
 * endpoint and reports. By default the sandbox of this checkout. An address of another machine is attacked only with
 * the declaration that the caller owns it.
 */
import { parseArgs } from 'node:util';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { report } from './report.js';
import { runAttacks } from './suite.js';
import { isLoopback, readTarget } from './target.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    sandbox: { type: 'string', default: '.sandbox/sandbox.json' },
    pid: { type: 'string' },
    rounds: { type: 'string', default: '5' },
    flood: { type: 'string', default: '5' },
    'i-own-this-host': { type: 'boolean', default: false },
  },
});

function endpointOf(file: string): string {
  return z.object({ soap: z.object({ endpoint: z.string() }) }).parse(JSON.parse(readFileSync(file, 'utf8'))).soap
    .endpoint;
}

const url = new URL(positionals[0] ?? endpointOf(values.sandbox));
if (!isLoopback(url.hostname) && !values['i-own-this-host']) {
  process.stderr.write(
    `attack: ${url.hostname} is not this machine: attack only what is yours, and say so by --i-own-this-host\n`,
  );
  process.exitCode = 64;
} else {
  const results = await runAttacks(
    readTarget(url, values.sandbox),
    values.pid === undefined ? undefined : Number(values.pid),
    Number(values.rounds),
    Number(values.flood),
  );
  process.stdout.write(`${report(results)}\n`);
  process.exitCode = results.every(({ problem }) => problem === undefined) ? 0 : 1;
}
