/** The frame of every page: document, site header, links of the role, footer. */
import type { ComponentChildren } from 'preact';
import { renderToString } from 'preact-render-to-string';
import type { CitizenSession, FreeAreaSession, Role, Session } from '../../auth/index.js';
import type { Catalogue } from '../texts/index.js';
import type { Assets } from './assets.js';
import type { PageReply } from './page.js';

/** The links of each role, in order. */
export type Menu = { readonly [Acting in Role]?: readonly { readonly href: string; readonly text: string }[] };

export interface Frame {
  readonly assets: Assets;
  readonly menu: Menu;
  readonly accessibilityDeclarationUrl: string | undefined;
  readonly texts: Catalogue;
  readonly session: Session | undefined;
  readonly citizen: CitizenSession | undefined;
  readonly freeArea: FreeAreaSession | undefined;
  /** The last submission was not accepted, because its session had ended. */
  readonly isNotSent: boolean;
  /** Path of the page, to mark its link. */
  readonly path: string;
}

export function documentOf({ title, body, status }: PageReply, frame: Frame): string {
  const { texts } = frame;
  const fullTitle = `${title} – ${texts.frame.service}`;
  return `<!doctype html>${renderToString(
    <html lang={texts.language}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{fullTitle}</title>
        {(status ?? 200) >= 400 ? <meta name="robots" content="noindex" /> : null}
        <link rel="icon" href={frame.assets.href('icon.svg')} type="image/svg+xml" />
        <link rel="stylesheet" href={frame.assets.href('bootstrap.css')} />
        <link rel="stylesheet" href={frame.assets.href('portal.css')} />
        <script type="module" src={frame.assets.href('secrets.js')} />
        {(frame.session ?? frame.citizen ?? frame.freeArea) === undefined ? null : (
          <script type="module" src={frame.assets.href('session.js')} />
        )}
      </head>
      <body>
        <div class="skiplinks">
          <a class="visually-hidden-focusable" href="#contenuto">
            {texts.frame.skip}
          </a>
        </div>
        <SiteHeader {...frame} />
        <main id="contenuto" class="container py-4" tabIndex={-1}>
          {frame.isNotSent ? <NotSent {...frame} /> : null}
          {body}
        </main>
        <SiteFooter {...frame} />
      </body>
    </html>,
  )}`;
}

function NotSent({ texts, session }: Pick<Frame, 'texts' | 'session'>) {
  return (
    <p class="alert alert-warning" role="alert">
      {session === undefined ? texts.session.notSent : texts.session.notSentBefore}
    </p>
  );
}

/** @param name of those that the build puts into the sprite (dev/assets) */
export function Icon({ name, assets, extra = '' }: { name: 'pa'; assets: Assets; extra?: string }) {
  return (
    <svg class={`icon ${extra}`} aria-hidden="true" focusable="false">
      <use href={`${assets.href('icons.svg')}#it-${name}`} />
    </svg>
  );
}

/** Pages for persons acting on their own data. */
const OWN_PAGES = /^\/(?:cittadino|libera|servizi)(?:\/|$)/;

function SiteHeader({ texts, session, citizen, freeArea, menu, path, assets }: Frame) {
  const role = session?.call?.caller.capacity.role;
  const isOwn = (citizen ?? freeArea) !== undefined || OWN_PAGES.test(path);
  const links = role === undefined ? [] : (menu[role] ?? []);
  return (
    <header class="it-header-wrapper">
      <div class="it-header-slim-wrapper">
        <div class="container">
          <div class="it-header-slim-wrapper-content">
            <span class="navbar-brand proprietario">{texts.frame.owner}</span>
            <div class="it-header-slim-right-zone">
              {session !== undefined ? (
                <SignedIn session={session} texts={texts} role={role} />
              ) : citizen !== undefined ? (
                <OwnMatter texts={texts} href="/cittadino" title={texts.citizen.title} />
              ) : freeArea !== undefined ? (
                <OwnMatter texts={texts} href="/libera/opposizione" title={texts.freeArea.title} />
              ) : (
                <a class="link-intestazione" href="/accesso">
                  {texts.frame.signIn}
                </a>
              )}
            </div>
          </div>
        </div>
      </div>
      <div class="it-header-center-wrapper it-small-header">
        <div class="container">
          <div class="it-header-center-content-wrapper">
            <div class="it-brand-wrapper">
              <a href="/">
                <Icon name="pa" assets={assets} />
                <div class="it-brand-text">
                  <div class="it-brand-title">{texts.frame.service}</div>
                  <div class="it-brand-tagline d-none d-md-block">
                    {isOwn ? texts.frame.ownTagline : texts.frame.tagline}
                  </div>
                </div>
              </a>
            </div>
            {session !== undefined ? (
              <SessionEnd endsAt={session.endsAt} texts={texts} prolongedAt="/sessione" />
            ) : citizen !== undefined ? (
              <SessionEnd endsAt={citizen.endsAt} texts={texts} prolongedAt="/cittadino" />
            ) : freeArea !== undefined ? (
              <SessionEnd endsAt={freeArea.endsAt} texts={texts} prolongedAt="/libera/opposizione" />
            ) : null}
          </div>
        </div>
      </div>
      {links.length === 0 ? null : (
        <nav class="menu-ruolo" aria-label={texts.frame.mainMenu}>
          <div class="container">
            <ul>
              {links.map(({ href, text }) => (
                <li>
                  <a href={href} aria-current={path === href ? 'page' : undefined}>
                    {text}
                  </a>
                </li>
              ))}
            </ul>
          </div>
        </nav>
      )}
    </header>
  );
}

function SignedIn({ session, texts, role }: { session: Session; texts: Catalogue; role: Role | undefined }) {
  return (
    <div class="chi-opera">
      <span>
        {session.userId}
        {role === undefined ? '' : `, ${texts.roles[role]}`}
      </span>
      <a class="link-intestazione" href="/profilo">
        {texts.frame.profile}
      </a>
      <SignOut texts={texts} />
    </div>
  );
}

interface OwnMatterProps {
  readonly texts: Catalogue;
  /** Start page of the session. */
  readonly href: string;
  readonly title: string;
}

/** For a person acting on their own data, whom the frame does not name. */
function OwnMatter({ texts, href, title }: OwnMatterProps) {
  return (
    <div class="chi-opera">
      <a class="link-intestazione" href={href}>
        {title}
      </a>
      <SignOut texts={texts} />
    </div>
  );
}

function SignOut({ texts }: { readonly texts: Catalogue }) {
  return (
    <form method="post" action="/uscita">
      <button class="link-intestazione" type="submit">
        {texts.frame.signOut}
      </button>
    </form>
  );
}

/**
 * On every page, for those without script too; session.js warns before.
 * @param prolongedAt own page that the button of the warning opens
 */
function SessionEnd({ endsAt, texts, prolongedAt }: { endsAt: Date; texts: Catalogue; prolongedAt: string }) {
  return (
    <p
      id="scadenza-sessione"
      class="scadenza-sessione"
      data-scade={endsAt.toISOString()}
      data-avviso={texts.session.soon(endsAt)}
      data-prolunga={texts.session.goOn}
      data-finita={texts.session.over}
      data-indirizzo={prolongedAt}
    >
      {texts.frame.sessionEnds(endsAt)}
    </p>
  );
}

function SiteFooter({ texts, accessibilityDeclarationUrl }: Frame) {
  return (
    <footer class="it-footer">
      <div class="it-footer-small-prints">
        <div class="container">
          <h2 class="visually-hidden">{texts.frame.footer}</h2>
          <ul class="it-footer-small-prints-list list-inline mb-0 d-flex flex-column flex-md-row">
            <FooterLink href="/aiuto" text={texts.start.help.title} />
            <FooterLink href="/stato" text={texts.start.state.title} />
            <FooterLink href="/privacy" text={texts.start.privacy.title} element="privacy-policy-link" />
            <FooterLink href="/cookie" text={texts.start.cookies.title} />
            <FooterLink href="/accessibilita" text={texts.start.accessibility.title} />
            {accessibilityDeclarationUrl === undefined ? null : (
              <FooterLink
                href={accessibilityDeclarationUrl}
                text={texts.frame.accessibilityDeclaration}
                element="accessibility-link"
              />
            )}
          </ul>
        </div>
      </div>
    </footer>
  );
}

/** `data-element` is how AgID's validator of sites recognises a link. */
function FooterLink({ href, text, element }: { href: string; text: ComponentChildren; element?: string }) {
  return (
    <li class="list-inline-item">
      <a href={href} data-element={element}>
        {text}
      </a>
    </li>
  );
}
