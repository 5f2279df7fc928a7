/**
 * Limits as a property: another process floods each listener with each resource, from one address and from many. The
 * process survives, its memory stays below a limit, and honest callers keep nine of ten of their answers.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { FloodSpec, Resource, Work } from './flooder.js';
import { envelope, goodMessage, list } from './messages.js';
import type { Result } from './suite.js';
import type { Target } from './target.js';

const FLOODER = fileURLToPath(new URL('./flooder.js', import.meta.url));
/** Resident memory of the process in any flood, MB; its heap may have 512. */
const MEMORY_MB = 700;
const KEPT = 0.9;
const PATIENCE_MS = 10_000;
const PAUSE_MS = 100;
/** As `Retry-After` says. */
const COME_BACK_MS = 2_000;

/** The listener, and its process. */
interface Listener {
  readonly listener: 'SOAP' | 'portal' | 'operator' | 'worker';
  readonly url: URL;
  readonly pid: number;
}

interface Row extends Listener {
  readonly from: 'one address' | 'many addresses';
  readonly spec: FloodSpec;
}

/** Concurrent connections: of one address, and of each of many. */
const CREWS: Readonly<Record<Resource, readonly [one: number, many: number, addresses: number]>> = {
  connections: [400, 256, 18],
  handshakes: [64, 4, 40],
  bytes: [16, 2, 18],
  pieces: [16, 2, 18],
  'slow bodies': [200, 64, 18],
  records: [16, 2, 18],
  requests: [64, 8, 18],
  headers: [200, 64, 18],
  'blank lines': [8, 1, 18],
  messages: [16, 2, 18],
  'sign-ins': [64, 4, 18],
  'sign-ins of one account': [64, 4, 18],
};
/** The maximum of one connection: five hundred sign-ins wait for their answers at once. */
const PIPELINED = 8;
/** The share of its connections and first requests that a flooder must achieve: less is no flood. */
const AT_WORK = 0.5;
/** Replaced by the credentials of a sign-in: the flooder's own, as in flooder.ts. */
const BASIC = '{basic}';
const isSignIn = (resource: Resource): boolean => resource.startsWith('sign-ins');
const OF_PLAIN_HTTP: readonly Resource[] = [
  ...(['connections', 'bytes', 'pieces', 'slow bodies', 'requests', 'headers', 'blank lines'] as const),
];

const OF_PORTAL: readonly Resource[] = [...OF_PLAIN_HTTP, 'handshakes', 'records', 'sign-ins'];
const PORTAL_PAGES = ['/', '/aiuto'];

/** Just below the largest message that is read (`bodyBytes` of the engine). */
const OF_MESSAGES = { fields: 'Content-Type: text/xml\r\n', largeBody: 260_000 };
/** Like a form of the portal sent by a browser; just below the maximum size. */
const OF_FORMS = {
  fields: 'Sec-Fetch-Site: same-origin\r\nContent-Type: application/x-www-form-urlencoded\r\n',
  largeBody: 65_000,
};
/** A sign-in on the portal: the flooder's credentials, always of the same length, are its user id. */
const FORM_LENGTH = 'utente='.length + Math.ceil((24 + 1 + 24) / 3) * 4 + '&password=x&pincode=1'.length;
const FORM =
  `POST /accesso HTTP/1.1\r\nHost: a\r\n${OF_FORMS.fields}Content-Length: ${FORM_LENGTH}\r\n\r\n` +
  `utente=${BASIC}&password=x&pincode=1`;

export interface FloodOptions {
  /** Duration of each flood. */
  readonly seconds: number;
  /** The operator's listener of a worker of the same sandbox. */
  readonly worker?: { readonly url: URL; readonly pid: number };
  /** The portal of the same process; undefined: it is not flooded. */
  readonly portal?: URL | undefined;
  /** User id of an account that has only the hashes of a former release, to guess at; undefined: there is none. */
  readonly former?: string;
  /** Those whose title contains this: `worker`, `slow bodies`, `SOAP: records, one address`. */
  readonly only?: string;
}

/**
 * Every listener of a production process. ComunicazioneMetadati is served by the listener of the SOAP endpoint. The
 * simulator's listeners are for development; the same functions of platform/http create them.
 */
export async function runFloods(target: Target, pid: number, options: FloodOptions): Promise<Result[]> {
  const { seconds, worker, portal, former, only = '' } = options;
  const listeners: Listener[] = [
    { listener: 'SOAP', url: target.url, pid },
    ...(portal === undefined ? [] : [{ listener: 'portal', url: portal, pid } as const]),
    { listener: 'operator', url: target.health, pid },
    ...(worker === undefined ? [] : [{ listener: 'worker', ...worker } as const]),
  ];
  const results: Result[] = [];
  for (const row of listeners.flatMap((one, index) => rowsOf(target, one, 20 * (index + 1), former))) {
    if (!titleOf(row).includes(only)) continue;
    const first = await runRow(target, row, seconds);
    // Some seconds of a busy machine are no finding: a real one is found twice.
    results.push(first.problem === undefined ? first : await runRow(target, row, seconds));
  }
  return results;
}

const titleOf = ({ listener, spec, from }: Row): string => `${listener}: ${spec.resource}, ${from}`;

/** @param firstNet third byte of the source addresses: each resource has its own */
function rowsOf(target: Target, to: Listener, firstNet: number, former: string | undefined): Row[] {
  const isSoap = to.listener === 'SOAP';
  const ofSoap = (Object.keys(CREWS) as Resource[]).filter(
    (resource) => former !== undefined || resource !== 'sign-ins of one account',
  );
  const isPortal = to.listener === 'portal';
  const resources = isSoap ? ofSoap : isPortal ? OF_PORTAL : OF_PLAIN_HTTP;
  return resources.flatMap((resource, at) =>
    (['one address', 'many addresses'] as const).map((from) => {
      const [one, many, addresses] = CREWS[resource];
      const isOne = from === 'one address';
      const net = `127.0.${firstNet + at}`;
      return {
        ...{ ...to, from },
        spec: {
          ...{ resource, tls: isSoap || isPortal, port: Number(to.url.port), path: to.url.pathname },
          ...(isPortal ? OF_FORMS : OF_MESSAGES),
          pages: isPortal ? [...PORTAL_PAGES, '/x'] : [`${to.url.pathname}?singleWsdl`, '/x'],
          addresses: Array.from({ length: isOne ? 1 : addresses }, (_, n) => `${net}.${isOne ? 200 : n + 1}`),
          perAddress: isOne ? one : many,
          request: isPortal ? FORM : isSignIn(resource) ? signIn(target) : post(target, goodMessage(target)),
          pipelined: isSignIn(resource) ? PIPELINED : 1,
          userId: resource === 'sign-ins of one account' ? former : undefined,
        },
      };
    }),
  );
}

const post = (target: Target, body: string, headers = ''): string =>
  `POST ${target.url.pathname} HTTP/1.1\r\nHost: a\r\nContent-Type: text/xml\r\n${headers}` +
  `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

/** Equal sign-ins are joined: each has separate credentials, inserted by the flooder. */
function signIn(target: Target): string {
  const body = envelope(target, list(target), target.pinCode('00000000'));
  return post(target, body, `Authorization: Basic ${BASIC}\r\n`);
}

async function runRow(target: Target, row: Row, seconds: number): Promise<Result> {
  const { pid, spec } = row;
  const flooder = spawn(process.execPath, ['--no-warnings', FLOODER, JSON.stringify(spec)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let report = '';
  flooder.stdout.on('data', (chunk: Buffer) => (report += chunk.toString()));
  let peak = 0;
  let [asked, served] = [0, 0];
  const started = performance.now();
  try {
    // Until the crew is at work: handshakes that take turns need time.
    await pause(isSignIn(spec.resource) ? seconds * 1_000 : Math.min(1_000, seconds * 500));
    for (const until = performance.now() + seconds * 1_000; performance.now() < until;) {
      asked++;
      if (await honest(target, row, asked)) served++;
      peak = Math.max(peak, residentMb(pid));
      await pause(PAUSE_MS);
    }
  } finally {
    flooder.kill('SIGTERM');
    const patience = setTimeout(() => flooder.kill('SIGKILL'), PATIENCE_MS);
    await once(flooder, 'close');
    clearTimeout(patience);
  }
  const idle = idleness(spec, report);
  const isKept = asked > 0 && served >= asked * KEPT;
  const said = `${served} of ${asked} served, ${Math.round(peak)} MB`;
  return {
    family: 'floods',
    title: `${titleOf(row)}: ${said}`,
    expected: `${KEPT * 100} % served, below ${MEMORY_MB} MB`,
    problem: idle ?? (isKept && peak > 0 && peak < MEMORY_MB ? undefined : said),
    ms: performance.now() - started,
  };
}

/** Why the flooder's work is no flood; undefined: it is one. */
function idleness({ resource, addresses, perAddress, tls }: FloodSpec, report: string): string | undefined {
  if (report === '') return 'the flooder failed, or did not report';
  const { connections, bytes, requests, answers } = JSON.parse(report) as Work;
  const crew = addresses.length * perAddress * AT_WORK;
  const said = `${connections} connections, ${bytes} bytes, ${requests} requests, ${answers} answers`;
  const isQuiet = resource === 'connections' ? false : bytes < crew;
  const asks = isSignIn(resource) || resource === 'messages';
  const isLazy = asks && requests < crew;
  return connections < crew || isQuiet || isLazy ? `no flood${tls ? ' of TLS' : ''}: ${said}` : undefined;
}

let strangers = 0;

/**
 * By password and pincode, like the flooders: alternately from a known address, and from networks never seen before,
 * where sign-ins are hashed or at least wait for their turn. They retry if the answer allows it.
 */
async function signedIn(target: Target, asked: number): Promise<boolean> {
  const isKnown = asked % 2 === 0;
  if (!isKnown) strangers++;
  const { codiceFiscale, userId, password, pincode } = target.identity(
    isKnown ? 'secondDoctor' : strangers % 2 === 0 ? 'doctor' : 'substitute',
  );
  const own = list(target).replaceAll(target.identity('secondDoctor').codiceFiscale, codiceFiscale);
  const from = isKnown ? '127.0.9.8' : `127.0.${100 + (strangers >> 7)}.${1 + (strangers & 127)}`;
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    const body = envelope(target, own, target.pinCode(pincode));
    const { status } = await target.post(body, { basic: `${userId}:${password}`, from });
    if (status !== 503 || performance.now() > until) return status === 200;
    await pause(COME_BACK_MS);
  }
}

/** The first page, or a sign-in, retried as the page advises. */
async function onPortal(target: Target, url: URL, isSigningIn: boolean, asked: number): Promise<boolean> {
  if (!isSigningIn) return (await visit(url, 'GET', '/', '127.0.9.8')) === 200;
  const isKnown = asked % 2 === 0;
  if (!isKnown) strangers++;
  const { userId, password, pincode } = target.identity(isKnown ? 'secondDoctor' : 'doctor');
  const form = new URLSearchParams({ utente: userId, password, pincode }).toString();
  const from = isKnown ? '127.0.9.8' : `127.0.${100 + (strangers >> 7)}.${1 + (strangers & 127)}`;
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    const status = await visit(url, 'POST', '/accesso', from, form);
    if (status !== 503 || performance.now() > until) return status === 303;
    await pause(COME_BACK_MS);
  }
}

/** @returns the status; 0: no answer */
function visit(url: URL, method: string, path: string, localAddress: string, form = ''): Promise<number> {
  const headers = { 'Sec-Fetch-Site': 'same-origin', 'Content-Type': 'application/x-www-form-urlencoded' };
  return new Promise((resolve) => {
    const options = { method, localAddress, agent: false, rejectUnauthorized: false };
    tlsRequest(new URL(path, url), { ...options, ...(method === 'POST' ? { headers } : {}) }, (incoming) => {
      incoming.resume().on('end', () => {
        resolve(incoming.statusCode ?? 0);
      });
    })
      .on('error', () => {
        resolve(0);
      })
      .end(form);
  });
}

/** On a separate connection, from an address that takes no part. */
async function honest(target: Target, { listener, url, spec }: Row, asked: number): Promise<boolean> {
  const late = pause(PATIENCE_MS, false, { ref: false });
  if (listener === 'portal') return Promise.race([onPortal(target, url, isSignIn(spec.resource), asked), late]);
  if (isSignIn(spec.resource)) return Promise.race([signedIn(target, asked), late]);
  if (listener === 'SOAP') {
    const answer = target.post(goodMessage(target), { card: target.cardOf('secondDoctor'), from: '127.0.9.8' });
    return Promise.race([answer.then(({ status }) => status === 200), late]);
  }
  const answer = new Promise<boolean>((resolve) => {
    plainRequest(url, { agent: false, localAddress: '127.0.9.8' }, (incoming) => {
      incoming.resume().on('end', () => {
        resolve(incoming.statusCode === 200);
      });
    })
      .on('error', () => {
        resolve(false);
      })
      .end();
  });
  return Promise.race([answer, late]);
}

/** 0 if the process is dead. */
function residentMb(pid: number): number {
  try {
    return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}
