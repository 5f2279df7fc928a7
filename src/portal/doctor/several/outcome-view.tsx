/** View of the page of results. */
import type { Campaign, Receipt, RefusalCode } from '../../../screening/index.js';
import { Records } from '../../frame/table.js';
import { dayInWords } from '../../texts/dates.js';
import type { Catalogue } from '../../texts/index.js';
import { Facts, substituteOf } from '../facts.js';
import { ActingFor, maySend, titularIn } from '../parties.js';
import type { Parties } from '../parties.js';
import type { Line } from './lines.js';
import { Reasons } from './reasons.js';

interface OutcomeViewProps {
  readonly texts: Catalogue;
  readonly parties: Parties;
  /** Of the page. */
  readonly title: string;
  readonly lines: readonly Line[];
  readonly tests: readonly Receipt[];
  readonly campaign: Campaign;
  /** Path of this page. */
  readonly path: string;
  /** Path of the form with the refused tests. */
  readonly again: string;
}

export function OutcomeView({ texts, parties, title, lines, tests, campaign, path, again }: OutcomeViewProps) {
  const { outcome } = texts.several;
  const { patients, receipt, report } = texts.doctor;
  const receipts = new Map(tests.map((test) => [test.transactionId, test]));
  const refused = lines.filter(({ test }) => test === undefined).length;
  const already = lines.filter(({ test, refusals }) => test !== undefined && refusals.length > 0).length;
  const done = lines.length - refused - already;
  const [first] = tests;
  return (
    <>
      <h1>{title}</h1>
      <ActingFor {...{ parties, texts }} />
      <p class={`alert alert-${refused === 0 ? 'success' : 'warning'}`} role="status">
        {[
          ...(done > 0 ? [outcome.done(done)] : []),
          ...(already > 0 ? [outcome.alreadyDone(already)] : []),
          ...(refused > 0 ? [outcome.refused(refused)] : []),
        ].join(', ')}
        .
      </p>
      <Facts
        facts={[
          [report.titular, titularIn(parties)],
          ...(first === undefined ? [] : [[receipt.executedOn, dayInWords(first.executedOn)] as const]),
        ]}
      />
      <Records
        caption={outcome.caption}
        headings={[patients.identifier, patients.name, outcome.result, receipt.transaction]}
      >
        {lines.map((line) => rowOf({ texts, parties, line, campaign, test: receipts.get(line.test ?? 0) }))}
      </Records>
      <div class="azioni">
        {maySend(parties) ? (
          <a class="btn btn-primary" href={refused === 0 ? `${parties.base}/test/piu` : again}>
            {refused === 0 ? outcome.another : outcome.correct}
          </a>
        ) : null}
        {first === undefined ? null : <a href={`${path}/ricevuta.pdf`}>{texts.pdf.download}</a>}
        <a href={`${parties.base}/test`}>{outcome.list}</a>
      </div>
    </>
  );
}

interface RowProps extends Pick<OutcomeViewProps, 'texts' | 'parties' | 'campaign'> {
  readonly line: Line;
  readonly test: Receipt | undefined;
}

function rowOf({ texts, parties, line: { person, test: number, refusals }, campaign, test }: RowProps) {
  const { outcome } = texts.several;
  const { receipt } = texts.doctor.tests;
  return (
    <tr>
      <th scope="row" class="codice">
        {person}
      </th>
      <td>{test === undefined ? '–' : `${test.surname} ${test.givenName}`}</td>
      <td>
        {number === undefined ? (
          <>
            <strong>{outcome.notRegistered}</strong>
            <Reasons {...{ texts, refusals, campaign }} />
          </>
        ) : (
          stateOf(texts, parties, refusals, test)
        )}
      </td>
      <td>
        {number === undefined ? (
          '–'
        ) : (
          <a href={`${parties.base}/test/${number}`}>
            <span class="visually-hidden">{receipt}</span>
            {number}
          </a>
        )}
      </td>
    </tr>
  );
}

function stateOf(
  { several: { outcome } }: Catalogue,
  parties: Parties,
  refusals: readonly RefusalCode[],
  test: Receipt | undefined,
): string {
  const state =
    test?.isCancelled === true ? outcome.cancelled : refusals.length > 0 ? outcome.already : outcome.registered;
  const substitute = test === undefined || parties.substitution ? undefined : substituteOf(test, parties);
  return substitute === undefined ? state : state + outcome.bySubstitute(substitute);
}
