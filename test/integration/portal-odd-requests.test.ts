/**
 * Requests that no browser sends from our pages: every page refuses them with a page, changes nothing and keeps
 * working.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { identitySettings } from '../support/identity.js';
import { OWN_FORM, startTestPortal } from '../support/portal.js';
import type { Fields, PageAnswer, TestPortal } from '../support/portal.js';
import { PAGES } from '../support/portal-pages.js';
import { workOf } from '../support/portal-work.js';
import type { Work } from '../support/portal-work.js';

let portal: TestPortal;
let work: Work;
beforeAll(async () => {
  portal = await startTestPortal(await identitySettings());
  portal.setNow(new Date('2027-05-10T10:00:00Z'));
  work = await workOf(portal);
});
afterAll(() => portal.stop());

const fields = (number: number) => Array.from({ length: number }, (_, n) => `f${n}=1`).join('&');

const ODD_FORMS: readonly (readonly [string, number, string | Buffer, Fields])[] = [
  ['a field twice', 400, 'assistito=A&assistito=B', {}],
  ['a list', 400, 'assistito[]=A&assistito[]=B', {}],
  ['a field twice, once encoded', 400, 'assistito=A&%61ssistito=B', {}],
  ['10 000 fields', 413, fields(10_000), {}],
  ['501 fields', 400, fields(501), {}],
  ['a field of 1 MB', 413, `assistito=${'A'.repeat(1_000_000)}`, {}],
  ['a name of 70 kB', 413, `${'A'.repeat(70_000)}=1`, {}],
  ['a NUL', 400, 'assistito=%00', {}],
  ['a NUL in a name', 400, 'a%00=1', {}],
  ['bytes that are no UTF-8', 400, Buffer.from('assistito=\xff\xfe', 'latin1'), {}],
  ['escapes that are no UTF-8', 400, 'assistito=%ff%fe', {}],
  ['half a surrogate', 400, 'assistito=%ED%A0%80', {}],
  ['another type', 415, '{}', { 'Content-Type': 'application/json' }],
  ['XML', 415, '<a/>', { 'Content-Type': 'text/xml' }],
  ['parts', 415, '--x--', { 'Content-Type': 'multipart/form-data; boundary=x' }],
  ['a compressed form', 415, 'assistito=A', { 'Content-Encoding': 'gzip' }],
];

const ODD_QUERIES: readonly (readonly [string, string])[] = [
  ['a parameter twice', 'dal-giorno=1&dal-giorno=2'],
  ['a list', 'cerca[]=1&cerca[]=2'],
  ['501 parameters', fields(501)],
  ['a NUL', 'ritorno=%00'],
  ['escapes that are no UTF-8', 'ritorno=%ff'],
];

/** A digest of every row of what visits may change, but of when a session was seen and of which files were taken. */
async function changes(): Promise<readonly unknown[]> {
  const tables = await portal.db.query<{ name: string }[]>(
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
     WHERE schemaname IN ('auth', 'screening', 'asl', 'roster', 'registry') AND (schemaname, tablename) <> ('asl', 'download')
     ORDER BY 1`,
  );
  return Promise.all(
    tables.map(async ({ name }) => {
      const [row] = await portal.db.query<{ rows: string; digest: string | null }[]>(
        `SELECT count(*) AS rows, md5(string_agg(one, '' ORDER BY one)) AS digest
         FROM (SELECT (to_jsonb(t) - 'last_seen_at')::text AS one FROM ${name} t) AS all_rows`,
      );
      return { name, ...row };
    }),
  );
}

function expectPage(answer: PageAnswer): void {
  expect(answer.text).toContain(String(answer.headers['x-request-id']));
  expect(answer.headers['content-security-policy']).toContain("default-src 'none'");
}

describe.each(ODD_FORMS)('a form with %s is answered %i', (_, status, body, headers) => {
  test('by every page', async () => {
    const before = await changes();
    for (const page of PAGES.filter(({ post }) => post !== undefined)) {
      const { visitor, path } = work.opened(page);
      const answer = await visitor.send('POST', path, { ...OWN_FORM, ...headers }, body);
      // A provider's form may be as long as its message: it is read, and refused for another reason.
      const isLongOnly = page.isForProviders === true && status === 413 && body.length < 256 * 1024;
      if (isLongOnly) expect([page.path, [200, 400, 403].includes(answer.status)]).toEqual([page.path, true]);
      else expect([page.path, answer.status]).toEqual([page.path, status]);
      if (answer.status >= 400) expectPage(answer);
    }
    expect(await changes()).toEqual(before);
  });
});

test.each(ODD_QUERIES)('a URL with %s is answered 400 by every page', async (_, query) => {
  const before = await changes();
  for (const page of PAGES.filter(({ get }) => get !== undefined)) {
    const { visitor, path } = work.opened(page);
    const answer = await visitor.get(`${path}?${query}`);
    expect([page.path, answer.status]).toEqual([page.path, 400]);
    expectPage(answer);
  }
  expect(await changes()).toEqual(before);
});

test('a URL of 10 000 parameters ends only its connection', async () => {
  const answer = await work.doctor.get(`/medico?${fields(10_000)}`);
  expect(answer.status).toBe(431);
  expect((await work.doctor.get('/medico')).status).toBe(200);
});

test('opening every page changes nothing', async () => {
  await work.doctor.get('/medico/sostituti'); // shown once after an act
  const before = await changes();
  for (const page of PAGES.filter(({ get }) => get !== undefined)) {
    const { visitor, path } = work.opened(page);
    for (const method of ['GET', 'HEAD']) {
      const { status } = await visitor.send(method, path, {
        Origin: 'https://evil.example',
        'Sec-Fetch-Site': 'cross-site',
      });
      expect([page.path, status < 500]).toEqual([page.path, true]);
    }
  }
  expect(await changes()).toEqual(before);
});

test('a form by GET is not accepted', async () => {
  const before = await changes();
  for (const page of PAGES.filter(({ post, get }) => post !== undefined && get === undefined)) {
    const { visitor, path } = work.opened(page);
    expect([page.path, (await visitor.get(path)).status]).toEqual([page.path, 405]);
  }
  expect(await changes()).toEqual(before);
});
