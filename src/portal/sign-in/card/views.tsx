/** Views of the pages of sign-in by card. */
import type { Catalogue } from '../../texts/index.js';
import { CARD_HELP, START } from './paths.js';

interface RefusedProps {
  readonly texts: Catalogue;
  readonly title: string;
  readonly text: string;
  readonly remedy: string;
}

export function CardRefusedView({ texts, title, text, remedy }: RefusedProps) {
  const { card } = texts;
  return (
    <div class="colonna">
      <h1>{title}</h1>
      <p class="lead">{text}</p>
      <h2 class="h4">{card.whatToDo}</h2>
      <p>{remedy}</p>
      <ul>
        <li>
          <a href={START}>{card.again}</a>
        </li>
        <li>
          <a href="/accesso">{card.otherWays}</a>
        </li>
        <li>
          <a href={CARD_HELP}>{card.helpLink}</a>
        </li>
      </ul>
    </div>
  );
}

export function CardHelpView({ texts }: { readonly texts: Catalogue }) {
  const { help } = texts.card;
  return (
    <div class="colonna">
      <h1>{help.title}</h1>
      <h2>{help.needsHeading}</h2>
      <ul>
        {help.needs.map((need) => (
          <li>{need}</li>
        ))}
      </ul>
      <h2>{help.causesHeading}</h2>
      {help.causes.map(({ heading, text }) => (
        <>
          <h3 class="h5">{heading}</h3>
          <p>{text}</p>
        </>
      ))}
      <p>
        <a href="/accesso">{texts.card.otherWays}</a>
      </p>
    </div>
  );
}

export function CardOutView({ texts }: { readonly texts: Catalogue }) {
  const { out } = texts.card;
  return (
    <div class="colonna">
      <h1>{out.title}</h1>
      <p class="lead">{out.lead}</p>
      <p>{out.why}</p>
      <p>
        <a href="/accesso">{texts.signIn.again}</a>
      </p>
    </div>
  );
}
