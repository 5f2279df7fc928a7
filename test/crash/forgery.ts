/** Evidence made false on purpose, one lie at a time: what the judge must object to, or the crash suite proves nothing. */
import { ACCEPTED, DUPLICATE } from './judge.js';
import type { Evidence } from './judge.js';

/** @param evidence true evidence with at least one accepted submission */
export function forgeriesOf(evidence: Evidence): ReadonlyMap<string, Evidence> {
  const { answers, submissions, log } = evidence;
  const accepted = answers.find((answer) => answer.outcome === ACCEPTED);
  const row = submissions.find(({ transactionId }) => transactionId === accepted?.transactionId);
  const logRow = log.find(({ transactionId }) => transactionId === accepted?.transactionId);
  if (accepted === undefined || row === undefined || logRow === undefined) {
    throw new Error('no accepted submission to lie about');
  }
  const another = '999999999999999';
  const without = <Fact>(facts: readonly Fact[], fact: Fact): Fact[] => facts.filter((one) => one !== fact);
  const fresh = { ...row, transactionId: another, day: '1999-12-31' };
  const done = { transactionId: another, outcome: ACCEPTED };
  const duplicate = { ...accepted, transactionId: another, outcome: DUPLICATE };
  const refused = { transactionId: another, outcome: DUPLICATE };
  return new Map<string, Evidence>([
    ['an acknowledged submission is lost', { ...evidence, submissions: without(submissions, row) }],
    [
      '… and its access-log row with it',
      { answers, submissions: without(submissions, row), log: without(log, logRow) },
    ],
    ['its access-log row is lost', { ...evidence, log: without(log, logRow) }],
    ['a submission is there twice', { ...evidence, submissions: [...submissions, row] }],
    [
      'the same test is entered under two ids',
      { answers, submissions: [...submissions, { ...row, transactionId: another }], log: [...log, done] },
    ],
    ['its access-log row is there twice', { ...evidence, log: [...log, logRow] }],
    ['the log has it as refused', { ...evidence, log: [...without(log, logRow), { ...logRow, outcome: DUPLICATE }] }],
    ['a submission without access-log row', { ...evidence, submissions: [...submissions, fresh] }],
    ['a submission of which nobody was told', { answers, submissions: [...submissions, fresh], log: [...log, done] }],
    ['an access-log row without submission', { ...evidence, log: [...log, done] }],
    ['a transaction id answered twice', { ...evidence, answers: [...answers, accepted] }],
    [
      'a row changed its day',
      { ...evidence, submissions: [...without(submissions, row), { ...row, day: '1999-12-31' }] },
    ],
    ['a row was cancelled', { ...evidence, submissions: [...without(submissions, row), { ...row, cancelled: true }] }],
    [
      'a first attempt is called a duplicate',
      {
        answers: [...answers, { ...duplicate, original: accepted.transactionId, unansweredBefore: 0 }],
        submissions,
        log: [...log, refused],
      },
    ],
    [
      'a duplicate names an original that is not there',
      {
        answers: [...answers, { ...duplicate, original: '888888888888888', unansweredBefore: 1 }],
        submissions,
        log: [...log, refused],
      },
    ],
    [
      'a refusal that nothing explains',
      {
        answers: [...answers, { ...duplicate, outcome: '2004' }],
        submissions,
        log: [...log, { ...refused, outcome: '2004' }],
      },
    ],
  ]);
}
