/** [B-1] [B-3] The block as a complete table: day × event × kind × consent × service × block × opposition. */
import { expect, test } from '@jest/globals';
import { isAtStake, isBlocked, isEventAfterDocument } from '../../src/opposition/block/model.js';
import type { DocumentKind, PastDocument } from '../../src/opposition/block/model.js';

/** Chapter 5: what the opposition does not affect. Written out again, so that the rule is not compared with itself. */
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

/** The possible events: if its day is given, it decides, whatever the day of production. */
const EVENTS = [undefined, '2020-05-18', '2020-05-19'] as const;

const CASES = KINDS.flatMap(([kind, mercy]) =>
  DAYS.flatMap(([producedOn, time]) =>
    EVENTS.flatMap((eventOn) =>
      [false, true].flatMap((loadedWithConsent) =>
        [true, false].map((ofHealthService): [PastDocument, boolean] => [
          { kind, producedOn, eventOn, ofHealthService, loadedWithConsent },
          mercy === 'opposable' &&
            (eventOn === undefined ? time === 'past' : eventOn === '2020-05-18') &&
            !loadedWithConsent &&
            ofHealthService,
        ]),
      ),
    ),
  ),
);

test.each(CASES)('%o: affected is %s', (document, atStake) => {
  expect(isAtStake(document)).toBe(atStake);
  const { producedOn, eventOn = producedOn, kind, ofHealthService, loadedWithConsent } = document;
  const isSpared = new Map(KINDS).get(kind) === 'spared';
  expect(isEventAfterDocument(document)).toBe(
    eventOn > producedOn && ofHealthService && !loadedWithConsent && !isSpared,
  );
  for (const active of [false, true]) {
    for (const opposed of [false, true]) {
      expect(isBlocked(document, { active, opposed })).toBe(atStake && active && opposed);
    }
  }
});

test('the table has every kind, and both outcomes', () => {
  const blocked = CASES.filter(([, atStake]) => atStake);
  expect(CASES).toHaveLength(13 * 6 * 3 * 2 * 2);
  expect(blocked).toHaveLength(9 * (2 + 6)); // two past days of production; each day with a past event
});
