/**
 * Guessing at the portal's sign-in page: what counts, who is locked out, and that the page reveals nothing about
 * accounts [T-1].
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { OWN_FORM, startTestPortal } from '../support/portal.js';
import type { Fields, PageAnswer, TestPortal } from '../support/portal.js';
import { saidBy } from '../support/portal-pages.js';

const GUESSER = '203.0.113.66';
const PRACTICE = '198.51.100.20';

let portal: TestPortal;
beforeAll(async () => {
  portal = await startTestPortal({ trustedProxies: ['127.0.0.1'] });
});
beforeEach(async () => {
  portal.setNow(new Date());
  await portal.db.query('DELETE FROM auth.sign_in_attempt');
});
afterAll(() => portal.stop());

function secrets(over: Fields = {}): Fields {
  const { userId, password, pincode } = portal.account('doctor');
  return { utente: userId, password, pincode, ...over };
}

function signIn(from: string, over: Fields = {}): Promise<PageAnswer> {
  const body = new URLSearchParams(secrets(over)).toString();
  return portal.visitor().send('POST', '/accesso', { ...OWN_FORM, 'X-Forwarded-For': from }, body);
}

const WRONG: readonly (readonly [string, Fields])[] = [
  ['a wrong password', { password: 'sbagliata' }],
  ['a wrong pincode with the right password', { pincode: '0000000000' }],
  ['both wrong', { password: 'sbagliata', pincode: '0000000000' }],
];

describe.each(WRONG)('after six times %s', (_, wrong) => {
  test('the guesser is locked out with the correct secrets too, with the same page; the owner is not', async () => {
    const answers: PageAnswer[] = [];
    for (let attempt = 0; attempt < 6; attempt++) answers.push(await signIn(GUESSER, wrong));
    answers.push(await signIn(GUESSER));
    expect(new Set(answers.map(saidBy)).size).toBe(1);
    expect(answers[0]?.status).toBe(401);
    expect((await signIn(PRACTICE)).status).toBe(303);
    portal.setNow(new Date(Date.now() + 31_000));
    expect((await signIn(GUESSER)).status).toBe(303);
  });
});

test('a form with an empty field is not an attempt', async () => {
  for (let attempt = 0; attempt < 8; attempt++) expect((await signIn(GUESSER, { pincode: '' })).status).toBe(400);
  expect((await signIn(GUESSER)).status).toBe(303);
});

test('unknown, suspended, locked and wrong get one answer: text, status and header fields', async () => {
  const { userId, password, pincode } = portal.account('coded');
  await portal.db.query('UPDATE auth.account SET suspended_at = now() WHERE user_id = $1', [userId]);
  for (let attempt = 0; attempt < 6; attempt++) await signIn(GUESSER, { password: 'sbagliata' });
  try {
    const asked: Fields[] = [
      { utente: 'NESSUNO' },
      { utente: "' OR 1=1 --" },
      { utente: userId, password, pincode },
      { utente: userId, password: 'sbagliata' },
      {},
    ];
    const said = [];
    for (const over of asked) {
      const answer = await signIn(GUESSER, over);
      const { utente = '' } = secrets(over);
      const shown = utente.replaceAll('&', '&amp;');
      said.push([
        saidBy({ ...answer, text: answer.text.replaceAll(`value="${shown}"`, '') }),
        Object.keys(answer.headers).toSorted(),
      ]);
    }
    expect(new Set(said.map((one) => JSON.stringify(one))).size).toBe(1);
  } finally {
    await portal.db.query('UPDATE auth.account SET suspended_at = NULL WHERE user_id = $1', [userId]);
  }
});

test('each attempt is recorded with its address, without the input', async () => {
  const from = '203.0.113.67';
  await signIn(from, { password: 'la-parola-sbagliata' });
  const rows = await portal.db.query<{ text: string; outcome: string }[]>(
    `SELECT outcome, l::text AS text FROM audit.access_log l WHERE client_address = $1::inet`,
    [from],
  );
  expect(rows).toEqual([{ outcome: 'sign-in:credentials', text: expect.not.stringContaining('la-parola-sbagliata') }]);
});
