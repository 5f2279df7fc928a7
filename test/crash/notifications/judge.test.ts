/** The judge of the crash suite of notifications: true evidence passes, every forgery is detected. */
import { describe, expect, test } from '@jest/globals';
import { forgeriesOf } from './forgery.js';
import { objectionsTo } from './judge.js';
import type { Evidence } from './judge.js';

const first = { subject: 'A', opposedOn: '2024-05-01', region: '120' };
const second = { subject: 'B', opposedOn: '2024-05-02', region: '030' };

/** One delivered at once, one that was sent again. */
const truth: Evidence = {
  planned: [first, second],
  outbox: [
    { ...first, messageId: 'a', state: 'sent', attempts: 1, isClaimed: false },
    { ...second, messageId: 'b', state: 'sent', attempts: 3, isClaimed: false },
  ],
  journal: [
    { ...first, messageId: 'a' },
    { ...second, messageId: 'b' },
  ],
  isOver: true,
};

describe('the judge of the crash suite of notifications', () => {
  test('has nothing against the truth', () => {
    expect(objectionsTo(truth)).toEqual([]);
  });

  test.each([...forgeriesOf(truth)])('objects when %s', (_lie, evidence) => {
    expect(objectionsTo(evidence)).not.toEqual([]);
  });

  test('lets the rest wait while it is not over, and what arrived until its outcome is written', () => {
    const [a, b] = truth.outbox.map((row) => ({ ...row, state: 'queued' }));
    if (a === undefined || b === undefined) throw new Error('two rows were given');
    const under = { ...truth, outbox: [a, b], journal: truth.journal.slice(0, 1), isOver: false };
    expect(objectionsTo(under)).toEqual([]);
    expect(objectionsTo({ ...under, isOver: true })).not.toEqual([]);
  });

  test('names no person in its objections', () => {
    const outbox = truth.outbox.map((row) => ({ ...row, subject: 'SECRET' }));
    const said = objectionsTo({ ...truth, outbox: [...outbox, ...outbox], journal: [] }).join();
    expect(said).not.toBe('');
    expect(said).not.toContain('SECRET');
  });
});
