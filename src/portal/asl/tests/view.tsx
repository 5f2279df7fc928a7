/** Views of the pages of daily numbers. */
import type { DailyNumber } from '../../../asl/index.js';
import { DayField, ErrorSummary, SubmitButton, TextField } from '../../frame/fields.js';
import type { Draft } from '../../frame/draft.js';
import { HolderField } from '../../frame/holder.js';
import { Records } from '../../frame/table.js';
import { dayInWords, instantInWords } from '../../texts/dates.js';
import type { Catalogue } from '../../texts/index.js';
import { fieldsOf, typedDaily } from './form.js';
import type { ReadDaily } from './form.js';

interface TestsViewProps {
  readonly texts: Catalogue;
  readonly numbers: readonly DailyNumber[];
}

export function TestsView({ texts, numbers }: TestsViewProps) {
  const { tests, send } = texts.asl;
  return (
    <>
      <h1>{tests.title}</h1>
      <p class="lead">{tests.lead}</p>
      <p>
        <a class="btn btn-primary" href="/asl/test/nuovo">
          {send.title}
        </a>
      </p>
      {numbers.length === 0 ? <p>{tests.none}</p> : <Table {...{ texts, numbers }} />}
    </>
  );
}

function Table({ texts, numbers }: TestsViewProps) {
  const { tests } = texts.asl;
  return (
    <Records
      caption={tests.caption}
      headings={[tests.executedOn, tests.number, tests.communicatedAt, tests.state, tests.transaction]}
    >
      {numbers.map(({ executedOn, tests: number, communicatedAt, isCurrent, transactionId }) => (
        <tr>
          <th scope="row">{dayInWords(executedOn)}</th>
          <td>{number}</td>
          <td>{instantInWords(communicatedAt)}</td>
          <td>{isCurrent ? tests.current : tests.replaced}</td>
          <td>
            <a href={`/asl/test/${transactionId}`}>{transactionId}</a>
          </td>
        </tr>
      ))}
    </Records>
  );
}

interface SendViewProps {
  readonly texts: Catalogue;
  readonly draft: Draft;
}

export function SendView({ texts, draft }: SendViewProps) {
  const { send } = texts.asl;
  const { problems } = draft;
  const typed = typedDaily(draft.typed);
  return (
    <div class="colonna">
      <ErrorSummary problems={problems} texts={texts} />
      <h1>{send.title}</h1>
      <p class="lead">{send.lead}</p>
      <form method="post" action={draft.at('/asl/test/nuovo')} novalidate>
        <DayField
          {...{ name: 'eseguito', label: send.day, hint: send.dayHint, value: typed.executedOn, problems, texts }}
        />
        <TextField
          {...{ name: 'numero', label: send.number, hint: send.numberHint, value: typed.tests, problems, texts }}
          {...{ maxLength: 40, autocomplete: 'off', inputMode: 'numeric', width: 'short' }}
        />
        <SubmitButton text={send.goOn} />
      </form>
    </div>
  );
}

interface CheckViewProps {
  readonly texts: Catalogue;
  readonly asl: string;
  readonly draft: Draft;
  readonly daily: ReadDaily;
  /** The present number of the same day. */
  readonly replaced: DailyNumber | undefined;
  /** Codice fiscale of the sender. */
  readonly operator: string;
}

export function CheckView({ texts, asl, draft, daily, replaced, operator }: CheckViewProps) {
  const { send, receipt } = texts.asl;
  return (
    <div class="colonna">
      <h1>{send.checkTitle}</h1>
      {replaced === undefined ? null : (
        <p class="alert alert-warning" role="note">
          {send.replaces(replaced.tests, instantInWords(replaced.communicatedAt))}
        </p>
      )}
      <dl class="dati">
        <dt>{receipt.asl}</dt>
        <dd>{asl}</dd>
        <dt>{receipt.executedOn}</dt>
        <dd>{dayInWords(daily.executedOn)}</dd>
        <dt>{receipt.number}</dt>
        <dd>{daily.tests}</dd>
      </dl>
      <div class="azioni">
        <form method="post" action={draft.at('/asl/test/conferma')}>
          {Object.entries(fieldsOf(typedDaily(draft.typed))).map(([name, value]) => (
            <input type="hidden" name={name} value={value} />
          ))}
          <HolderField codiceFiscale={operator} />
          <SubmitButton text={send.send} />
        </form>
        <a class="btn btn-outline-primary" href={draft.at('/asl/test/nuovo')}>
          {send.change}
          <span class="visually-hidden">{send.changeObject}</span>
        </a>
      </div>
    </div>
  );
}

interface ReceiptViewProps {
  readonly texts: Catalogue;
  readonly asl: string;
  readonly sent: DailyNumber;
}

export function ReceiptView({ texts, asl, sent }: ReceiptViewProps) {
  const { receipt, send } = texts.asl;
  return (
    <div class="colonna">
      <h1>{receipt.title}</h1>
      {sent.isCurrent ? (
        <p class="lead">{receipt.lead}</p>
      ) : (
        <p class="alert alert-warning" role="status">
          {receipt.replaced}
        </p>
      )}
      <dl class="dati">
        <dt>{receipt.transaction}</dt>
        <dd>{sent.transactionId}</dd>
        <dt>{receipt.asl}</dt>
        <dd>{asl}</dd>
        <dt>{receipt.executedOn}</dt>
        <dd>{dayInWords(sent.executedOn)}</dd>
        <dt>{receipt.number}</dt>
        <dd>{sent.tests}</dd>
        <dt>{receipt.communicatedAt}</dt>
        <dd>{instantInWords(sent.communicatedAt)}</dd>
      </dl>
      <div class="azioni">
        <a class="btn btn-primary" href="/asl/test/nuovo">
          {send.another}
        </a>
        <a href={`/asl/test/${sent.transactionId}/ricevuta.pdf`}>{texts.pdf.download}</a>
        <a href="/asl/test">{receipt.list}</a>
      </div>
    </div>
  );
}
