/** [T-60] The holder of an account reads each operation and outcome of his accesses in Italian, never a code. */
import { expect, test } from '@jest/globals';
import { POLICY, ROLES } from '../../src/auth/index.js';
import type { OperationName } from '../../src/auth/index.js';
import { OUTCOMES } from '../../src/dev/docs/events.js';
import { it } from '../../src/portal/texts/index.js';

const { accesses } = it;
const roles: readonly string[] = ROLES;
const OF_HOLDERS = (Object.keys(POLICY) as OperationName[]).filter(
  (name) => name.startsWith('account-') || Object.keys(POLICY[name].callers).some((kind) => roles.includes(kind)),
);

test.each(OF_HOLDERS)('%s', (name) => {
  expect(accesses.operationInWords(name)).not.toBe('Altra operazione');
  for (const outcome of OUTCOMES[name]) {
    const words = accesses.outcomeInWords(outcome, 1).replace('e-mail', 'posta');
    expect([outcome, words]).toEqual([outcome, expect.not.stringMatching(/[a-z]-[a-z]|[0-9]/)]);
    expect(words).not.toContain(outcome);
  }
});

test('of a former release’s words nothing is shown', () => {
  expect(accesses.operationInWords('some-operation')).toBe('Altra operazione');
  expect(accesses.outcomeInWords('some-word', 3)).toBe('non eseguita, 3 volte');
});
