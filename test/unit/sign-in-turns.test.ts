/** Turns at the hash: an address gets its turn, however many messages others send. */
import { expect, test } from '@jest/globals';
import { SignInError } from '../../src/auth/errors.js';
import { createSignInTurns } from '../../src/auth/sign-in-turns.js';
import type { SignInTurns } from '../../src/auth/sign-in-turns.js';

/** Work that ends on request. */
function workshop(turns: SignInTurns) {
  const atWork: { name: string; finish: () => void }[] = [];
  const done: string[] = [];
  const busy: string[] = [];
  const settled = () => new Promise<void>((resolve) => setImmediate(resolve));
  return {
    done,
    busy,
    atWork: () => atWork.map(({ name }) => name),
    arrive(name: string, key = name, isKnown = false): void {
      const work = () =>
        new Promise<void>((finish) => {
          atWork.push({ name, finish });
        });
      turns.take(key, isKnown, work).then(
        () => {
          done.push(name);
        },
        (error: unknown) => {
          expect(error).toBeInstanceOf(SignInError);
          busy.push(name);
        },
      );
    },
    /** Ends the work in progress until nobody waits. */
    async drain(): Promise<readonly string[]> {
      await settled();
      while (atWork.length > 0) {
        for (const { finish } of atWork.splice(0)) finish();
        await settled();
      }
      return done;
    },
    async finishOne(): Promise<void> {
      await settled();
      atWork.shift()?.finish();
      await settled();
    },
    settled,
  };
}

const limits = { atWork: 1, waiting: 4, perKey: 10 };

test('turns rotate among addresses, not among messages', async () => {
  const shop = workshop(createSignInTurns({ ...limits, waiting: 20 }));
  for (const name of ['a1', 'a2', 'a3', 'b1', 'b2', 'c1']) shop.arrive(name, name.charAt(0));
  expect(await shop.drain()).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3']);
});

test('the key served longest ago, or never, goes first', async () => {
  const shop = workshop(createSignInTurns({ ...limits, waiting: 20 }));
  for (const name of ['a', 'b', 'c']) shop.arrive(name);
  await shop.drain();
  shop.arrive('at work');
  for (const name of ['c', 'b', 'new', 'a']) shop.arrive(name);
  expect(await shop.drain()).toEqual(['a', 'b', 'c', 'at work', 'new', 'a', 'b', 'c']);
});

test('in a full queue a newcomer displaces a key with more than its turn, and the one served last', async () => {
  const shop = workshop(createSignInTurns(limits));
  for (const name of ['a', 'b']) shop.arrive(name);
  await shop.drain();
  shop.arrive('at work');
  for (const name of ['a1', 'a2', 'b1', 'b2']) shop.arrive(name, name.charAt(0));
  shop.arrive('c');
  await shop.settled();
  expect(shop.busy).toEqual(['b2']);
  for (const name of ['d', 'e']) shop.arrive(name);
  await shop.settled();
  expect(shop.busy).toEqual(['b2', 'a2', 'b1']);
  shop.arrive('b3', 'b');
  await shop.settled();
  expect(shop.busy.at(-1)).toBe('b3');
  expect((await shop.drain()).slice(3)).toEqual(['c', 'd', 'e', 'a1']);
});

test('hundreds of addresses with many messages each: one more address is served within a round', async () => {
  const shop = workshop(createSignInTurns({ atWork: 2, waiting: 96, perKey: 16 }));
  const flood = () => {
    for (let index = 0; index < 300; index++) for (const n of [1, 2, 3]) shop.arrive(`${index}/${n}`, String(index));
  };
  flood();
  // After everybody had a turn, none of them precedes one who had none.
  for (let turn = 0; turn < 300; turn++) {
    await shop.finishOne();
    if (turn % 30 === 0) flood();
  }
  flood();
  shop.arrive('honest');
  flood();
  for (let turn = 0; turn < 3; turn++) await shop.finishOne();
  expect(shop.busy).not.toContain('honest');
  expect(shop.done).toContain('honest');
});

test('known callers have every second turn, whatever strangers do', async () => {
  const shop = workshop(createSignInTurns(limits));
  shop.arrive('at work');
  for (let index = 0; index < 50; index++) shop.arrive(`stranger ${index}`);
  for (const name of ['k1', 'k2', 'k3']) shop.arrive(name, name, true);
  await shop.settled();
  expect(shop.busy.filter((name) => name.startsWith('k'))).toEqual([]);
  const order = (await shop.drain()).map((name) => name.charAt(0)).join('');
  expect(order).toBe('akskskss');
});

test('one key has a maximum of places, waiting or being hashed; they are released', async () => {
  const shop = workshop(createSignInTurns({ atWork: 1, waiting: 50, perKey: 3 }));
  for (let round = 1; round <= 2; round++) {
    for (const n of [1, 2, 3, 4]) shop.arrive(`a${n}`, 'a');
    await shop.drain();
    expect(shop.busy).toEqual(Array<string>(round).fill('a4'));
    expect(shop.done).toHaveLength(3 * round);
  }
});

test('failing work releases its place, and rejects with its error', async () => {
  const turns = createSignInTurns(limits);
  await expect(turns.take('a', false, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  expect(await turns.take('a', false, () => Promise.resolve(1))).toBe(1);
});
