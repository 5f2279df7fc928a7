/**
 * [O-4] After complete journeys nothing of them is left but in the register of consents: not in the TS database with its
 * sessions, nor in logs, figures, files, addresses or cookies. And who may open which page.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { portalPages } from '../../src/portal/index.js';
import type { PortalOptions } from '../../src/portal/index.js';
import { getPage } from '../support/post.js';
import { pathOf, visit } from '../support/portal-pages.js';
import type { Visitor } from '../support/portal.js';
import { CITIZEN, FREE, acknowledge, checked, expressed, oppositionPortal } from './portal-opposition-fixture.js';
import type { CardData, OppositionPortal } from './portal-opposition-fixture.js';

let place: OppositionPortal;
let people: CardData[];
let decisions: string[];
/** Every address that a browser was at or was sent to, and every cookie. */
const addresses: string[] = [];
let filesBefore: Set<string>;

beforeAll(async () => {
  filesBefore = new Set(filesIn(tmpdir()));
  place = await oppositionPortal();
  people = [await place.person(), await place.person()];
  const [citizen, holder] = people as [CardData, CardData];
  for (const [visitor, base] of [
    [await place.citizen(citizen.subject), CITIZEN],
    [await place.holder(holder), FREE],
  ] as const) {
    const noted = noting(visitor);
    for (const value of ['opposition', 'revocation', 'opposition']) {
      const done = await expressed(noted, base, value);
      expect(done.status).toBe(303);
      for (const path of [done.location ?? '', `${done.location ?? ''}/ricevuta.pdf`]) {
        expect((await noted.get(path)).status).toBe(200);
      }
    }
    // A refusal, and a form that is left at the check.
    await acknowledge(noted, base);
    await checked(noted, base, 'revocation');
    await noted.post(`${base}/conferma`, { scelta: 'opposition', visita: 'x', registra: '1' });
    await noted.get('/cittadino');
  }
  decisions = (await Promise.all(people.map(({ subject }) => place.decisions(subject)))).flat().map(({ id }) => id);
}, 120_000);
afterAll(() => place.stop());

/** Notes the addresses and cookies that pass. */
function noting(visitor: Visitor): Visitor {
  const note = async (path: string, answer: ReturnType<Visitor['get']>) => {
    const done = await answer;
    addresses.push(path, done.location ?? '', JSON.stringify(done.headers['set-cookie'] ?? ''));
    return done;
  };
  return {
    ...visitor,
    get: (path) => note(path, visitor.get(path)),
    post: (path, fields) => note(path, visitor.post(path, fields)),
  };
}

function filesIn(folder: string): string[] {
  return readdirSync(folder)
    .map((name) => join(folder, name))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true);
}

const VALUE = /opposi(?:tion|zione)|revo(?:ca|cation)/i;

/** The rows of the TS database, by table: as text, and what is hexadecimal in them read as text too. */
async function rowsOfTs(): Promise<{ readonly table: string; readonly text: string }[]> {
  const tables = await place.portal.db.query<{ name: string }[]>(
    `SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) AS name FROM pg_tables
     WHERE schemaname NOT IN ('pg_catalog', 'information_schema', 'registry', 'public')`,
  );
  const found = [];
  for (const { name } of tables) {
    const rows = await place.portal.db.query<{ text: string }[]>(`SELECT t::text AS text FROM ${name} t`);
    found.push(...rows.map(({ text }) => ({ table: name, text: readable(text) })));
  }
  return found;
}

const readable = (text: string): string =>
  text.replace(/\\x((?:[0-9a-f]{2})+)/g, (_, hex: string) => Buffer.from(hex, 'hex').toString('latin1'));

/** What tells of a person, or of a choice, in a text. */
function traces(text: string): string[] {
  return [...people.map(({ subject }) => subject), ...people.map(({ number }) => number)]
    .filter((secret) => text.includes(secret))
    .concat(VALUE.exec(text)?.[0] ?? []);
}

test('all journeys were recorded in the register', () => {
  expect(decisions).toHaveLength(6);
});

test('the TS database holds neither a person nor a choice, sessions included', async () => {
  const rows = await rowsOfTs();
  expect(rows.filter(({ table }) => table === 'auth.citizen_session').length).toBeGreaterThan(0);
  expect(rows.filter(({ text }) => traces(text).length > 0)).toEqual([]);
});

test('the search would find a choice in a session, in clear or as bytes', async () => {
  const { subject = '' } = people[0] ?? {};
  for (const [column, value] of [
    ['codice_fiscale', subject],
    ['notice', Buffer.from('{"choice":"opposition"}')],
  ] as const) {
    await place.portal.db.query(`UPDATE auth.citizen_session SET ${column} = $1`, [value]);
    const found = (await rowsOfTs()).filter(({ text }) => traces(text).length > 0);
    expect(found.map(({ table }) => table)).toContain('auth.citizen_session');
    await place.portal.db.query(`UPDATE auth.citizen_session SET ${column} = NULL`);
  }
});

test('neither do the log, the figures, addresses and cookies, but for the names of pages', async () => {
  const lines = place.portal.lines();
  expect(lines.length).toBeGreaterThan(20);
  const figures = await getPage(`${place.portal.opsUrl}/metrics`);
  for (const text of [...lines, ...figures.text.split('\n').filter((line) => !line.startsWith('#')), ...addresses]) {
    const withoutPages = text.replace(/\/(?:cittadino|libera|servizi)\/opposizione|revocation-lists/g, '');
    expect([text, traces(withoutPages)]).toEqual([text, []]);
  }
});

test('no receipt is a file', () => {
  const made = filesIn(tmpdir()).filter((path) => !filesBefore.has(path));
  expect(made.filter((path) => readFileSync(path).includes('%PDF-'))).toEqual([]);
});

test('the register’s own log tells what was done, and of whom and what nothing', async () => {
  const [row] = await place.consent.query<[{ text: string }]>(
    `SELECT string_agg(l::text, ' ') AS text FROM audit.access_log l`,
  );
  expect(row.text).toContain('opposition-express');
  expect(people.filter(({ subject }) => row.text.includes(subject))).toEqual([]);
  expect(row.text).not.toMatch(/revocation|already-opposed|nothing-to-revoke/);
});

test('[S-2] every page by every method for every caller', async () => {
  const options = { doctor: {}, asl: {}, identity: {}, card: {}, opposition: {}, takesCitizens: true };
  const pages = portalPages(options as unknown as PortalOptions).filter(
    ({ access, path }) => access === 'citizen' || access === 'free-area' || path.startsWith(FREE),
  );
  expect(pages.length).toBeGreaterThan(12);
  const [one] = people;
  if (one === undefined) throw new Error('nobody');
  const callers = {
    nobody: () => Promise.resolve(place.portal.visitor()),
    doctor: () => place.portal.signedIn('doctor'),
    aslOperator: () => place.portal.signedIn('aslOperator'),
    citizen: () => place.citizen(one.subject),
    holder: () => place.holder(one),
  };
  for (const [caller, enter] of Object.entries(callers)) {
    const visitor = await enter();
    for (const page of pages) {
      const home = page.access === 'citizen' ? '/accesso/spid' : FREE;
      const isAdmitted =
        page.access === 'anybody' || (page.access === 'citizen' ? caller === 'citizen' : caller === 'holder');
      for (const method of ['GET', 'POST'] as const) {
        if (page[method === 'GET' ? 'get' : 'post'] === undefined) continue;
        const what = `${caller} ${method} ${page.path}`;
        const answer = await visit(visitor, method, pathOf(page));
        const isLedAway = answer.location?.split('?')[0] === home && page.path !== home;
        expect([what, isLedAway]).toEqual([what, !isAdmitted]);
        if (isAdmitted) expect([what, [200, 303, 400, 404, 422].includes(answer.status)]).toEqual([what, true]);
      }
    }
  }
});
