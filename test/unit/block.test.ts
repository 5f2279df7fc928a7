/** [B-1] The block as a table: day × kind × consent × block × opposition, all of it. */
import { expect, test } from '@jest/globals';
import { isAtStake, isBlocked } from '../../src/opposition/block.js';
import type { DocumentKind, PastDocument } from '../../src/opposition/block.js';

/** Chapter 5: what the opposition spares. Written out again, so that the rule is not judged by itself. */
const KINDS: readonly (readonly [DocumentKind, 'spared' | 'opposable'])[] = [
  ['report', 'opposable'],
  ['emergency-report', 'opposable'],
  ['discharge-letter', 'opposable'],
  ['patient-summary', 'opposable'],
  ['clinical-record', 'opposable'],
  ['vaccination', 'opposable'],
  ['implant-card', 'opposable'],
  ['prevention-invitation', 'opposable'],
  ['drug-prescription', 'spared'],
  ['specialist-prescription', 'spared'],
  ['drug-dispensation', 'spared'],
  ['specialist-dispensation', 'spared'],
  ['other', 'opposable'],
];

const DAYS = [
  ['1948-01-01', 'past'],
  ['2020-05-18', 'past'],
  ['2020-05-19', 'present'],
  ['2020-05-20', 'present'],
  ['2026-11-21', 'present'],
  ['9999-12-31', 'present'],
] as const;

const CASES = KINDS.flatMap(([kind, mercy]) =>
  DAYS.flatMap(([producedOn, time]) =>
    [false, true].map((loadedWithConsent): [PastDocument, boolean] => [
      { kind, producedOn, loadedWithConsent },
      mercy === 'opposable' && time === 'past' && !loadedWithConsent,
    ]),
  ),
);

test.each(CASES)('%o: at stake is %s', (document, atStake) => {
  expect(isAtStake(document)).toBe(atStake);
  for (const active of [false, true]) {
    for (const opposed of [false, true]) {
      expect(isBlocked(document, { active, opposed })).toBe(atStake && active && opposed);
    }
  }
});

test('the table has every kind, and both outcomes', () => {
  const blocked = CASES.filter(([, atStake]) => atStake);
  expect(CASES).toHaveLength(13 * 6 * 2);
  expect(blocked).toHaveLength(9 * 2);
});
