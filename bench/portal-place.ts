/**
 * The environment for measuring the portal's pages: the sandbox with its real database, a doctor with 1 500 patients
 * and some tests, an operator of the doctor's ASL. Owns the signed-in sessions and the pages' URLs; does not know the
 * measurements.
 */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { NEXT_TRANSACTION_ID } from '../src/audit/index.js';
import { sandboxProcess } from '../test/crash/sandbox-process.js';
import type { Sandbox, SandboxIdentity } from '../test/crash/sandbox-process.js';
import { pin } from './cores.js';
import { asOwner } from './pgbench.js';
import type { PageName } from './portal-names.js';

/** Within the last thirty days, which the page shows. */
const TESTS = 200;

/** A page as one caller sees it. */
export interface BenchPage {
  readonly name: PageName;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Its answer, captured once. */
  readonly body: string;
  readonly type: string;
}

export interface PortalPlace {
  readonly facts: Sandbox;
  readonly pid: number;
  readonly ownerUrl: string;
  readonly pages: readonly BenchPage[];
  /** Contains the pages for the bare server: `pages.json`, and certificate and key of the portal. */
  readonly folder: string;
  /** @returns the session's token. @throws Error if the sign-in failed */
  readonly signIn: (identity: SandboxIdentity) => Promise<string>;
  stop(): Promise<void>;
}

interface PageAnswer {
  readonly status: number;
  readonly token: string | undefined;
  readonly type: string;
  readonly body: string;
}

/** @param nodeOptions for the portal's process: a profiler, for example */
export async function portalPlace(nodeOptions: readonly string[]): Promise<PortalPlace> {
  const folder = await mkdtemp(join(tmpdir(), 'passerella-bench-portal-'));
  const sandbox = await sandboxProcess('bench-portal');
  const stop = async (): Promise<void> => {
    await sandbox.stop();
    await sandbox.remove();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await sandbox.start(); // creates keys and people: the second start is measured
    await sandbox.stop();
    const facts = await sandbox.start(nodeOptions);
    const pid = sandbox.pid();
    if (pid === undefined) throw new Error('the sandbox does not run');
    pin(pid, 'server');
    const ownerUrl = await sandbox.ownerUrl();
    const ask = visitorOf(facts);
    const signIn = async ({ userId, password, pincode }: SandboxIdentity): Promise<string> => {
      const { status, token } = await ask('/accesso', {}, { utente: userId, password, pincode });
      if (status !== 303 || token === undefined) throw new Error(`nobody signed in: ${status}`);
      return token;
    };
    await addTests(ownerUrl, identityOf(facts, 'doctor'));
    const pages = await pagesOf(facts, ask, signIn);
    const certificates = dirname(facts.ca);
    await writeFile(
      join(folder, 'pages.json'),
      JSON.stringify({
        certificate: join(certificates, 'server.pem'),
        key: join(certificates, 'server.key'),
        pages: pages.map(({ body, type }, index) => ({ path: barePath(index), body, type })),
      }),
    );
    return { facts, pid, ownerUrl, pages, folder, signIn, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** URL of page number `index` at the bare server. */
export function barePath(index: number): string {
  return `/${index}`;
}

export function identityOf(facts: Sandbox, role: string): SandboxIdentity {
  const found = facts.identities.find((candidate) => candidate.role === role);
  if (found === undefined) throw new Error(`the sandbox has no ${role}`);
  return found;
}

type Ask = (path: string, headers: Record<string, string>, form?: Record<string, string>) => Promise<PageAnswer>;

async function pagesOf(
  facts: Sandbox,
  ask: Ask,
  signIn: (identity: SandboxIdentity) => Promise<string>,
): Promise<BenchPage[]> {
  const cookieOf = async (role: string) => ({ Cookie: `${COOKIE}=${await signIn(identityOf(facts, role))}` });
  const [doctor, operator] = [await cookieOf('doctor'), await cookieOf('aslOperator')];
  const page = async (name: PageName, path: string, expected: string, headers = {}): Promise<BenchPage> => {
    const { status, body, type } = await ask(path, headers);
    if (status !== 200 || !body.includes(expected)) throw new Error(`${path}: ${status}, without «${expected}»`);
    return { name, url: facts.portal + path, headers, body, type };
  };
  const list = '/medico/proprio/assistiti';
  await ask(list, doctor, { pagina: '2' });
  return [
    await page('start page', '/', 'href="/accesso"'),
    await page('sign-in page', '/accesso', 'name="pincode"'),
    await page('list of 1 500 patients, read', list, '1500', doctor),
    await page('list of 1 500 patients, next page', `${list}?cerca`, '2 di 30', doctor),
    await page('list of 1 500 patients, file', `${list}.csv`, 'codice_fiscale;', doctor),
    await page('200 tests', '/medico/proprio/test', `${TESTS} test`, doctor),
    await page('numbers of an ASL’s doctors, file', '/asl/scambio-file/numero-assistiti.csv', ';1500', operator),
  ];
}

const COOKIE = '__Host-sessione';

/** Over kept-alive connections, a few at a time. */
function visitorOf(facts: Sandbox): Ask {
  const agent = new Agent({ keepAlive: true, maxSockets: 8, ca: readFileSync(facts.ca) });
  return (path, headers, form) =>
    new Promise((resolve, reject) => {
      const isForm = form !== undefined;
      const ofForm = { 'Content-Type': 'application/x-www-form-urlencoded', 'Sec-Fetch-Site': 'same-origin' };
      const outgoing = request(
        facts.portal + path,
        { agent, method: isForm ? 'POST' : 'GET', headers: { ...headers, ...(isForm ? ofForm : {}) } },
        (incoming) => {
          const cookie = incoming.headers['set-cookie']?.[0] ?? '';
          const token = new RegExp(`^${COOKIE}=([^;]+)`).exec(cookie)?.[1];
          const { statusCode: status = 0, headers: answered } = incoming;
          text(incoming).then((body) => {
            resolve({ status, token, type: answered['content-type'] ?? '', body });
          }, reject);
        },
      );
      outgoing.on('error', reject).end(isForm ? new URLSearchParams(form).toString() : undefined);
    });
}

function addTests(ownerUrl: string, { codiceFiscale }: SandboxIdentity): Promise<unknown> {
  return asOwner(ownerUrl, (client) =>
    client.query(
      `INSERT INTO screening.test_submission (transaction_id, titular, doctor, person, executed_on, communicated_at)
       SELECT ${NEXT_TRANSACTION_ID}, $1, $1, p.identifier, current_date - (row_number() OVER () % 25)::integer, now()
       FROM registry.person p JOIN roster.listed_person l ON l.person = p.identifier
       WHERE p.doctor = $1 AND p.status = 'in_care' LIMIT $2`,
      [codiceFiscale, TESTS],
    ),
  );
}
