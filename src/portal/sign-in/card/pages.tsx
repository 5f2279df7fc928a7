/** Signing in by card at the portal: the start, the way back from the card host, «Prosegui come», and what was wrong. */
import type { CardPassages } from '../../../auth/index.js';
import { endFormer } from '../../frame/former.js';
import type { BrowserSessions } from '../../frame/former.js';
import { forAnybody, redirect, show } from '../../frame/page.js';
import type { Page } from '../../frame/page.js';
import { CARD_HELP, CARD_HOST_PATH, CARD_OUT, CARD_REFUSALS, CONFIRM, RESULT, START, pathOfRefusal } from './paths.js';
import { CardHelpView, CardOutView, CardRefusedView, ConfirmView } from './views.js';

export interface CardServices {
  readonly passages: CardPassages;
  /** Address of the card host. */
  readonly url: string;
}

export interface CardPagesServices extends BrowserSessions {
  readonly card: CardServices;
  /** One of our own paths, or empty. */
  readonly returnTo: (path: string) => string;
}

export function cardPages({ sessions, citizens, card, returnTo }: CardPagesServices): readonly Page[] {
  return [
    // A link, not a form: the policy on where forms lead would stop it at the other host in some browsers.
    forAnybody(START, {
      get({ query }) {
        const { ticket, mark } = card.passages.begin();
        const address = `${card.url}${CARD_HOST_PATH}?${new URLSearchParams({ biglietto: mark }).toString()}`;
        return redirect(address, undefined, { ticket: cookieOf(ticket, returnTo(query.text('ritorno'))) });
      },
    }),
    // The code leaves the address bar and the history at once: what follows knows the browser by its ticket.
    forAnybody(RESULT, {
      async get({ query, ticket, arrival }) {
        if (!query.has('codice')) return redirect('/accesso');
        const isGood = await card.passages.claim(query.text('codice'), partsOf(ticket).ticket, arrival);
        return redirect(isGood ? CONFIRM : pathOfRefusal('interrotto'));
      },
    }),
    forAnybody(CONFIRM, {
      async get({ ticket, arrival, texts }) {
        const holder = await card.passages.holder(partsOf(ticket).ticket, arrival.at);
        if (holder === undefined) return redirect(pathOfRefusal('interrotto'));
        return show(texts.card.confirm.title, <ConfirmView {...{ texts, ...holder }} />);
      },
      async post(visit) {
        const { ticket, arrival, device } = visit;
        const parts = partsOf(ticket);
        const token = await sessions.signInByCard(parts.ticket, arrival, device);
        if (token === undefined) return redirect(pathOfRefusal('interrotto'), undefined, { ticket: null });
        await endFormer(visit, { sessions, citizens });
        return redirect(returnTo(parts.path) || '/accesso', token, { ticket: null });
      },
    }),
    ...CARD_REFUSALS.map((refusal) =>
      forAnybody(pathOfRefusal(refusal), {
        get: ({ texts }) =>
          show(texts.card.refusals[refusal].title, <CardRefusedView {...{ texts, ...texts.card.refusals[refusal] }} />),
      }),
    ),
    forAnybody(CARD_HELP, {
      get: ({ texts }) => show(texts.card.help.title, <CardHelpView texts={texts} />),
    }),
    forAnybody(CARD_OUT, {
      get: ({ texts }) => show(texts.card.out.title, <CardOutView texts={texts} />),
    }),
  ];
}

/** The cookie also says where to go after signing in. */
function cookieOf(ticket: string, path: string): string {
  return `${ticket}.${encodeURIComponent(path)}`;
}

function partsOf(cookie: string | undefined): { readonly ticket: string | undefined; readonly path: string } {
  const [ticket, path = ''] = cookie?.split('.', 2) ?? [];
  try {
    return { ticket, path: decodeURIComponent(path) };
  } catch {
    return { ticket, path: '' }; // not of our making
  }
}
