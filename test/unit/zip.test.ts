/** Encrypted archives, verified by 7-Zip. */
import { describe, expect, test } from '@jest/globals';
import { encryptedZip, generatePassword } from '../../src/platform/zip/index.js';
import { listedBySevenZip, openedBySevenZip } from '../support/seven-zip.js';

const entries = [
  { name: 'uno.csv', content: Buffer.from('a;b\nè;2\n') },
  { name: 'due.csv', content: Buffer.from('riga\n'.repeat(10_000)) },
];
const at = new Date('2026-11-22T10:15:00Z');

describe('an encrypted archive', () => {
  test('is opened by 7-Zip with its password, completely', async () => {
    const password = generatePassword();
    const { isWhole, files } = await openedBySevenZip(await encryptedZip(entries, password, at), password);
    expect(isWhole).toBe(true);
    expect(files).toEqual({ 'uno.csv': 'a;b\nè;2\n', 'due.csv': 'riga\n'.repeat(10_000) });
  });

  test('is AES-256 and nothing weaker, in every entry', async () => {
    const said = await listedBySevenZip(await encryptedZip(entries, 'parola', at));
    const methods = said.split('\n').filter((line) => line.startsWith('Method = '));
    expect(methods).toHaveLength(entries.length);
    for (const method of methods) expect(method).toMatch(/^Method = AES-256 Deflate/);
  });

  test('does not open with another password', async () => {
    const { isWhole, said, files } = await openedBySevenZip(await encryptedZip(entries, 'parola', at), 'Parola');
    expect(isWhole).toBe(false);
    expect(said).toContain('Wrong password');
    expect(Object.values(files).join('')).not.toContain('riga');
  });

  test('is never created without a password', async () => {
    await expect(encryptedZip(entries, '', at)).rejects.toThrow('password');
  });
});

test('passwords have 24 unambiguous characters, and do not repeat', () => {
  const passwords = Array.from({ length: 2_000 }, generatePassword);
  for (const password of passwords) expect(password).toMatch(/^[A-HJ-NP-Za-km-z2-9]{24}$/);
  for (const password of passwords) expect(password).not.toMatch(/[Ilo01O]/);
  expect(new Set(passwords).size).toBe(passwords.length);
  // Every character of the alphabet occurs: 48 000 draws of 56.
  expect(new Set(passwords.join('')).size).toBe(56);
});
