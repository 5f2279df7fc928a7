/** Views of the pages for submitting a test. */
import type { IsoDate } from '../../../platform/clock.js';
import type { CheckedTest, Receipt } from '../../../screening/index.js';
import { DayField, ErrorSummary, SubmitButton, TextField } from '../../frame/fields.js';
import type { Draft } from '../../frame/draft.js';
import { HolderField } from '../../frame/holder.js';
import { dayWithWeekday } from '../../texts/dates.js';
import type { Catalogue } from '../../texts/index.js';
import { Facts, factsOf } from '../facts.js';
import { ActingFor, maySend, titularIn } from '../parties.js';
import type { Parties } from '../parties.js';
import { fieldsOf, typedTest } from './form.js';

interface Common {
  readonly texts: Catalogue;
  readonly parties: Parties;
  /** Of the page. */
  readonly title: string;
}

export function ReportView({ texts, parties, title, draft }: Common & { readonly draft: Draft }) {
  const { report } = texts.doctor;
  const { problems } = draft;
  const typed = typedTest(draft.typed);
  return (
    <div class="colonna">
      <ErrorSummary problems={problems} texts={texts} />
      <h1>{title}</h1>
      <ActingFor {...{ parties, texts }} />
      <form method="post" action={draft.at(`${parties.base}/test/nuovo`)} novalidate>
        <TextField
          {...{ name: 'assistito', label: report.identifier, hint: report.identifierHint, value: typed.person }}
          {...{ problems, texts, maxLength: 32, autocomplete: 'off' }}
        />
        <DayField
          {...{ name: 'eseguito', label: report.executedOn, hint: report.executedOnHint, value: typed.executedOn }}
          {...{ problems, texts }}
        />
        <input type="hidden" name="controlla" value="1" />
        <SubmitButton text={report.goOn} />
      </form>
    </div>
  );
}

interface CheckViewProps extends Common {
  readonly draft: Draft;
  readonly test: CheckedTest;
  readonly executedOn: IsoDate;
}

export function CheckView({ texts, parties, title, draft, test, executedOn }: CheckViewProps) {
  const { report, receipt, patients } = texts.doctor;
  return (
    <div class="colonna">
      <h1>{title}</h1>
      <ActingFor {...{ parties, texts }} />
      <Facts
        facts={[
          [report.titular, titularIn(parties)],
          [receipt.person, test.name ?? ''],
          [patients.identifier, test.person],
          [receipt.executedOn, dayWithWeekday(executedOn)],
        ]}
      />
      <div class="azioni">
        <form method="post" action={draft.at(`${parties.base}/test/conferma`)}>
          {Object.entries(fieldsOf(typedTest(draft.typed))).map(([name, value]) => (
            <input type="hidden" name={name} value={value} />
          ))}
          <HolderField codiceFiscale={parties.doctor} />
          <SubmitButton text={report.send} />
        </form>
        <a class="btn btn-outline-primary" href={draft.at(`${parties.base}/test/nuovo`)}>
          {report.change}
          <span class="visually-hidden">{report.changeObject}</span>
        </a>
      </div>
    </div>
  );
}

export function ReceiptView(props: Common & { test: Receipt; isDuplicate: boolean }) {
  const { texts, parties, title, test, isDuplicate } = props;
  const { receipt, report } = texts.doctor;
  const { base } = parties;
  return (
    <div class="colonna">
      <h1>{title}</h1>
      <ActingFor {...{ parties, texts }} />
      {isDuplicate ? (
        <p class="alert alert-info" role="status">
          {report.duplicate}
        </p>
      ) : null}
      {test.isCancelled ? (
        <p class="alert alert-warning" role="status">
          {receipt.cancelled}
        </p>
      ) : (
        <p class="lead">{receipt.lead}</p>
      )}
      <Facts facts={factsOf(texts, parties, test)} />
      <div class="azioni">
        {maySend(parties) ? (
          <a class="btn btn-primary" href={`${base}/test/nuovo`}>
            {receipt.another}
          </a>
        ) : null}
        <a href={`${base}/test/${test.transactionId}/ricevuta.pdf`}>{texts.pdf.download}</a>
        <a href={`${base}/test`}>{receipt.list}</a>
        {test.isCancelled ? null : <a href={`${base}/test/${test.transactionId}/annulla`}>{receipt.cancel}</a>}
      </div>
    </div>
  );
}
