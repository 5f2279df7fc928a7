/** Stored secrets: both in one hash, salted, with a stated cost; and the pair of hashes of former releases. */
import { expect, test } from '@jest/globals';
import { hashSecrets, unmatchableHash, verifySecrets } from '../../src/auth/hashing.js';
import { cheapHash } from '../support/people.js';
import { formerPair } from '../support/former-secrets.js';

const one = (secretHash: string) => ({ secretHash, pair: undefined });

test('verifies what it hashed and nothing else', async () => {
  const stored = one(await hashSecrets('segreto', '0123456789', cheapHash));
  expect(await verifySecrets('segreto', '0123456789', stored)).toBe(true);
  for (const [password, pincode] of [
    ['Segreto', '0123456789'],
    ['segreto ', '0123456789'],
    ['', '0123456789'],
    ['segreto', '0123456788'],
    ['segreto', ''],
    ['0123456789', 'segreto'],
    ['segreto0', '123456789'],
    ['segreto","0123456789', ''],
  ] as const) {
    expect([password, pincode, await verifySecrets(password, pincode, stored)]).toEqual([password, pincode, false]);
  }
});

test('equal secrets have different hashes', async () => {
  expect(await hashSecrets('segreto', '1', cheapHash)).not.toBe(await hashSecrets('segreto', '1', cheapHash));
});

test('composed and decomposed letters are equal', async () => {
  expect(await verifySecrets('caffe\u0300', '1', one(await hashSecrets('caff\u00e8', '1', cheapHash)))).toBe(true);
});

test('the cost is stored, so that it can be raised: the default is OWASP’s', async () => {
  const stored = await hashSecrets('x', '1');
  expect(stored).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
  expect(await verifySecrets('x', '1', one(stored))).toBe(true);
});

test('the hash without an owner has the same cost and matches nothing', async () => {
  const cost = (hash: string) => /^\$argon2id\$v=19\$([^$]+)\$/.exec(hash)?.[1];
  expect(cost(unmatchableHash())).toBe(cost(await hashSecrets('x', '1')));
  expect(unmatchableHash()).toHaveLength((await hashSecrets('x', '1')).length);
  expect(await verifySecrets('', '', one(unmatchableHash()))).toBe(false);
});

test.each([
  '',
  'segreto',
  '$2b$10$abcdefghijklmnopqrstuv',
  '$scrypt$ln=14,r=8$a$b',
  '$argon2id$v=19$m=64,t=1,p=1$AA$AA',
])('«%s» is not a stored hash: an error, not a refusal', async (stored) => {
  await expect(verifySecrets('segreto', '1', one(stored))).rejects.toThrow();
  await expect(
    verifySecrets('segreto', '1', { secretHash: null, pair: { passwordHash: stored, pincodeHash: stored } }),
  ).rejects.toThrow('not a scrypt hash');
});

test('both hashes of the former pair are verified; if the single hash exists, the pair does not count', async () => {
  const pair = formerPair('segreto', '123');
  const former = { secretHash: null, pair };
  expect(await verifySecrets('segreto', '123', former)).toBe(true);
  expect(await verifySecrets('segreto', '124', former)).toBe(false);
  expect(await verifySecrets('segreta', '123', former)).toBe(false);
  const both = { secretHash: await hashSecrets('nuovo', '456', cheapHash), pair };
  expect(await verifySecrets('segreto', '123', both)).toBe(false);
  expect(await verifySecrets('nuovo', '456', both)).toBe(true);
  await expect(verifySecrets('segreto', '123', { secretHash: null, pair: undefined })).rejects.toThrow();
});
