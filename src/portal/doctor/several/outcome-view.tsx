/** What the page of outcomes shows. */
import { REFUSALS, campaignDay } from '../../../screening/index.js';
import type { Campaign, Receipt, RefusalCode } from '../../../screening/index.js';
import { Records } from '../../frame/table.js';
import { dayInWords } from '../../texts/dates.js';
import type { Catalogue } from '../../texts/index.js';
import { ActingFor } from '../parties.js';
import type { Parties } from '../parties.js';
import type { Line } from './lines.js';

interface OutcomeViewProps {
  readonly texts: Catalogue;
  readonly parties: Parties;
  readonly lines: readonly Line[];
  readonly tests: readonly Receipt[];
  readonly campaign: Campaign;
  /** Of this page. */
  readonly path: string;
  /** Address of the form with the tests that were refused. */
  readonly again: string;
}

export function OutcomeView({ texts, parties, lines, tests, campaign, path, again }: OutcomeViewProps) {
  const { outcome } = texts.several;
  const { patients, receipt, report } = texts.doctor;
  const receipts = new Map(tests.map((test) => [test.transactionId, test]));
  const refused = lines.filter(({ test }) => test === undefined).length;
  const [first] = tests;
  return (
    <>
      <h1>{outcome.title}</h1>
      <ActingFor {...{ parties, texts }} />
      <p class={`alert alert-${refused === 0 ? 'success' : 'warning'}`} role="status">
        {[
          ...(refused < lines.length ? [outcome.done(lines.length - refused)] : []),
          ...(refused > 0 ? [outcome.refused(refused)] : []),
        ].join(', ')}
        .
      </p>
      <dl class="dati">
        <dt>{report.titular}</dt>
        <dd>{parties.titular}</dd>
        {first === undefined ? null : (
          <>
            <dt>{receipt.executedOn}</dt>
            <dd>{dayInWords(first.executedOn)}</dd>
          </>
        )}
      </dl>
      <Records
        caption={outcome.caption}
        headings={[patients.identifier, patients.name, outcome.result, receipt.transaction]}
      >
        {lines.map((line) => (
          <Row {...{ texts, parties, line, campaign, test: receipts.get(line.test ?? 0) }} />
        ))}
      </Records>
      <div class="azioni">
        <a class="btn btn-primary" href={refused === 0 ? `${parties.base}/test/piu` : again}>
          {refused === 0 ? outcome.another : outcome.correct}
        </a>
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

function Row({ texts, parties, line: { person, test: number, refusals }, campaign, test }: RowProps) {
  const { outcome } = texts.several;
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
          stateOf(texts, refusals, test)
        )}
      </td>
      <td>{number === undefined ? '–' : <a href={`${parties.base}/test/${number}`}>{number}</a>}</td>
    </tr>
  );
}

function stateOf({ several: { outcome } }: Catalogue, refusals: readonly RefusalCode[], test: Receipt | undefined) {
  if (test?.isCancelled === true) return outcome.cancelled;
  return refusals.length > 0 ? outcome.already : outcome.registered;
}

/** Each with its code, as SOAP gives it, and what to do. */
function Reasons({
  texts,
  refusals,
  campaign,
}: Pick<OutcomeViewProps, 'texts' | 'campaign'> & { readonly refusals: readonly RefusalCode[] }) {
  return (
    <ul class="mb-0">
      {refusals.map((refusal) => {
        const { code, text, remedy } = REFUSALS[refusal];
        return (
          <li>
            {text}
            {campaignDay(refusal, campaign)} {texts.several.outcome.code(code)} {remedy}
          </li>
        );
      })}
    </ul>
  );
}
