/** The judge of the crash suite: true evidence passes, every forgery is detected. */
import { describe, expect, test } from '@jest/globals';
import { ACCEPTED, ALREADY_CANCELLED, CANCELLATION, DUPLICATE, SUBMISSION } from './evidence.js';
import type { Evidence } from './evidence.js';
import { forgeriesOf } from './forgery.js';
import { objectionsTo } from './judge.js';

const day = '2020-09-01';
const byCard = { method: 'card', unansweredBefore: 0 } as const;
const byPassword = { method: 'password', unansweredBefore: 0 } as const;

/**
 * By card one submission answered at once, and one whose answer was lost and that got the original when sent again; by
 * password two, one of them cancelled at once, the other by a cancellation whose answer was lost.
 */
const truth: Evidence = {
  answers: [
    { ...byCard, person: 'A', day, transactionId: '1', outcome: ACCEPTED },
    { ...byCard, person: 'B', day, transactionId: '3', outcome: DUPLICATE, original: '2', unansweredBefore: 1 },
    { ...byPassword, person: 'C', day, transactionId: '4', outcome: ACCEPTED },
    { ...byPassword, person: 'D', day, transactionId: '6', outcome: ACCEPTED },
  ],
  cancellationAnswers: [
    { ...byPassword, submission: '4', transactionId: '5', outcome: ACCEPTED },
    { ...byPassword, submission: '6', transactionId: '8', outcome: ALREADY_CANCELLED, unansweredBefore: 1 },
  ],
  submissions: [
    { person: 'A', day, transactionId: '1', cancelledBy: null },
    { person: 'B', day, transactionId: '2', cancelledBy: null },
    { person: 'C', day, transactionId: '4', cancelledBy: '5' },
    { person: 'D', day, transactionId: '6', cancelledBy: '7' },
  ],
  cancellations: [
    { transactionId: '5', submission: '4' },
    { transactionId: '7', submission: '6' },
  ],
  log: [
    { transactionId: '1', operation: SUBMISSION, outcome: ACCEPTED, method: 'card' },
    { transactionId: '2', operation: SUBMISSION, outcome: ACCEPTED, method: 'card' },
    { transactionId: '3', operation: SUBMISSION, outcome: DUPLICATE, method: 'card' },
    { transactionId: '4', operation: SUBMISSION, outcome: ACCEPTED, method: 'password' },
    { transactionId: '5', operation: CANCELLATION, outcome: ACCEPTED, method: 'password' },
    { transactionId: '6', operation: SUBMISSION, outcome: ACCEPTED, method: 'password' },
    { transactionId: '7', operation: CANCELLATION, outcome: ACCEPTED, method: 'password' },
    { transactionId: '8', operation: CANCELLATION, outcome: ALREADY_CANCELLED, method: 'password' },
  ],
  listed: ['1', '2'],
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
