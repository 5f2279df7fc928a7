/** [S-2] Every page by every method for every caller, generated from the list of pages and the policy. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ROLES } from '../../src/auth/index.js';
import type { AccountRole, OperationName } from '../../src/auth/index.js';
import { isPermitted } from '../../src/auth/policy.js';
import type { Page } from '../../src/portal/index.js';
import { identitySettings } from '../support/identity.js';
import { startTestPortal } from '../support/portal.js';
import type { TestPortal, Visitor } from '../support/portal.js';
import { PAGES, VISITS, pathOf, rowsOf, signInOf, visit } from '../support/portal-pages.js';
import { citizenOf } from '../support/portal-work.js';

let portal: TestPortal;
beforeAll(async () => {
  portal = await startTestPortal(await identitySettings());
});
afterAll(() => portal.stop());

const isOfOperation = (page: Page): page is Page & { access: OperationName } =>
  page.access !== 'anybody' && page.access !== 'signed-in' && page.access !== 'citizen';

/** A person whose account and session have a role, whether or not that role permits the sign-in. */
async function actingAs(role: AccountRole | null): Promise<Visitor> {
  const { userId } = portal.account('coded');
  await portal.db.query(`UPDATE auth.account SET role = 'doctor' WHERE user_id = $1`, [userId]);
  const visitor = await portal.signedIn('coded');
  if (role !== null) await portal.db.query('UPDATE auth.account SET role = $2 WHERE user_id = $1', [userId, role]);
  await portal.db.query('UPDATE auth.session SET acting_as = $2 WHERE user_id = $1', [userId, role]);
  return visitor;
}

test('pages of operations exist for more than one role', () => {
  const operations = PAGES.filter(isOfOperation).map(({ access }) => access);
  expect(new Set(operations).size).toBeGreaterThan(8);
});

test('visitors without a session are redirected to sign in, and leave no row', async () => {
  for (const [what, method, page] of VISITS) {
    if (page.access === 'anybody') continue;
    const answer = await visit(portal.visitor(), method, pathOf(page));
    expect([what, answer.status, answer.location?.split('?')[0]]).toEqual([what, 303, signInOf(page)]);
    expect([what, await rowsOf(portal, answer)]).toEqual([what, []]);
  }
});

test('without a role the visitor must choose one first', async () => {
  for (const [what, method, page] of VISITS) {
    if (!isOfOperation(page)) continue;
    const answer = await visit(await actingAs(null), method, pathOf(page));
    expect([what, answer.status, answer.location]).toEqual([what, 303, '/accesso/profilo']);
  }
});

test('a session of an account opens no page of citizens, and the reverse', async () => {
  const [doctor, citizen] = [await portal.signedIn('doctor'), await citizenOf(portal)];
  for (const [what, method, page] of VISITS) {
    if (page.access === 'anybody') continue;
    const other = page.access === 'citizen' ? doctor : citizen;
    const answer = await visit(other, method, pathOf(page));
    expect([what, answer.status, answer.location?.split('?')[0]]).toEqual([what, 303, signInOf(page)]);
    expect([what, await rowsOf(portal, answer)]).toEqual([what, []]);
  }
});

test.each(ROLES)('%s: admitted to what the policy lists, refused and recorded elsewhere', async (role) => {
  const { userId, codiceFiscale } = portal.account('coded');
  for (const [what, method, page] of VISITS) {
    if (!isOfOperation(page)) continue;
    const caller = { kind: 'account', userId, codiceFiscale, capacity: { role }, method: 'password' } as const;
    const answer = await visit(await actingAs(role), method, pathOf(page));
    if (isPermitted(caller, page.access)) {
      const isLedAway = answer.location?.startsWith('/accesso') === true;
      expect([what, [200, 303, 400, 404, 422].includes(answer.status), isLedAway]).toEqual([what, true, false]);
    } else {
      expect([what, answer.status]).toEqual([what, 403]);
      expect([what, await rowsOf(portal, answer)]).toEqual([what, [{ operation: page.access, outcome: '1001' }]]);
    }
  }
});
