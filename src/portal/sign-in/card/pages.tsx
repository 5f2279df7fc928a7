/** Sign-in by card at the portal: the start, the return from the card host, «Prosegui come», and errors. */
import { forAnybody, redirect, show } from '../../frame/page.js';
import type { Page } from '../../frame/page.js';
import { choicePage } from '../choice.js';
import type { ChoiceServices } from '../choice.js';
import { partsOf, ticketCookie } from '../ticket.js';
import { CARD_HELP, CARD_HOST_PATH, CARD_OUT, CARD_REFUSALS, CONFIRM, RESULT, START, pathOfRefusal } from './paths.js';
import { CardHelpView, CardOutView, CardRefusedView } from './views.js';

export interface CardServices {
  /** Address of the card host. */
  readonly url: string;
}

export interface CardPagesServices extends ChoiceServices {
  readonly card: CardServices;
}

export function cardPages({ card, ...choice }: CardPagesServices): readonly Page[] {
  const { passages, returnTo } = choice;
  return [
    // A link, not a form: in some browsers form-action of the content security policy would block the redirect to the
    // other host.
    forAnybody(START, {
      get({ query }) {
        const { ticket, mark } = passages.begin();
        const address = `${card.url}${CARD_HOST_PATH}?${new URLSearchParams({ biglietto: mark }).toString()}`;
        return redirect(address, undefined, { ticket: ticketCookie(ticket, returnTo(query.text('ritorno'))) });
      },
    }),
    // The code is removed from the address bar and the history at once: from then on the ticket identifies the browser.
    forAnybody(RESULT, {
      async get({ query, ticket, arrival }) {
        if (!query.has('codice')) return redirect('/accesso');
        const isGood = await passages.claim(query.text('codice'), partsOf(ticket).ticket, arrival);
        return redirect(isGood ? CONFIRM : pathOfRefusal('interrotto'));
      },
    }),
    choicePage(CONFIRM, pathOfRefusal('interrotto'), choice),
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
