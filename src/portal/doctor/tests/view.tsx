/** Views of the pages of submitted tests. */
import type { ListedTest, Receipt } from '../../../screening/index.js';
import { dayFields } from '../../frame/day.js';
import type { TypedDay } from '../../frame/day.js';
import { DayField, ErrorSummary } from '../../frame/fields.js';
import type { Problems } from '../../frame/fields.js';
import { Records } from '../../frame/table.js';
import { dayInWords } from '../../texts/dates.js';
import type { Catalogue } from '../../texts/index.js';
import { Facts, factsOf, substituteOf } from '../facts.js';
import { ActingFor, maySend } from '../parties.js';
import type { Parties } from '../parties.js';

interface TestsViewProps {
  readonly texts: Catalogue;
  readonly parties: Parties;
  /** Of the page. */
  readonly title: string;
  readonly typed: { readonly from: TypedDay; readonly to: TypedDay };
  readonly problems: Problems;
  /** undefined: the interval was refused. */
  readonly tests: readonly ListedTest[] | undefined;
}

export function TestsView({ texts, parties, title, typed, problems, tests }: TestsViewProps) {
  const { tests: words } = texts.doctor;
  return (
    <>
      <ErrorSummary problems={problems} texts={texts} />
      <h1>{title}</h1>
      <ActingFor {...{ parties, texts }} />
      <p class="lead">{parties.substitution === undefined ? words.lead : words.actingLead}</p>
      <form method="get" action={`${parties.base}/test`} novalidate>
        <DayField {...{ name: 'dal', label: words.from, value: typed.from, problems, texts }} />
        <DayField {...{ name: 'al', label: words.to, value: typed.to, problems, texts }} />
        <button class="btn btn-primary" type="submit">
          {words.show}
        </button>
      </form>
      {tests === undefined ? null : <Table {...{ texts, parties, typed, tests }} />}
    </>
  );
}

type TableProps = Omit<TestsViewProps, 'title' | 'problems' | 'tests'> & { readonly tests: readonly ListedTest[] };

function Table({ texts, parties, typed, tests }: TableProps) {
  const { tests: words, patients } = texts.doctor;
  if (tests.length === 0) return <p class="mt-4">{words.none}</p>;
  const isAuthored = parties.substitution === undefined && tests.some((test) => substituteOf(test, parties));
  return (
    <>
      <div class="azioni">
        <span>{words.number(tests.length)}</span>
        <a href={`${parties.base}/test.csv?${intervalOf(typed)}`}>{words.download}</a>
      </div>
      <Records
        caption={words.caption}
        headings={[
          patients.name,
          patients.identifier,
          words.executedOn,
          words.communicatedOn,
          ...(isAuthored ? [words.substitute] : []),
          words.transaction,
          patients.action,
        ]}
      >
        {tests.map((test) => (
          <tr>
            <th scope="row">{nameOf(test)}</th>
            <td>{test.identifier}</td>
            <td>{dayInWords(test.executedOn)}</td>
            <td>{dayInWords(test.communicatedOn)}</td>
            {isAuthored ? <td>{substituteOf(test, parties) ?? '–'}</td> : null}
            <td>
              <a href={`${parties.base}/test/${test.transactionId}`}>
                <span class="visually-hidden">{words.receipt}</span>
                {test.transactionId}
              </a>
            </td>
            <td>
              <a href={`${parties.base}/test/${test.transactionId}/annulla`}>
                {words.cancel}
                <span class="visually-hidden">{words.cancelObject(nameOf(test), test.executedOn)}</span>
              </a>
            </td>
          </tr>
        ))}
      </Records>
    </>
  );
}

const nameOf = ({ surname, givenName }: ListedTest): string => `${surname} ${givenName}`;

function intervalOf({ from, to }: TableProps['typed']): string {
  return new URLSearchParams({ ...dayFields('dal', from), ...dayFields('al', to) }).toString();
}

interface CancelViewProps extends Pick<TestsViewProps, 'texts' | 'parties' | 'title'> {
  readonly test: Receipt;
}

export function CancelView({ texts, parties, title, test }: CancelViewProps) {
  const { cancel } = texts.doctor;
  const base = `${parties.base}/test`;
  return (
    <div class="colonna">
      <h1>{title}</h1>
      <ActingFor {...{ parties, texts }} />
      <p class="lead">{maySend(parties) ? cancel.question : cancel.lastQuestion}</p>
      <Facts facts={factsOf(texts, parties, test)} />
      <div class="azioni">
        <form method="post" action={`${base}/${test.transactionId}/annulla`}>
          <button class="btn btn-danger" type="submit">
            {cancel.submit}
          </button>
        </form>
        <a href={base}>{cancel.back}</a>
      </div>
    </div>
  );
}
