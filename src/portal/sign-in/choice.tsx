/** «Come vuoi entrare?»: an identified person continues with their account or as a citizen [decision 0107]. */
import type { PassageHolder, Passages } from '../../auth/index.js';
import { CITIZEN_HOME } from '../citizen/paths.js';
import { ErrorSummary, NO_PROBLEMS, Remarks, SubmitButton } from '../frame/fields.js';
import type { Problems } from '../frame/fields.js';
import { endFormer } from '../frame/former.js';
import type { BrowserSessions } from '../frame/former.js';
import { forAnybody, redirect, show } from '../frame/page.js';
import type { Page, PageReply, Visit } from '../frame/page.js';
import type { Catalogue } from '../texts/index.js';
import { partsOf } from './ticket.js';

/** After SPID and CIE. Sign-in by card has its own path, because its refusals are explained there. */
export const CHOICE = '/accesso/scelta';

type Way = 'utenza' | 'cittadino';

export interface ChoiceServices extends BrowserSessions {
  readonly passages: Passages;
  /** Whether there are pages for citizens. */
  readonly takesCitizens: boolean;
  /** One of our own paths, or empty. */
  readonly returnTo: (path: string) => string;
}

/** @param lost target without a pending passage: expired, used, or of another browser */
export function choicePage(path: string, lost: string, services: ChoiceServices): Page {
  const { sessions, citizens, passages, takesCitizens, returnTo } = services;
  const waysOf = ({ account }: PassageHolder): readonly Way[] => [
    ...(account === undefined ? [] : (['utenza'] as const)),
    ...(takesCitizens ? (['cittadino'] as const) : []),
  ];

  function choice(holder: PassageHolder, texts: Catalogue, problems?: Problems): PageReply {
    const ways = waysOf(holder);
    const title = ways.length > 1 ? texts.identity.choice.title : texts.card.confirm.title;
    const prefix = problems === undefined ? '' : texts.form.titlePrefix;
    const body = <ChoiceView {...{ path, holder, ways, texts, title, problems }} />;
    return show(prefix + title, body, { status: problems === undefined ? 200 : 400 });
  }

  async function begin(way: Way, { arrival, device }: Visit, ticket: string | undefined): Promise<string | undefined> {
    if (way === 'cittadino') return citizens.beginByPassage(ticket, arrival);
    return sessions.signInByPassage(ticket, arrival, device);
  }

  return forAnybody(path, {
    async get({ ticket, arrival, texts }) {
      const holder = await passages.holder(partsOf(ticket).ticket, arrival.at);
      return holder === undefined || waysOf(holder).length === 0 ? redirect(lost) : choice(holder, texts);
    },
    async post(visit) {
      const { form, arrival, texts } = visit;
      const { ticket, path: wanted } = partsOf(visit.ticket);
      const holder = await passages.holder(ticket, arrival.at);
      const ways = holder === undefined ? [] : waysOf(holder);
      const [only, ...others] = ways;
      const chosen = others.length === 0 ? only : ways.find((way) => way === form.text('come'));
      if (holder !== undefined && chosen === undefined && ways.length > 0) {
        return choice(holder, texts, { fields: { come: texts.identity.choice.missing }, general: [] });
      }
      // Without a passage this attempt fails and leaves its row in the log.
      const token = await begin(chosen ?? 'utenza', visit, ticket);
      if (token === undefined) return redirect(lost, undefined, { ticket: null });
      await endFormer(visit, { sessions, citizens });
      const next = chosen === 'cittadino' ? CITIZEN_HOME : returnTo(wanted) || '/accesso';
      return redirect(next, token, { ticket: null });
    },
  });
}

interface ChoiceProps {
  readonly path: string;
  readonly holder: PassageHolder;
  readonly ways: readonly Way[];
  readonly texts: Catalogue;
  readonly title: string;
  readonly problems: Problems | undefined;
}

/** The browser remembers a card and presents it again automatically: the holder must therefore confirm each sign-in. */
function ChoiceView({ path, holder, ways, texts, title, problems = NO_PROBLEMS }: ChoiceProps) {
  const { confirm, otherWays } = texts.card;
  const { codiceFiscale, method, account } = holder;
  return (
    <div class="colonna">
      <ErrorSummary problems={problems} texts={texts} />
      <h1>{title}</h1>
      {method === 'card' ? <p class="lead">{confirm.lead}</p> : null}
      <dl class="dati">
        <dt>{texts.profile.codiceFiscale}</dt>
        <dd>{codiceFiscale}</dd>
        {account === undefined ? null : (
          <>
            <dt>{texts.profile.userId}</dt>
            <dd>{account.userId}</dd>
          </>
        )}
      </dl>
      <form method="post" action={path}>
        {ways.length > 1 ? <Ways {...{ ways, holder, texts, problems }} /> : null}
        <SubmitButton text={ways.length > 1 ? texts.signIn.goOn : confirm.submit(codiceFiscale)} />
      </form>
      {method === 'card' ? (
        <>
          <h2 class="h4 mt-5">{confirm.notYou}</h2>
          <p>{confirm.notYouText}</p>
        </>
      ) : null}
      <p>
        <a href="/accesso">{otherWays}</a>
      </p>
    </div>
  );
}

function Ways({
  ways,
  holder,
  texts,
  problems,
}: Pick<ChoiceProps, 'ways' | 'holder' | 'texts'> & { problems: Problems }) {
  const { choice } = texts.identity;
  const roles = (holder.account?.roles ?? []).map((role) => texts.roles[role]).join(', ');
  const words = { utenza: choice.account(roles), cittadino: choice.citizen };
  return (
    <fieldset class="campo">
      <legend>{choice.legend}</legend>
      <Remarks {...{ name: 'come', hint: choice.hint, problem: problems.fields['come'], texts }} />
      {ways.map((way, index) => (
        <div class="scelta">
          <input id={index === 0 ? 'come' : `come-${way}`} type="radio" name="come" value={way} />
          <label for={index === 0 ? 'come' : `come-${way}`}>{words[way]}</label>
        </div>
      ))}
    </fieldset>
  );
}
