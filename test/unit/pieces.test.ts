/** Bytes that arrive in pieces: the stored bytes, and their memory. */
import { expect, test } from '@jest/globals';
import { Pieces } from '../../src/platform/pieces.js';

test.each([
  ['nothing', []],
  ['one piece', ['abc']],
  ['many', ['a', '', 'bcd', 'e']],
])('%s', (_title, texts) => {
  const pieces = new Pieces();
  for (const text of texts) pieces.add(Buffer.from(text));
  expect(pieces.length).toBe(texts.join('').length);
  expect(pieces.take().toString()).toBe(texts.join(''));
  expect([pieces.length, pieces.held]).toEqual([0, 0]);
});

test('takes at most twice the received bytes, whatever the pieces', () => {
  const pieces = new Pieces();
  for (let count = 1; count <= 300_000; count++) {
    pieces.add(Buffer.of(count % 251));
    if (pieces.held > Math.max(1_024, 2 * pieces.length)) throw new Error(`${pieces.held} for ${pieces.length}`);
  }
  const whole = pieces.take();
  expect(whole).toHaveLength(300_000);
  expect(whole.findIndex((byte, index) => byte !== (index + 1) % 251)).toBe(-1);
});

test('later additions do not change what was returned', () => {
  const pieces = new Pieces();
  const first = Buffer.from('abc');
  pieces.add(first);
  pieces.add(Buffer.from('def'));
  first.fill('x');
  expect(pieces.take().toString()).toBe('abcdef');
});
