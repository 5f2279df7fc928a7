/** The traces of a visit: its row in the access log, and no input in the application's log and metrics [S-3] [S-7]. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { identitySettings } from '../support/identity.js';
import { OWN_FORM, startTestPortal } from '../support/portal.js';
import type { TestPortal } from '../support/portal.js';
import { PAGES, VISITS, pathOf, visit } from '../support/portal-pages.js';
import { dayFields, workOf } from '../support/portal-work.js';
import type { Work } from '../support/portal-work.js';

let portal: TestPortal;
let work: Work;
beforeAll(async () => {
  portal = await startTestPortal(await identitySettings());
  portal.setNow(new Date('2027-05-10T10:00:00Z'));
  work = await workOf(portal);
});
afterAll(() => portal.stop());

/** They show a form, its input, or links: no data were read for them. */
const OF_NO_DATA = [
  ...[
    '/profilo/password',
    '/profilo/pincode',
    '/profilo/email',
    '/accesso/profilo',
    '/sessione',
    '/cittadino',
    '/medico/:elenco/test/nuovo',
    '/medico/:elenco/test/conferma',
  ],
  ...[
    '/medico/:elenco/test/piu/conferma',
    '/medico/sostituti/nuovo',
    '/medico/sostituti/conferma',
    '/asl/scambio-file',
    '/asl/test/nuovo',
    '/asl/test/conferma',
  ],
];

const INTERVAL = new URLSearchParams({
  ...dayFields('dal', '2027-05-01'),
  ...dayFields('al', '2027-05-09'),
  modulo: randomUUID(),
}).toString();

test.each(
  PAGES.filter(({ get, access }) => get !== undefined && access !== 'anybody').map(
    (page) => [page.path, page] as const,
  ),
)('%s leaves a row with a transaction and its request, or shows no personal data', async (_, page) => {
  const { visitor, path } = work.opened(page);
  const answer = await visitor.get(`${path}?${INTERVAL}`);
  expect([200, 303]).toContain(answer.status);
  const rows = await portal.db.query<unknown[]>(
    `SELECT operation, outcome, method, user_id IS NOT NULL AS "hasUser", host(client_address) AS address
     FROM audit.access_log WHERE request_id = $1 AND transaction_id > 0`,
    [answer.headers['x-request-id']],
  );
  if (OF_NO_DATA.includes(page.path)) return;
  expect(rows).toContainEqual({
    ...{ operation: expect.any(String), outcome: expect.stringMatching(/^0000$|^changed$/) },
    ...{ method: 'password', hasUser: true, address: '127.0.0.1' },
  });
});

const CANARY = 'Zxcanarino';

test('no input gets into the log or the metrics, wherever it is', async () => {
  const names = new Set([
    'ritorno',
    'cerca',
    'utente',
    'password',
    'pincode',
    'assistito',
    'sostituto',
    'numero',
    'sessione',
  ]);
  for (const [, method, page] of VISITS) {
    const { visitor, path } = work.opened(page);
    const found = method === 'GET' ? (await visitor.open(path)).text.matchAll(/\sname="([^"]+)"/g) : [];
    for (const [, name = ''] of found) names.add(name);
  }
  const fields = Object.fromEntries([...names].map((name) => [name, CANARY]));
  const query = new URLSearchParams(fields).toString();
  const headers = {
    ...{ 'User-Agent': CANARY, Referer: `${portal.url}/${CANARY}`, 'Accept-Language': CANARY, 'X-Request-Id': CANARY },
    ...{ 'X-Forwarded-For': CANARY, Forwarded: `for=${CANARY}`, Authorization: `Basic ${CANARY}` },
  };
  for (const [, method, page] of VISITS) {
    const { visitor, path } = work.opened(page);
    const who = page.access === 'anybody' ? portal.visitor() : visitor;
    const body = method === 'POST' ? query : undefined;
    await who.send(method, `${path}?${query}`, { ...(method === 'POST' ? OWN_FORM : {}), ...headers }, body);
    await visit(who, method, pathOf(page, { elenco: CANARY, numero: CANARY }));
  }
  const stranger = portal.visitor();
  stranger.setToken(`${CANARY}${'A'.repeat(43 - CANARY.length)}`);
  await stranger.get(`/${CANARY}/%zz?${CANARY}`);
  await stranger.send(`GET`, `/medico/${CANARY}`, headers);
  const figures = await (await fetch(`${portal.opsUrl}/metrics`)).text();
  expect(portal.lines().length).toBeGreaterThan(2 * VISITS.length);
  expect(portal.lines().filter((line) => line.includes(CANARY))).toEqual([]);
  expect(figures).not.toContain(CANARY);
});

test('an unforeseen error is logged without the input', async () => {
  await portal.db.query('ALTER TABLE screening.test_submission RENAME TO away');
  try {
    const form = { assistito: work.person, ...dayFields('eseguito', '2027-05-04') };
    const answer = await work.doctor.post('/medico/proprio/test/conferma', form);
    expect(answer.status).toBe(500);
    const id = String(answer.headers['x-request-id']);
    expect(answer.text).toContain(id);
    const lines = portal.lines().filter((line) => line.includes(id));
    expect(lines.some((line) => line.includes('page failed'))).toBe(true);
    expect(lines.filter((line) => line.includes(work.person))).toEqual([]);
  } finally {
    await portal.db.query('ALTER TABLE screening.away RENAME TO test_submission');
  }
});

test('the access log contains no secret', async () => {
  const { password, pincode } = portal.account('doctor');
  const [row] = await portal.db.query<[{ text: string }]>(
    `SELECT string_agg(l::text, ' ') AS text FROM audit.access_log l`,
  );
  for (const secret of [password, pincode, work.doctor.token() ?? '', work.person]) {
    expect(secret).not.toBe('');
    expect(row.text.includes(secret)).toBe(false);
  }
});
