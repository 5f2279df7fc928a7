/** Views of the steps. */
import type { AcknowledgedNotice } from '../../auth/index.js';
import type { DecisionReceipt, DecisionValue, Notice } from '../../opposition/index.js';
import { ErrorSummary, Remarks, SubmitButton } from '../frame/fields.js';
import type { Problems } from '../frame/fields.js';
import type { Catalogue } from '../texts/index.js';
import type { RefusalWords } from '../texts/it/opposition.js';
import type { Journey, Permitted, Traveller } from './journey.js';
import { SERVICE_PAGE } from './paths.js';
import { receiptFacts } from './receipt-document.js';

interface Common {
  readonly texts: Catalogue;
  readonly journey: Journey;
}

/** @param step from 1 */
function Steps({ texts: { opposition }, step }: { readonly texts: Catalogue; readonly step: number }) {
  const { label, names, of } = opposition.steps;
  return (
    <nav aria-label={label} class="passaggi">
      <p class="passo">{of(step, names.length)}</p>
      <ol>
        {names.map((name, index) => (
          <li aria-current={index + 1 === step ? 'step' : undefined}>{name}</li>
        ))}
      </ol>
    </nav>
  );
}

interface StartProps extends Common {
  readonly outcome: Permitted;
  readonly values: readonly DecisionValue[];
}

export function StartView({ texts, journey, outcome, values }: StartProps) {
  const { opposition } = texts;
  const { start } = opposition;
  return (
    <div class="colonna">
      <h1>{opposition.title}</h1>
      <p class="lead">{start.lead}</p>
      <p>{start.may}</p>
      <ul>
        {values.map((value) => (
          <li>{start[value]}</li>
        ))}
      </ul>
      <p>{outcome.closesOn === undefined ? start.late : opposition.openUntil(outcome.closesOn)}</p>
      <div class="azioni">
        <a class="btn btn-primary" href={`${journey.base}/informativa`}>
          {start.goOn}
        </a>
        <a href={SERVICE_PAGE}>{opposition.toService}</a>
      </div>
    </div>
  );
}

interface NoticeProps extends Common {
  readonly visitId: string;
  readonly notice: Notice;
  readonly problems: Problems;
}

export function NoticeView({ texts, journey, notice, problems, visitId }: NoticeProps) {
  const { notice: words } = texts.opposition;
  const problem = problems.fields['letta'];
  return (
    <div class="colonna">
      <ErrorSummary problems={problems} texts={texts} />
      <Steps texts={texts} step={1} />
      <h1>{words.title}</h1>
      {journey.forAnother === undefined ? null : <p class="lead">{texts.counter.noticeLead}</p>}
      <p class="suggerimento">{words.version(notice.version, notice.publishedAt)}</p>
      <div lang={notice.language}>
        {notice.text.split(/\n\s*\n/).map((paragraph) => (
          <p>{paragraph.trim()}</p>
        ))}
      </div>
      <form method="post" action={`${journey.base}/informativa`} novalidate>
        <input type="hidden" name="versione" value={notice.version} />
        <input type="hidden" name="lingua" value={notice.language} />
        <input type="hidden" name="visita" value={visitId} />
        <div class={problem === undefined ? 'campo' : 'campo campo-errato'}>
          <Remarks {...{ name: 'letta', hint: undefined, problem, texts }} />
          <div class="scelta">
            <input
              id="letta"
              name="letta"
              type="checkbox"
              value="1"
              aria-describedby={problem === undefined ? undefined : 'letta-errore'}
              aria-invalid={problem === undefined ? undefined : true}
            />
            <label for="letta">{journey.forAnother === undefined ? words.read : texts.counter.noticeRead}</label>
          </div>
        </div>
        <SubmitButton text={words.goOn} />
      </form>
    </div>
  );
}

export function NoNoticeView({ texts: { opposition } }: { readonly texts: Catalogue }) {
  return (
    <div class="colonna">
      <h1>{opposition.notice.none}</h1>
      <p class="lead">{opposition.notice.noneText}</p>
      <p>
        <a href={SERVICE_PAGE}>{opposition.toService}</a>
      </p>
    </div>
  );
}

interface ChoiceProps extends Common {
  readonly values: readonly DecisionValue[];
  readonly problems: Problems;
}

export function ChoiceView({ texts, journey, values, problems }: ChoiceProps) {
  const { opposition } = texts;
  const { choice } = opposition;
  const problem = problems.fields['scelta'];
  return (
    <div class="colonna">
      <ErrorSummary problems={problems} texts={texts} />
      <Steps texts={texts} step={2} />
      <form method="post" action={`${journey.base}/conferma`} autocomplete="off" novalidate>
        <fieldset class={problem === undefined ? 'campo' : 'campo campo-errato'}>
          <legend>
            <h1>{journey.forAnother === undefined ? choice.legend : texts.counter.choiceLegend}</h1>
          </legend>
          <Remarks {...{ name: 'scelta', hint: undefined, problem, texts }} />
          {values.map((value, index) => (
            <div class="scelta">
              <input
                id={index === 0 ? 'scelta' : `scelta-${value}`}
                name="scelta"
                type="radio"
                value={value}
                aria-describedby={problem === undefined ? undefined : 'scelta-errore'}
              />
              <label for={index === 0 ? 'scelta' : `scelta-${value}`}>{opposition.choiceInWords(value)}</label>
            </div>
          ))}
        </fieldset>
        <SubmitButton text={choice.goOn} />
      </form>
    </div>
  );
}

interface CheckProps extends Common {
  readonly traveller: Traveller;
  readonly acknowledged: AcknowledgedNotice;
  readonly value: DecisionValue;
  /** Last day of the open window. */
  readonly until: string | undefined;
}

export function CheckView({ texts, journey, traveller, acknowledged, value, until }: CheckProps) {
  const { opposition } = texts;
  const { check } = opposition;
  return (
    <div class="colonna">
      <Steps texts={texts} step={3} />
      <h1>{check.title}</h1>
      <p class="lead">{check.lead}</p>
      <dl class="dati">
        <dt>{check.person(traveller.identifier)}</dt>
        <dd>{traveller.identifier}</dd>
        <dt>{check.choice}</dt>
        <dd>{opposition.choiceInWords(value)}</dd>
        <dt>{check.way}</dt>
        <dd>{opposition.channelInWords(traveller.channel)}</dd>
        <dt>{check.notice}</dt>
        <dd>{check.noticeRead(acknowledged.version, acknowledged.at)}</dd>
        <dt>{check.until}</dt>
        <dd>{until === undefined ? check.notLater : check.untilDay(until)}</dd>
      </dl>
      <div class="azioni">
        <form method="post" action={`${journey.base}/conferma`}>
          <input type="hidden" name="scelta" value={value} />
          <input type="hidden" name="visita" value={traveller.visitId} />
          <input type="hidden" name="registra" value="1" />
          <SubmitButton text={check.confirm} />
        </form>
        <a class="btn btn-outline-primary" href={`${journey.base}/scelta`}>
          {check.change}
          <span class="visually-hidden">{check.changeObject}</span>
        </a>
      </div>
    </div>
  );
}

interface ReceiptProps extends Common {
  readonly traveller: Traveller;
  readonly receipt: DecisionReceipt;
}

export function ReceiptView({ texts, journey, traveller, receipt }: ReceiptProps) {
  const { receipt: words } = texts.opposition;
  return (
    <div class="colonna">
      <Steps texts={texts} step={4} />
      <h1>{words.title}</h1>
      <p class="lead">{journey.forAnother === undefined ? words.lead : texts.counter.receiptLead}</p>
      <dl class="dati">
        {receiptFacts(texts, traveller, receipt).map(([term, value]) => (
          <>
            <dt>{term}</dt>
            <dd>{value}</dd>
          </>
        ))}
      </dl>
      {journey.isOnlyNow ? <p>{words.onlyNow}</p> : null}
      <div class="azioni">
        <a class="btn btn-primary" href={`${journey.base}/ricevuta/${receipt.decision.id}/ricevuta.pdf`}>
          {texts.pdf.download}
        </a>
        {journey.isOnlyNow ? (
          <form method="post" action="/uscita">
            <button type="submit" class="btn btn-outline-primary">
              {words.leave}
            </button>
          </form>
        ) : (
          <a href={journey.home}>{journey.homeTitle(texts)}</a>
        )}
      </div>
    </div>
  );
}

interface RefusalProps extends Common {
  readonly words: RefusalWords;
  readonly leadsToNotice: boolean;
}

export function RefusalView({ texts, journey, words, leadsToNotice }: RefusalProps) {
  const { opposition } = texts;
  return (
    <div class="colonna">
      <h1>{words.title}</h1>
      <p class="lead">{words.lead}</p>
      {words.how === '' ? null : <p>{words.how}</p>}
      <div class="azioni">
        {leadsToNotice ? (
          <a class="btn btn-primary" href={`${journey.base}/informativa`}>
            {opposition.notice.again}
          </a>
        ) : (
          <a class="btn btn-primary" href={journey.home}>
            {journey.homeTitle(texts)}
          </a>
        )}
        <a href={SERVICE_PAGE}>{opposition.toService}</a>
      </div>
    </div>
  );
}
