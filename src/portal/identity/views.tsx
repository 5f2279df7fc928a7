/** Views of the pages of SPID and CIE. */
import type { ProviderChoice } from '../../auth/index.js';
import { START as CARD_START } from '../sign-in/card/paths.js';
import type { Catalogue } from '../texts/index.js';
import type { RefusalWords } from './refusals.js';

export type SchemeName = 'spid' | 'cie';

interface ChoiceProps {
  readonly texts: Catalogue;
  readonly schemes: readonly { readonly name: SchemeName; readonly providers: readonly ProviderChoice[] }[];
  readonly takesCards: boolean;
}

export function ChoiceView({ texts: { identity }, schemes, takesCards }: ChoiceProps) {
  return (
    <div class="colonna">
      <h1>{identity.title}</h1>
      <p class="lead">{identity.lead}</p>
      {schemes.map(({ name, providers }) => (
        <section aria-labelledby={`con-${name}`}>
          <h2 id={`con-${name}`}>{identity[name].heading}</h2>
          <p>{identity[name].text}</p>
          {name === 'cie' ? (
            <p>
              <a class="btn btn-primary" href="/accesso/cie/avvio">
                {identity.cie.enter}
              </a>
            </p>
          ) : (
            <ul class="gestori">
              {providers.map(({ id, title }) => (
                <li>
                  <a class="btn btn-outline-primary" href={`/accesso/spid/avvio?gestore=${id}`}>
                    {title}
                  </a>
                </li>
              ))}
            </ul>
          )}
        </section>
      ))}
      {takesCards ? (
        <section aria-labelledby="con-carta">
          <h2 id="con-carta">{identity.card.heading}</h2>
          <p>{identity.card.text}</p>
          <p>
            <a class="btn btn-primary" href={CARD_START}>
              {identity.card.enter}
            </a>
          </p>
        </section>
      ) : null}
      <p class="mt-4">{identity.taken}</p>
    </div>
  );
}

/** «Entra con SPID», «Entra con CIE»: the page's buttons. @param schemes the configured ones */
export function IdentityLinks({ texts: { identity }, schemes }: { texts: Catalogue; schemes: readonly SchemeName[] }) {
  return (
    <p class="entra-con">
      {schemes.includes('spid') ? (
        <a class="btn btn-outline-primary" href="/accesso/spid">
          {identity.enterSpid}
        </a>
      ) : null}
      {schemes.includes('cie') ? (
        <a class="btn btn-outline-primary" href="/accesso/cie/avvio">
          {identity.cie.enter}
        </a>
      ) : null}
    </p>
  );
}

interface RefusedProps {
  readonly texts: Catalogue;
  readonly said: RefusalWords;
  /** Where a new attempt starts. */
  readonly retry: string;
  readonly requestId: string;
}

export function RefusedView({ texts, said, retry, requestId }: RefusedProps) {
  return (
    <>
      <h1>{said.title}</h1>
      <p class="lead">{said.lead}</p>
      <p>
        <a class="btn btn-primary" href={retry}>
          {texts.identity.retry}
        </a>
      </p>
      <p>
        <a href="/accesso/spid">{texts.identity.otherWays}</a>
      </p>
      <p class="small">
        {texts.errors.requestId} <code>{requestId}</code>
      </p>
    </>
  );
}

export function LoggedOutView({ texts }: { readonly texts: Catalogue }) {
  return (
    <>
      <h1>{texts.identity.outTitle}</h1>
      <p class="lead">{texts.identity.out}</p>
      <p>
        <a href="/">{texts.errors.toStart}</a>
      </p>
    </>
  );
}
