/** Decryption of the pincode: both paddings, variants in use, and no answer that reveals a wrong padding. */
import { expect, test } from '@jest/globals';
import { constants, generateKeyPairSync, publicEncrypt, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { pincodeDecryption } from '../../src/auth/pincode.js';

const pemOf = (pair: { privateKey: KeyObject }) => pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
const { publicKey } = pair;
const decrypt = pincodeDecryption(pemOf(pair));

const raw = (block: Buffer) =>
  publicEncrypt({ key: publicKey, padding: constants.RSA_NO_PADDING }, block).toString('base64');
const pkcs1 = (plain: string) =>
  publicEncrypt({ key: publicKey, padding: constants.RSA_PKCS1_PADDING }, Buffer.from(plain)).toString('base64');
const oaep = (plain: string, oaepHash: string) =>
  publicEncrypt({ key: publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash }, Buffer.from(plain)).toString(
    'base64',
  );

/** A block of PKCS#1 v1.5 with this many bytes of padding. */
function block(start: readonly number[], padding: number, plain: string): Buffer {
  const rest = 256 - start.length - padding - 1 - plain.length;
  return Buffer.concat([
    Buffer.from(start),
    Buffer.alloc(padding, 7),
    Buffer.from([0]),
    Buffer.from(plain),
    Buffer.alloc(rest, 65),
  ]);
}

test.each(['1234567890', '1', 'con spazio', '0'.repeat(40)])('«%s» with either padding', (pincode) => {
  expect(decrypt(pkcs1(pincode), 'RSA-PKCS1-V1_5')).toBe(pincode);
  expect(decrypt(oaep(pincode, 'sha256'), 'RSA-OAEP')).toBe(pincode);
  expect(decrypt(oaep(pincode, 'sha1'), 'RSA-OAEP')).toBe(pincode);
});

test.each(['1234\n', '1234\r\n', '1234 \t\n'])('trailing white space does not count: %j', (plain) => {
  expect(decrypt(pkcs1(plain), 'RSA-PKCS1-V1_5')).toBe('1234');
});

test('white space in the base64 does not count', () => {
  expect(decrypt(pkcs1('1234').replace(/(.{64})/g, '$1\n '), 'RSA-PKCS1-V1_5')).toBe('1234');
});

test('an empty plaintext is an empty pincode, which no hash matches', () => {
  expect(decrypt(pkcs1(''), 'RSA-PKCS1-V1_5')).toBe('');
});

test('the shortest padding of RFC 8017 is accepted, one byte less is not', () => {
  const short = (padding: number) => decrypt(raw(block([0, 2], padding, '1234')), 'RSA-PKCS1-V1_5');
  expect(short(8)).toMatch(/^1234A+$/);
  expect(short(7)).not.toContain('1234');
});

test.each([
  ['first byte not 0', () => raw(block([1, 2], 20, '1234'))],
  ['block type 1', () => raw(block([0, 1], 20, '1234'))],
  ['no separator', () => raw(Buffer.concat([Buffer.from([0, 2]), Buffer.alloc(254, 7)]))],
  ['random bytes', () => randomBytes(256).toString('base64')],
  ['a short block', () => Buffer.from('1234').toString('base64')],
  ['a block longer than the key', () => randomBytes(400).toString('base64')],
  ['greater than the modulus', () => Buffer.alloc(256, 0xff).toString('base64')],
  ['nothing', () => ''],
  ['not base64', () => '%%%'],
])('%s: another random text each time, never an error', (_title, make) => {
  const encrypted = make();
  for (const algorithm of ['RSA-PKCS1-V1_5', 'RSA-OAEP'] as const) {
    const first = decrypt(encrypted, algorithm);
    expect(first.length).toBeGreaterThan(10);
    expect(decrypt(encrypted, algorithm)).not.toBe(first);
  }
});

test('a weak key, or one that is not RSA, is refused at start', () => {
  const weak = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  expect(() => pincodeDecryption(pemOf(weak))).toThrow('at least 2048');
  expect(() => pincodeDecryption(pemOf(ec))).toThrow('must be RSA');
});
