/** The judge of the crash suite can object: true evidence passes, every forgery is seen. */
import { describe, expect, test } from '@jest/globals';
import { forgeriesOf } from './forgery.js';
import { ACCEPTED, DUPLICATE, objectionsTo } from './judge.js';
import type { Evidence } from './judge.js';

const tested = { person: 'A', day: '2020-09-01' };
const retried = { person: 'B', day: '2020-09-01' };

/** One submission answered at once; one whose answer was lost, told the original when it was sent again. */
const truth: Evidence = {
  answers: [
    { ...tested, transactionId: '1', outcome: ACCEPTED, unansweredBefore: 0 },
    { ...retried, transactionId: '3', outcome: DUPLICATE, original: '2', unansweredBefore: 1 },
  ],
  submissions: [
    { ...tested, transactionId: '1', cancelled: false },
    { ...retried, transactionId: '2', cancelled: false },
  ],
  log: [
    { transactionId: '1', outcome: ACCEPTED },
    { transactionId: '2', outcome: ACCEPTED },
    { transactionId: '3', outcome: DUPLICATE },
  ],
};

describe('the judge of the crash suite', () => {
  test('has nothing against the truth', () => {
    expect(objectionsTo(truth)).toEqual([]);
  });

  test.each([...forgeriesOf(truth)])('objects when %s', (_lie, evidence) => {
    expect(objectionsTo(evidence)).not.toEqual([]);
  });

  test('names no person in its objections', () => {
    const named = { ...truth, submissions: truth.submissions.map((row) => ({ ...row, person: 'SECRET' })) };
    expect(objectionsTo({ ...named, submissions: [...named.submissions, ...named.submissions] }).join()).not.toContain(
      'SECRET',
    );
  });
});
