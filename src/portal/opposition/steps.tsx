/**
 * The steps of expressing or revoking an opposition (chapter 5): possible values, notice, choice, check, receipt. The
 * choice is carried by a form and stored only in the register [O-4].
 */
import type { ComponentChildren } from 'preact';
import type { DecisionValue, OppositionRefusal } from '../../opposition/index.js';
import { NO_PROBLEMS } from '../frame/fields.js';
import type { Problems } from '../frame/fields.js';
import { pdfFile } from '../frame/file.js';
import { PageError, redirect, show } from '../frame/page.js';
import type { Page, PageReply, Reply } from '../frame/page.js';
import { askingOf } from '../pdf/maker.js';
import type { Catalogue } from '../texts/index.js';
import { VALUES } from './journey.js';
import type { Journey, Permitted, Traveller } from './journey.js';
import { receiptDocument } from './receipt-document.js';
import type { OppositionServices } from './services.js';
import { CheckView, ChoiceView, NoNoticeView, NoticeView, ReceiptView, RefusalView, StartView } from './views.js';

export function journeyPages(journey: Journey, { register, makePdf }: OppositionServices): readonly Page[] {
  const { base, permitted } = journey;

  return [
    ...(permitted === undefined
      ? []
      : [
          journey.page(base, {
            async get(traveller) {
              const { texts } = traveller.visit;
              const outcome = await permitted(traveller, register());
              const refusal = refusalOf(outcome);
              if (refusal !== undefined) return refused(traveller, refusal, 200);
              const { title } = texts.opposition;
              const { identifier } = traveller;
              const props = { texts, outcome, values: valuesIn(outcome), identifier };
              return stepPage(
                texts,
                title,
                journey.forAnother?.start(props) ?? <StartView {...{ ...props, journey }} />,
              );
            },
          }),
        ]),

    journey.page(`${base}/informativa`, {
      get: (traveller) => noticePage(traveller),
      async post(traveller) {
        const { form, texts } = traveller.visit;
        if (!form.has('letta')) {
          const unread = journey.forAnother === undefined ? texts.opposition.notice.unread : texts.counter.noticeUnread;
          return noticePage(traveller, { fields: { letta: unread }, general: [] });
        }
        const [version, language] = [form.text('versione'), form.text('lingua')];
        if (!/^[0-9]{1,9}$/.test(version) || !/^[a-z]{2}$/.test(language)) throw new PageError(400);
        if (!isOfThisVisit(traveller)) return ofAnotherVisit(traveller);
        await traveller.acknowledge({ version: Number(version), language });
        return redirect(`${base}/scelta`);
      },
    }),

    journey.page(`${base}/scelta`, { get: (traveller) => choicePage(traveller) }),

    journey.page(`${base}/conferma`, {
      // There is no way back to a check: the choice was in the form.
      get: () => redirect(`${base}/scelta`),
      async post(traveller) {
        const { form, texts } = traveller.visit;
        const value = VALUES.find((known) => known === form.text('scelta'));
        if (value === undefined) {
          return choicePage(traveller, { fields: { scelta: texts.opposition.choice.missing }, general: [] });
        }
        return form.has('registra') ? record(traveller, value) : checkPage(traveller, value);
      },
    }),

    journey.page(`${base}/ricevuta/:numero`, {
      async get(traveller) {
        const { texts } = traveller.visit;
        const receipt = await receiptOf(traveller);
        return stepPage(
          texts,
          texts.opposition.receipt.title,
          <ReceiptView {...{ texts, journey, traveller, receipt }} />,
        );
      },
    }),

    journey.page(`${base}/ricevuta/:numero/ricevuta.pdf`, {
      async get(traveller) {
        const receipt = await receiptOf(traveller);
        const bytes = await makePdf(receiptDocument(traveller, receipt), askingOf(traveller.visit));
        return pdfFile(`ricevuta-${receipt.decision.id}.pdf`, bytes);
      },
    }),
  ];

  /** The same step of another journey is another page: its title says whose. */
  function stepPage(
    texts: Catalogue,
    title: string,
    body: ComponentChildren,
    more?: Parameters<typeof show>[2],
  ): PageReply {
    return show(`${title} – ${journey.homeTitle(texts)}`, body, more);
  }

  async function noticePage(
    { call, visitId, visit: { texts } }: Traveller,
    problems = NO_PROBLEMS,
  ): Promise<PageReply> {
    const { notice: words } = texts.opposition;
    const { notice } = await register().notices.read(call, { language: texts.language });
    if (notice === undefined)
      return stepPage(texts, words.none, <NoNoticeView texts={texts} />, { status: 503, retryAfter: 3600 });
    const body = <NoticeView {...{ texts, journey, notice, problems, visitId }} />;
    return stepPage(texts, titleOf(words.title, problems, texts), body, { status: statusOf(problems) });
  }

  async function choicePage(traveller: Traveller, problems = NO_PROBLEMS): Promise<PageReply> {
    const { texts } = traveller.visit;
    if (traveller.acknowledged === undefined) return refused(traveller, 'notice-not-acknowledged');
    const outcome = await permitted?.(traveller, register());
    const refusal = outcome && refusalOf(outcome);
    if (refusal !== undefined) return refused(traveller, refusal);
    const values = outcome === undefined ? VALUES : valuesIn(outcome);
    const body = <ChoiceView {...{ texts, journey, values, problems }} />;
    return stepPage(texts, titleOf(texts.opposition.choice.title, problems, texts), body, {
      status: statusOf(problems),
    });
  }

  async function checkPage(traveller: Traveller, value: DecisionValue): Promise<PageReply> {
    const { visit, acknowledged } = traveller;
    if (acknowledged === undefined) return refused(traveller, 'notice-not-acknowledged');
    const { open } = await register().terms(visit.arrival.at);
    const body = (
      <CheckView {...{ texts: visit.texts, journey, traveller, acknowledged, value, until: open?.closesOn }} />
    );
    return stepPage(visit.texts, visit.texts.opposition.check.title, body);
  }

  /** A double press, Back or a second window repeat the same expression: one decision, one receipt. */
  async function record(traveller: Traveller, value: DecisionValue): Promise<Reply> {
    const { call, visitId, acknowledged: notice, person } = traveller;
    if (!isOfThisVisit(traveller)) return ofAnotherVisit(traveller);
    const { opposition } = register();
    const { refusals, decisionId } = await opposition.express(call, { ...person, value, notice, visit: visitId });
    if (decisionId !== undefined) return redirect(`${base}/ricevuta/${decisionId}`);
    return refused(traveller, refusals[0] ?? 'not-permitted');
  }

  /** The form is about somebody else: another person signed in, or was looked up, in another window of this browser. */
  function ofAnotherVisit({ visit: { texts } }: Traveller): PageReply {
    const { check, title } = texts.opposition;
    const words = { title, lead: check.otherSession, how: '' };
    const body = <RefusalView {...{ texts, journey, words, leadsToNotice: true }} />;
    return stepPage(texts, title, body, { status: 422 });
  }

  function refused({ visit: { texts } }: Traveller, refusal: OppositionRefusal, status = 422): PageReply {
    const words = journey.forAnother?.words(texts, refusal) ?? texts.opposition.refusals[refusal];
    const leadsToNotice = refusal.startsWith('notice-');
    const body = <RefusalView {...{ texts, journey, words, leadsToNotice }} />;
    return stepPage(texts, words.title, body, { status, beatMs: journey.beatMs });
  }

  async function receiptOf({ visit, call, visitId, person }: Traveller) {
    const decision = visit.params['numero'] ?? '';
    const receipt = await register().opposition.receipt(call, { ...person, decision, visit: visitId });
    if (receipt.decision === undefined) throw new PageError(404);
    return { decision: receipt.decision, changeableUntil: receipt.changeableUntil };
  }
}

/** Why nothing may be expressed; undefined: something may be. */
export function refusalOf({ refusals, opposition, revocation }: Permitted): OppositionRefusal | undefined {
  if (opposition === undefined || revocation === undefined) return refusals[0] ?? 'not-permitted';
  return opposition.allowed || revocation.allowed ? undefined : opposition.reason;
}

export function valuesIn(outcome: Permitted): readonly DecisionValue[] {
  return VALUES.filter((value) => outcome[value]?.allowed === true);
}

/** Only pages of this visit hold its id: whoever sends it has opened the notice. */
function isOfThisVisit({ visit, visitId }: Traveller): boolean {
  return visit.form.text('visita') === visitId;
}

const statusOf = (problems: Problems): number => (problems === NO_PROBLEMS ? 200 : 422);

function titleOf(title: string, problems: Problems, { form }: Catalogue): string {
  return problems === NO_PROBLEMS ? title : form.titlePrefix + title;
}
