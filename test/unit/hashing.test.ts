/** Secrets at rest: salted, of a stated cost, verified in the form they were written. */
import { expect, test } from '@jest/globals';
import { hashSecret, unmatchableHash, verifySecret } from '../../src/auth/hashing.js';

const cheap = { ln: 4, r: 8, p: 1 };

test('verifies what it hashed and nothing else', async () => {
  const stored = await hashSecret('segreto', cheap);
  expect(await verifySecret('segreto', stored)).toBe(true);
  for (const wrong of ['Segreto', 'segreto ', '', 'segret']) expect(await verifySecret(wrong, stored)).toBe(false);
});

test('equal secrets have different hashes', async () => {
  expect(await hashSecret('segreto', cheap)).not.toBe(await hashSecret('segreto', cheap));
});

test('letters count the same composed and decomposed', async () => {
  expect(await verifySecret('caffe\u0300', await hashSecret('caff\u00e8', cheap))).toBe(true);
});

test('the cost is stored, so that it can rise: the default one is OWASP’s', async () => {
  expect(await hashSecret('x')).toMatch(/^\$scrypt\$ln=14,r=8,p=5\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
  expect(await verifySecret('x', await hashSecret('x', { ln: 5, r: 4, p: 2 }))).toBe(true);
});

test('the hash of nobody has the same cost and matches nothing', async () => {
  const cost = (hash: string) => /^\$scrypt\$([^$]+)\$/.exec(hash)?.[1];
  expect(cost(unmatchableHash())).toBe(cost(await hashSecret('x')));
  expect(await verifySecret('', unmatchableHash())).toBe(false);
});

test.each(['', 'segreto', '$2b$10$abcdefghijklmnopqrstuv', '$scrypt$ln=14,r=8$a$b'])(
  '«%s» is no stored hash: an error, not a refusal',
  async (stored) => {
    await expect(verifySecret('segreto', stored)).rejects.toThrow('not a scrypt hash');
  },
);
