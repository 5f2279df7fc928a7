/**
 * `npm run bench -- [--quick] [--only engines|gateway|tls|memory|notifications|intake] [--merge] [--profile
 * <directory>] [--rounds n] [--seconds n] [--requests n] [--persons n] [--staff n]`; the intake's registry is --persons
 * too, by default 5 million. Measures everything in one run and writes bench/results.md and results.json; a quick,
 * partial or profiled run only prints: its figures are not for keeping. `--only … --merge` puts one part, measured in
 * full, among the kept figures.
 */
import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { compare } from './comparison.js';
import type { Compared } from './comparison.js';
import { canPin } from './cores.js';
import { startEngines } from './engines.js';
import { startGatewayBench } from './gateway.js';
import { handshakes } from './handshakes.js';
import { judgeMemory, judgePeak } from './memory.js';
import { measureIntake } from './intake.js';
import { mergeReport } from './merge.js';
import { measureNotifications } from './notifications.js';
import { startPortalBench } from './portal.js';
import { profileLines } from './profile.js';
import { ratioLines, writeReport } from './report.js';
import { coldSignIn } from './sign-in.js';
import { interleave } from './variant.js';
import type { Measured } from './variant.js';

const RESULTS_DIRECTORY = fileURLToPath(new URL('../../bench', import.meta.url));
const PARTS = ['engines', 'gateway', 'tls', 'memory', 'notifications', 'intake', 'portal'] as const;
type Part = (typeof PARTS)[number];
/** Each takes a minute, and the first one is cold. */
const INTAKE_ROUNDS = 3;
const FULL = {
  rounds: 5,
  seconds: 4,
  steady: 30,
  requests: 200_000,
  persons: 600_000,
  registry: 5_000_000,
  staff: 1_200_000,
};
const QUICK = { rounds: 1, seconds: 1, steady: 5, requests: 4_000, persons: 60_000, registry: 400_000, staff: 100_000 };

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    profile: { type: 'string' },
    rounds: { type: 'string' },
    seconds: { type: 'string' },
    requests: { type: 'string' },
    persons: { type: 'string' },
    staff: { type: 'string' },
    merge: { type: 'boolean', default: false },
  },
});
if (values.only !== undefined && !PARTS.some((part) => part === values.only)) {
  throw new Error(`--only takes one of ${PARTS.join(', ')}`);
}
const preset = values.quick ? QUICK : FULL;
const pace = {
  rounds: values.rounds === undefined ? preset.rounds : Number(values.rounds),
  seconds: values.seconds === undefined ? preset.seconds : Number(values.seconds),
};
const date = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
const requests = values.requests === undefined ? preset.requests : Number(values.requests);
const persons = values.persons === undefined ? preset.persons : Number(values.persons);
const registry = values.persons === undefined ? preset.registry : Number(values.persons);
const intakeRounds = values.rounds === undefined ? INTAKE_ROUNDS : Number(values.rounds);
const staff = values.staff === undefined ? preset.staff : Number(values.staff);
const isWanted = (part: Part): boolean => values.only === undefined || values.only === part;
const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const profileDirectory = values.profile === undefined ? undefined : resolve(values.profile);
if (profileDirectory !== undefined) mkdirSync(profileDirectory, { recursive: true });
const nodeOptions = profileDirectory === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileDirectory}`];

const measured = new Map<string, Measured>();
const others: Compared[] = [];
const keep = (found: ReadonlyMap<string, Measured>): void => {
  for (const [name, figures] of found) measured.set(name, figures);
};

async function measureEngines(): Promise<void> {
  const engines = await startEngines(nodeOptions);
  try {
    keep(await interleave(engines.variants, pace, print));
  } finally {
    await engines.stop();
  }
}

async function measureGateway(): Promise<void> {
  const gateway = await startGatewayBench(nodeOptions);
  try {
    if (isWanted('gateway')) {
      const cold = coldSignIn(gateway.facts, await gateway.process.ownerUrl());
      const found = await interleave([...gateway.variants, cold], pace, print);
      keep(found);
      const peak = Math.max(...[...found.values()].map(({ resident }) => resident ?? 0));
      others.push(judgePeak(peak, date));
    }
    if (isWanted('tls')) {
      keep(await interleave(handshakes(gateway.facts, gateway.identity('doctor'), gateway.pid), pace, print));
    }
    if (isWanted('memory')) {
      const { sample, resident } = await gateway.endure(requests);
      print(`${requests} requests: ${sample.perSecond.toFixed(0)}/s`);
      others.push(...judgeMemory(resident, `over ${requests} requests`, date));
    }
  } finally {
    await gateway.stop();
  }
}

async function measurePortal(): Promise<void> {
  const portal = await startPortalBench(nodeOptions);
  try {
    keep(await interleave(portal.variants, pace, print));
    others.push(...(await portal.steadily(preset.steady, date)));
  } finally {
    await portal.stop();
  }
}

if (!canPin) print('server and generator share their cores: two cores and taskset are needed to keep them apart');
if (isWanted('engines')) await measureEngines();
if (isWanted('gateway') || isWanted('tls') || isWanted('memory')) await measureGateway();
if (isWanted('notifications')) {
  const found = await measureNotifications({ persons, requests, pace, date, nodeOptions, print });
  keep(found.measured);
  others.push(...found.compared);
}
if (isWanted('portal')) await measurePortal();
if (isWanted('intake'))
  others.push(...(await measureIntake({ staff, persons: registry, rounds: intakeRounds, date, print })));

const all = [...compare(measured, date), ...others];
for (const line of ratioLines(all)) print(line);
if (profileDirectory !== undefined) for (const line of profileLines(profileDirectory)) print(line);
const report = { measured: [...measured.values()], compared: all, pace, date };
const isForKeeping = profileDirectory === undefined && !values.quick;
if (isForKeeping && values.only !== undefined && values.merge) {
  mergeReport(RESULTS_DIRECTORY, values.only, report);
  print('merged into: bench/results.md, bench/results.json');
}
if (isForKeeping && values.only === undefined) {
  writeReport(RESULTS_DIRECTORY, report);
  print('written: bench/results.md, bench/results.json');
}
