/**
 * Evidence falsified intentionally, one lie at a time: the judge must object to each, otherwise the suite proves
 * nothing.
 */
import type { Evidence } from './judge.js';

/** @param truth evidence of the end, with at least two delivered notifications */
export function forgeriesOf(truth: Evidence): ReadonlyMap<string, Evidence> {
  const { planned, outbox, journal } = truth;
  const [entry, other] = journal;
  const row = outbox.find(({ messageId }) => messageId === entry?.messageId);
  const plan = planned.find(({ subject }) => subject === entry?.subject);
  if (entry === undefined || other === undefined || row === undefined || plan === undefined) {
    throw new Error('no two notifications that arrived to lie about');
  }
  const without = <Fact>(facts: readonly Fact[], fact: Fact): Fact[] => facts.filter((one) => one !== fact);
  const changed = <Fact>(facts: readonly Fact[], fact: Fact, change: Partial<Fact>): Fact[] => [
    ...without(facts, fact),
    { ...fact, ...change },
  ];
  const fresh = { messageId: '99999999-9999-4999-8999-999999999999' };
  const stranger = { ...row, ...fresh, subject: 'STP9999999999999' };
  return new Map<string, Evidence>([
    ['a notification never arrived', { ...truth, journal: without(journal, entry) }],
    [
      '… and the outbox knows that it did not',
      { ...truth, journal: without(journal, entry), outbox: changed(outbox, row, { state: 'queued' }) },
    ],
    ['an opposition was never planned', { ...truth, outbox: without(outbox, row), journal: without(journal, entry) }],
    ['a notification is recorded twice', { ...truth, journal: [...journal, entry] }],
    ['… under another message id', { ...truth, journal: [...journal, { ...entry, ...fresh }] }],
    ['… in another region', { ...truth, journal: [...journal, { ...entry, region: '999' }] }],
    ['another region was notified', { ...truth, journal: changed(journal, entry, { region: '999' }) }],
    ['another date was notified', { ...truth, journal: changed(journal, entry, { opposedOn: '1999-12-31' }) }],
    ['it has the message id of another one', { ...truth, journal: changed(journal, entry, other) }],
    ['what arrived still waits', { ...truth, outbox: changed(outbox, row, { state: 'queued' }) }],
    ['what arrived is parked', { ...truth, outbox: changed(outbox, row, { state: 'parked' }) }],
    ['an attempt was not counted', { ...truth, outbox: changed(outbox, row, { attempts: 0 }) }],
    ['it is still claimed', { ...truth, outbox: changed(outbox, row, { isClaimed: true }) }],
    ['it is queued for another region', { ...truth, outbox: changed(outbox, row, { region: '999' }) }],
    ['it is queued twice', { ...truth, outbox: [...outbox, { ...row, ...fresh }] }],
    [
      'somebody who does not oppose was notified',
      { ...truth, outbox: [...outbox, stranger], journal: [...journal, stranger] },
    ],
    ['a region has what nobody queued', { ...truth, planned: [...planned, stranger], journal: [...journal, stranger] }],
  ]);
}
