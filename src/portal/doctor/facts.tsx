/** What the pages of one test say of it. */
import type { Receipt } from '../../screening/index.js';
import { dayInWords, instantInWords } from '../texts/dates.js';
import type { Catalogue } from '../texts/index.js';
import { titularIn } from './parties.js';
import type { Parties } from './parties.js';

/** Codice fiscale of the substitute who communicated a test; undefined: the titular did. */
export function substituteOf({ doctor }: { readonly doctor: string }, { titular }: Parties): string | undefined {
  return doctor === titular ? undefined : doctor;
}

/** Each fact with its name, in the same order on the receipt's page and in its PDF. */
export function factsOf(
  { doctor: { receipt, report, tests } }: Catalogue,
  parties: Parties,
  test: Receipt,
): readonly (readonly [string, string])[] {
  const substitute = substituteOf(test, parties);
  return [
    [receipt.transaction, String(test.transactionId)],
    [report.titular, titularIn(parties)],
    ...(substitute === undefined ? [] : [[tests.substitute, substitute] as const]),
    [receipt.person, `${test.surname} ${test.givenName}, ${test.identifier}`],
    [receipt.executedOn, dayInWords(test.executedOn)],
    [receipt.communicatedAt, instantInWords(test.communicatedAt)],
  ];
}

export function Facts({ facts }: { readonly facts: readonly (readonly [string, string])[] }) {
  return (
    <dl class="dati">
      {facts.map(([name, value]) => (
        <>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </>
      ))}
    </dl>
  );
}
