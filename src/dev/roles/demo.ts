/**
 * The demonstration of the opposition, from the window to the regions, on the services of production: real databases,
 * real mutual TLS, a region that fails and recovers. Holds the story and its verdict. For development only.
 */
import { parseArgs } from 'node:util';
import { wholeNumber } from '../../admin/arguments.js';
import { accessLogIn } from '../../audit/index.js';
import { citizenCall, createFreeAreaEntrance, createMachineEntrance } from '../../auth/index.js';
import type { Arrival, Call } from '../../auth/index.js';
import type { Config } from '../../config/index.js';
import {
  createGuessCounter,
  createNoticeDesk,
  createOppositionService,
  createPlanning,
  createWindowDesk,
} from '../../opposition/index.js';
import { DAY_MS, romeDate } from '../../platform/clock.js';
import type { Clock } from '../../platform/clock.js';
import { isStpCode, newRequestId } from '../../platform/ids/index.js';
import type { Logger } from '../../platform/log.js';
import { addDemoPeople, openDemoPlace } from './demo-place.js';
import type { DemoPlace } from './demo-place.js';
import { send } from './demo-sending.js';
import type { Stage } from './demo-sending.js';

const USAGE = `usage: passerella demo opposition [--persons N] [--regions N]
       passerella demo roster

  --persons   how many express an opposition, 10 to 2000 (1000)
  --regions   how many simulated regions are notified, 2 to 6 (5)

Works in the sandbox's embedded database on scratch data, which is removed at the end. Exit code 0: everything arrived, once.`;

const EX_USAGE = 64;
/**
 * The story begins this long ago and ends today: certificates are valid today, and no opposition lies in the future.
 */
const DAYS_AGO = 31;
const WINDOW_DAYS = 30;
const EXPRESSED_AT_ONCE = 8;

interface Wanted {
  readonly persons: number;
  readonly regions: number;
}

/**
 * @param signal stops it and removes everything
 * @returns the exit code: 0 everything arrived once, 1 not, 64 wrong arguments
 */
export async function runDemo(
  args: readonly string[],
  config: Config,
  clock: Clock,
  log: Logger,
  out: (line: string) => void,
  signal: AbortSignal,
): Promise<number> {
  const wanted = readWanted(args);
  if (wanted === undefined) {
    out(USAGE);
    return EX_USAGE;
  }
  const place = await openDemoPlace(config, log);
  try {
    const story = { offsetMs: -DAYS_AGO * DAY_MS };
    const moved = { now: () => new Date(clock.now().getTime() + story.offsetMs) };
    const people = await addDemoPeople(place.registry, wanted, romeDate(moved.now()));
    const stage = { config, place, people, clock: moved, log, out, signal };
    out('Opposition to past data, from the window to the regions. Everything is synthetic, and removed at the end.\n');
    const window = await express(stage);
    story.offsetMs = 0;
    const planned = await plan(stage, window);
    return (await send(stage, planned)) ? 0 : 1;
  } catch (error) {
    if (!signal.aborted) throw error;
    out('stopped');
    return 1;
  } finally {
    await place.close();
  }
}

/** Opens a window, in which everybody expresses a decision. @returns the window's id */
async function express({ place, people, clock, out, signal }: Stage): Promise<string> {
  const opensOn = romeDate(clock.now());
  const closesOn = romeDate(new Date(clock.now().getTime() + (WINDOW_DAYS - 1) * DAY_MS));
  const { call } = await createMachineEntrance(place.owner, clock);
  const { id: window, refusals } = await createWindowDesk(place.owner, clock).add(call, { opensOn, closesOn });
  if (window === undefined) throw new Error(`the window was refused: ${refusals.join()}`);
  const text = 'Informativa della dimostrazione.';
  await createNoticeDesk(place.owner, clock).publish(call, { version: 1, language: 'it', text });
  out(`1. ${opensOn}: a window opens, until ${closesOn}.`);

  const service = createOppositionService({ tables: place.register, ana: place.ana, clock });
  const waiting = people.subjects.values();
  const expressAll = async (): Promise<void> => {
    for (const subject of waiting) {
      signal.throwIfAborted();
      const arrival = { requestId: newRequestId(), at: clock.now(), clientAddress: '' };
      const caller = isStpCode(subject)
        ? await enterFreeArea(place, subject, arrival)
        : citizenCall({ codiceFiscale: subject, method: 'spid' }, arrival);
      const notice = { version: 1, language: 'it', at: arrival.at };
      const { decisionId } = await service.express(caller, { value: 'opposition', notice });
      if (decisionId === undefined) throw new Error('an opposition was not recorded');
    }
  };
  await Promise.all(Array.from({ length: EXPRESSED_AT_ONCE }, expressAll));
  out(`   ${people.subjects.length} persons have expressed an opposition.`);
  return window;
}

/** With the data of the STP code, as its holder types them. */
async function enterFreeArea(place: DemoPlace, subject: string, arrival: Arrival): Promise<Call> {
  const accessLog = accessLogIn(place.register);
  const enter = createFreeAreaEntrance({
    isTrue: (claim) =>
      claim.method === 'stp'
        ? place.holders.hasStp(claim.subject, claim.region, claim.issuedOn)
        : Promise.resolve(false),
    ...{ guesses: createGuessCounter(place.register), accessLog },
    refusals: { refused: () => Promise.resolve(), flush: () => Promise.resolve() },
  });
  const [row] = await place.registry.query<{ region: string; issuedOn: string }[]>(
    `SELECT stp_region AS region, stp_issued_on::text AS "issuedOn" FROM registry.person WHERE identifier = $1`,
    [subject],
  );
  const call = row && (await enter({ method: 'stp', subject, ...row }, arrival));
  if (call === undefined) throw new Error('the holder of an STP code was not admitted');
  return call;
}

/** After the window: queues its bulk. @returns number of notifications */
async function plan({ place, clock, out }: Stage, window: string): Promise<number> {
  const { call } = await createMachineEntrance(place.register, clock);
  const { queued } = await createPlanning(place.register, place.ana, clock).plan(call, { window });
  if (queued === undefined) throw new Error('the window was not planned');
  out(`2. ${romeDate(clock.now())}: the window is over, ${queued} notifications are planned.`);
  return queued;
}

/** @returns undefined when the arguments are invalid */
function readWanted(args: readonly string[]): Wanted | undefined {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        persons: { type: 'string', default: '1000' },
        regions: { type: 'string', default: '5' },
      },
    });
    const persons = wholeNumber(values.persons, 10, 2_000);
    const regions = wholeNumber(values.regions, 2, 6);
    if (positionals.join(' ') !== 'opposition' || persons === undefined || regions === undefined) return undefined;
    return { persons, regions };
  } catch {
    return undefined; // an unknown option
  }
}
