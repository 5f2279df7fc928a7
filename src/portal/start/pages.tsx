/** Public pages: the start, help, state of the service, and the pages required by law. */
import { forAnybody, show } from '../frame/page.js';
import type { Page } from '../frame/page.js';
import { IdentityLinks } from '../identity/views.js';
import type { SchemeName } from '../identity/views.js';
import { SERVICE_PAGE } from '../opposition/paths.js';

export interface StartServices {
  /** Whether the database answers. */
  readonly works: () => Promise<boolean>;
  /** The schemes for citizens. */
  readonly schemes: readonly SchemeName[];
  /** Whether there are pages about the opposition to past data. */
  readonly hasOpposition: boolean;
}

export function startPages({ works, schemes, hasOpposition }: StartServices): readonly Page[] {
  return [
    forAnybody('/', {
      get({ texts }) {
        const { home } = texts.start;
        return show(
          home.title,
          <>
            <h1>{home.title}</h1>
            <p class="lead">{home.lead}</p>
            <p>
              <a class="btn btn-primary" href="/accesso">
                {home.signIn}
              </a>
            </p>
            {schemes.length === 0 && !hasOpposition ? null : (
              <>
                <h2>{home.citizens}</h2>
                {hasOpposition ? (
                  <>
                    <p>{home.opposition}</p>
                    <p>
                      <a href={SERVICE_PAGE}>{texts.opposition.title}</a>
                    </p>
                  </>
                ) : null}
                {schemes.length === 0 ? null : (
                  <>
                    <p>{home.citizensText}</p>
                    <IdentityLinks texts={texts} schemes={schemes} />
                  </>
                )}
              </>
            )}
            <h2>{home.doctors}</h2>
            <p>{home.doctorsText}</p>
            <h2>{home.asls}</h2>
            <p>{home.aslsText}</p>
            <h2>{home.vendors}</h2>
            <p>{home.vendorsText}</p>
          </>,
        );
      },
    }),
    forAnybody('/aiuto', {
      get({ texts }) {
        const { help } = texts.start;
        return show(
          help.title,
          <>
            <h1>{help.title}</h1>
            <h2>{help.credentialsHeading}</h2>
            <p>{help.credentials}</p>
            <h2>{help.forgottenHeading}</h2>
            <p>{help.forgotten}</p>
            <h2>{help.mistakesHeading}</h2>
            <p>{help.mistakes}</p>
            <h2>{help.severalHeading}</h2>
            <p>{help.several}</p>
            <h2>{help.twiceHeading}</h2>
            <p>{help.twice}</p>
            {schemes.length === 0 && !hasOpposition ? null : (
              <>
                <h2>{help.citizensHeading}</h2>
                <p>{help.citizens}</p>
                {hasOpposition ? (
                  <p>
                    <a href={SERVICE_PAGE}>{texts.opposition.title}</a>
                  </p>
                ) : null}
              </>
            )}
            <h2>{help.guidesHeading}</h2>
            <p>{help.guides}</p>
          </>,
        );
      },
    }),
    forAnybody('/stato', {
      async get({ texts, arrival }) {
        const { state } = texts.start;
        const isUp = await works();
        return show(
          state.title,
          <>
            <h1>{state.title}</h1>
            <p class="lead">{isUp ? state.works : state.databaseAway}</p>
            <p>{state.checkedAt(arrival.at)}</p>
          </>,
          { status: isUp ? 200 : 503 },
        );
      },
    }),
    forAnybody('/privacy', {
      get: ({ texts: { start } }) => show(start.privacy.title, <TextPage {...start.privacy} />),
    }),
    forAnybody('/cookie', {
      get: ({ texts: { start } }) => show(start.cookies.title, <TextPage {...start.cookies} />),
    }),
    forAnybody('/accessibilita', {
      get({ texts: { start } }) {
        const { accessibility } = start;
        return show(
          accessibility.title,
          <>
            <TextPage {...accessibility} />
            <p>{accessibility.contact}</p>
          </>,
        );
      },
    }),
  ];
}

function TextPage({ title, text }: { readonly title: string; readonly text: string }) {
  return (
    <>
      <h1>{title}</h1>
      <p>{text}</p>
    </>
  );
}
