/**
 * Evidence falsified intentionally, one lie at a time: the judge must object to each, otherwise the crash suite proves
 * nothing.
 */
import { ACCEPTED, ALREADY_CANCELLED, CANCELLATION, DUPLICATE, SUBMISSION } from './evidence.js';
import type { Evidence } from './evidence.js';

const ANOTHER = '999999999999999';
const NOBODYS = '888888888888888';

const without = <Fact>(facts: readonly Fact[], fact: Fact): Fact[] => facts.filter((one) => one !== fact);

type Forgery = readonly [lie: string, forged: Evidence];

/** @param evidence true evidence with at least one accepted active submission, and one accepted cancellation */
export function forgeriesOf(evidence: Evidence): Forgery[] {
  return [...aboutSubmissions(evidence), ...aboutCancellations(evidence), ...aboutTheList(evidence)];
}

function aboutSubmissions(evidence: Evidence): Forgery[] {
  const { answers, submissions, log, listed } = evidence;
  const standing = new Set(submissions.filter((row) => row.cancelledBy === null).map((row) => row.transactionId));
  const accepted = answers.find((answer) => answer.outcome === ACCEPTED && standing.has(answer.transactionId));
  const row = submissions.find(({ transactionId }) => transactionId === accepted?.transactionId);
  const logRow = log.find(({ transactionId }) => transactionId === accepted?.transactionId);
  const other = submissions.find((one) => one !== row);
  if (accepted === undefined || row === undefined || logRow === undefined || other === undefined) {
    throw new Error('no accepted submission to lie about');
  }
  const swapped = [
    { ...row, person: other.person, day: other.day },
    { ...other, person: row.person, day: row.day },
  ];
  const fresh = { ...row, transactionId: ANOTHER, day: '1999-12-31' };
  const done = { ...logRow, transactionId: ANOTHER };
  const listedToo = [...listed, ANOTHER];
  const unlisted = without(listed, row.transactionId);
  const duplicate = { ...accepted, transactionId: ANOTHER, outcome: DUPLICATE };
  const refused = { ...done, outcome: DUPLICATE };
  const otherMethod = accepted.method === 'card' ? 'password' : 'card';
  const retried = { ...duplicate, original: accepted.transactionId, unansweredBefore: 1 };
  return [
    ['an acknowledged submission is lost', { ...evidence, submissions: without(submissions, row), listed: unlisted }],
    [
      '… and its access-log row with it',
      { ...evidence, submissions: without(submissions, row), log: without(log, logRow), listed: unlisted },
    ],
    ['its access-log row is lost', { ...evidence, log: without(log, logRow) }],
    ['a submission is there twice', { ...evidence, submissions: [...submissions, row] }],
    [
      'the same test is entered under two ids',
      {
        ...evidence,
        submissions: [...submissions, { ...row, transactionId: ANOTHER }],
        log: [...log, done],
        listed: listedToo,
      },
    ],
    ['its access-log row is there twice', { ...evidence, log: [...log, logRow] }],
    ['the log has it as refused', { ...evidence, log: [...without(log, logRow), { ...logRow, outcome: DUPLICATE }] }],
    [
      'the log has it of a caller with another sign-in',
      { ...evidence, log: [...without(log, logRow), { ...logRow, method: otherMethod }] },
    ],
    [
      'the log has it as a cancellation',
      { ...evidence, log: [...without(log, logRow), { ...logRow, operation: CANCELLATION }] },
    ],
    ['a submission without access-log row', { ...evidence, submissions: [...submissions, fresh], listed: listedToo }],
    [
      'a submission that no client got an answer for',
      { ...evidence, submissions: [...submissions, fresh], log: [...log, done], listed: listedToo },
    ],
    ['an access-log row without submission', { ...evidence, log: [...log, done] }],
    ['a transaction id answered twice', { ...evidence, answers: [...answers, accepted] }],
    [
      'a row changed its day',
      { ...evidence, submissions: [...without(submissions, row), { ...row, day: '1999-12-31' }] },
    ],
    [
      'two rows changed their persons and days',
      { ...evidence, submissions: [...without(without(submissions, row), other), ...swapped] },
    ],
    [
      'a first attempt is called a duplicate',
      { ...evidence, answers: [...answers, { ...retried, unansweredBefore: 0 }], log: [...log, refused] },
    ],
    [
      'a duplicate names an original that is not there',
      { ...evidence, answers: [...answers, { ...retried, original: NOBODYS }], log: [...log, refused] },
    ],
    [
      'a duplicate is of what a caller with another sign-in entered',
      {
        ...evidence,
        answers: [...answers, { ...retried, method: otherMethod }],
        log: [...log, { ...refused, method: otherMethod }],
      },
    ],
    [
      'a refusal that nothing explains',
      {
        ...evidence,
        answers: [...answers, { ...duplicate, outcome: '2004' }],
        log: [...log, { ...refused, outcome: '2004' }],
      },
    ],
  ];
}

function aboutCancellations(evidence: Evidence): Forgery[] {
  const { answers, cancellationAnswers, submissions, cancellations, log, listed } = evidence;
  const accepted = cancellationAnswers.find(({ outcome }) => outcome === ACCEPTED);
  const row = cancellations.find(({ transactionId }) => transactionId === accepted?.transactionId);
  const logRow = log.find(({ transactionId }) => transactionId === accepted?.transactionId);
  const cancelled = submissions.find(({ cancelledBy }) => cancelledBy === accepted?.transactionId);
  const standing = submissions.find(({ cancelledBy }) => cancelledBy === null);
  if (!accepted || !row || !logRow || !cancelled || !standing) throw new Error('no accepted cancellation to lie about');
  /** As if it had not been cancelled, or cancelled by another transaction. */
  const cancelledBy = (id: string | null) => [...without(submissions, cancelled), { ...cancelled, cancelledBy: id }];
  const undone = { submissions: cancelledBy(null), cancellations: without(cancellations, row) };
  const relisted = [...listed, cancelled.transactionId];
  const another = {
    submissions: [...without(submissions, standing), { ...standing, cancelledBy: ANOTHER }],
    cancellations: [...cancellations, { transactionId: ANOTHER, submission: standing.transactionId }],
    listed: without(listed, standing.transactionId),
  };
  const done = { ...logRow, transactionId: ANOTHER };
  const already = { ...accepted, transactionId: ANOTHER, outcome: ALREADY_CANCELLED, unansweredBefore: 1 };
  const refused = { ...done, outcome: ALREADY_CANCELLED };
  const otherMethod = accepted.method === 'card' ? 'password' : 'card';
  return [
    ['an acknowledged cancellation is lost', { ...evidence, ...undone, listed: relisted }],
    ['… and its access-log row with it', { ...evidence, ...undone, log: without(log, logRow), listed: relisted }],
    ['… and only its fact remains', { ...evidence, submissions: cancelledBy(null), listed: relisted }],
    ['… and only its mark remains', { ...evidence, cancellations: without(cancellations, row) }],
    ['the access-log row of a cancellation is lost', { ...evidence, log: without(log, logRow) }],
    ['the access-log row of a cancellation is there twice', { ...evidence, log: [...log, logRow] }],
    ['a cancellation is there twice', { ...evidence, cancellations: [...cancellations, row] }],
    [
      'a submission is cancelled under two ids',
      { ...evidence, cancellations: [...cancellations, { ...row, transactionId: ANOTHER }], log: [...log, done] },
    ],
    [
      'a cancellation is of another submission than was asked',
      {
        ...evidence,
        submissions: [...without(cancelledBy(null), standing), { ...standing, cancelledBy: accepted.transactionId }],
        cancellations: [...without(cancellations, row), { ...row, submission: standing.transactionId }],
        listed: [...without(listed, standing.transactionId), cancelled.transactionId],
      },
    ],
    [
      'the log has a cancellation as refused',
      { ...evidence, log: [...without(log, logRow), { ...logRow, outcome: ALREADY_CANCELLED }] },
    ],
    [
      'the log has a cancellation of a caller with another sign-in',
      { ...evidence, log: [...without(log, logRow), { ...logRow, method: otherMethod }] },
    ],
    [
      'the log has a cancellation as a submission',
      { ...evidence, log: [...without(log, logRow), { ...logRow, operation: SUBMISSION }] },
    ],
    ['a cancellation without access-log row', { ...evidence, ...another }],
    ['a cancellation that no client got an answer for', { ...evidence, ...another, log: [...log, done] }],
    ['an access-log row without cancellation', { ...evidence, log: [...log, done] }],
    [
      'a submission answered with the id of a cancellation',
      {
        ...evidence,
        answers: answers.map((answer) =>
          answer === answers[0] ? { ...answer, transactionId: accepted.transactionId } : answer,
        ),
      },
    ],
    ['a cancellation answered twice', { ...evidence, cancellationAnswers: [...cancellationAnswers, accepted] }],
    [
      'a first attempt is called cancelled already',
      {
        ...evidence,
        cancellationAnswers: [...cancellationAnswers, { ...already, unansweredBefore: 0 }],
        log: [...log, refused],
      },
    ],
    [
      'what stands is called cancelled already',
      {
        ...evidence,
        cancellationAnswers: [...cancellationAnswers, { ...already, submission: standing.transactionId }],
        log: [...log, refused],
      },
    ],
    [
      'cancelled already, by a caller with another sign-in',
      {
        ...evidence,
        cancellationAnswers: [...cancellationAnswers, { ...already, method: otherMethod }],
        log: [...log, { ...refused, method: otherMethod }],
      },
    ],
    [
      'a refused cancellation that nothing explains',
      {
        ...evidence,
        cancellationAnswers: [...cancellationAnswers, { ...already, outcome: '3001' }],
        log: [...log, { ...refused, outcome: '3001' }],
      },
    ],
  ];
}

function aboutTheList(evidence: Evidence): Forgery[] {
  const { submissions, listed } = evidence;
  const cancelled = submissions.find(({ cancelledBy }) => cancelledBy !== null);
  const [first] = listed;
  if (cancelled === undefined || first === undefined) throw new Error('no list to lie about');
  return [
    ['a cancelled test is listed', { ...evidence, listed: [...listed, cancelled.transactionId] }],
    ['a test that stands is not listed', { ...evidence, listed: without(listed, first) }],
    ['a test is listed twice', { ...evidence, listed: [...listed, first] }],
    ['a test is listed that nobody entered', { ...evidence, listed: [...listed, ANOTHER] }],
  ];
}
