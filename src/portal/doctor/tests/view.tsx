/** What the pages of communicated tests show. */
import type { ListedTest, Receipt } from '../../../screening/index.js';
import type { TypedDay } from '../../frame/day.js';
import { DayField, ErrorSummary } from '../../frame/fields.js';
import type { Problems } from '../../frame/fields.js';
import { Records } from '../../frame/table.js';
import { dayInWords } from '../../texts/dates.js';
import type { Catalogue } from '../../texts/index.js';
import { ActingFor } from '../parties.js';
import type { Parties } from '../parties.js';

interface TestsViewProps {
  readonly texts: Catalogue;
  readonly parties: Parties;
  readonly typed: { readonly from: TypedDay; readonly to: TypedDay };
  readonly problems: Problems;
  /** undefined: the interval was refused. */
  readonly tests: readonly ListedTest[] | undefined;
}

export function TestsView({ texts, parties, typed, problems, tests }: TestsViewProps) {
  const { tests: words } = texts.doctor;
  return (
    <>
      <ErrorSummary problems={problems} texts={texts} />
      <h1>{words.title}</h1>
      <ActingFor {...{ parties, texts }} />
      <p class="lead">{words.lead}</p>
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

type TableProps = Omit<TestsViewProps, 'problems' | 'tests'> & { readonly tests: readonly ListedTest[] };

function Table({ texts, parties, typed, tests }: TableProps) {
  const { tests: words, patients } = texts.doctor;
  if (tests.length === 0) return <p class="mt-4">{words.none}</p>;
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
          words.transaction,
          patients.action,
        ]}
      >
        {tests.map(({ identifier, surname, givenName, executedOn, communicatedOn, transactionId }) => (
          <tr>
            <th scope="row">
              {surname} {givenName}
            </th>
            <td>{identifier}</td>
            <td>{dayInWords(executedOn)}</td>
            <td>{dayInWords(communicatedOn)}</td>
            <td>
              <a href={`${parties.base}/test/${transactionId}`}>{transactionId}</a>
            </td>
            <td>
              <a href={`${parties.base}/test/${transactionId}/annulla`}>
                {words.cancel}
                <span class="visually-hidden">{words.cancelObject(`${surname} ${givenName}`)}</span>
              </a>
            </td>
          </tr>
        ))}
      </Records>
    </>
  );
}

function intervalOf({ from, to }: TableProps['typed']): string {
  const parts = (name: string, { day, month, year }: TypedDay) => ({
    [`${name}-giorno`]: day,
    [`${name}-mese`]: month,
    [`${name}-anno`]: year,
  });
  return new URLSearchParams({ ...parts('dal', from), ...parts('al', to) }).toString();
}

interface CancelViewProps {
  readonly texts: Catalogue;
  readonly parties: Parties;
  readonly test: Receipt;
}

export function CancelView({ texts, parties, test }: CancelViewProps) {
  const { cancel, receipt } = texts.doctor;
  const base = `${parties.base}/test`;
  return (
    <div class="colonna">
      <h1>{cancel.title}</h1>
      <ActingFor {...{ parties, texts }} />
      <p class="lead">{cancel.question}</p>
      <dl class="dati">
        <dt>{receipt.person}</dt>
        <dd>
          {test.surname} {test.givenName}, {test.identifier}
        </dd>
        <dt>{receipt.executedOn}</dt>
        <dd>{dayInWords(test.executedOn)}</dd>
      </dl>
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
