/** The portal: all pages, in the order of the site, and the handler that serves them. */
import type { Express, NextFunction, Request, Response } from 'express';
import type { Links, OwnAccount, Passages, Role } from '../auth/index.js';
import { aslPages } from './asl/pages.js';
import type { AslServices } from './asl/pages.js';
import { citizenPages } from './citizen/pages.js';
import { counterPages } from './counter/pages.js';
import { COUNTER_HOME, COUNTER_SUBJECT } from './counter/paths.js';
import { doctorPages } from './doctor/pages.js';
import type { DoctorServices } from './doctor/pages.js';
import { ASSETS_PATH, loadAssets } from './frame/assets.js';
import { PageError } from './frame/page.js';
import type { Page } from './frame/page.js';
import { createServe } from './frame/serve.js';
import type { ServeOptions } from './frame/serve.js';
import { identityPages } from './identity/pages.js';
import type { IdentityServices } from './identity/pages.js';
import { linkPages } from './links/pages.js';
import { oppositionPages } from './opposition/pages.js';
import type { OppositionServices } from './opposition/services.js';
import { profilePages } from './profile/pages.js';
import type { CardServices } from './sign-in/card/pages.js';
import { signInPages } from './sign-in/pages.js';
import { startPages } from './start/pages.js';
import { it } from './texts/index.js';

export interface PortalOptions extends Omit<ServeOptions, 'assets' | 'menu'> {
  readonly links: Links;
  readonly account: OwnAccount;
  readonly doctor: DoctorServices;
  readonly asl: AslServices;
  readonly identity: IdentityServices;
  readonly passages: Passages;
  /** Whether there are pages for citizens. */
  readonly takesCitizens: boolean;
  /** undefined: the portal has no register of consents. */
  readonly opposition: Omit<OppositionServices, 'citizens'> | undefined;
  /** undefined: no sign-in by card. */
  readonly card: CardServices | undefined;
  /** Whether the database answers. */
  readonly works: () => Promise<boolean>;
}

/** Start page of each role; a role without pages of its own starts at the profile. */
const HOMES: { readonly [Acting in Role]?: string } = { doctor: '/medico', asl_operator: '/asl' };
const WITH_REGISTER: typeof HOMES = { ...HOMES, intermediary: COUNTER_HOME };

const MENU = {
  doctor: [
    { href: '/medico', text: it.doctor.title },
    { href: '/medico/proprio/assistiti', text: it.doctor.patients.ownTitle },
    { href: '/medico/proprio/test', text: it.doctor.tests.ownTitle },
    { href: '/medico/sostituti', text: it.doctor.substitutions.title },
  ],
  asl_operator: [
    { href: '/asl', text: it.asl.title },
    { href: '/asl/scambio-file', text: it.asl.exchange.title },
    { href: '/asl/test', text: it.asl.tests.title },
  ],
  intermediary: [
    { href: COUNTER_HOME, text: it.counter.title },
    { href: COUNTER_SUBJECT, text: it.counter.subject },
  ],
} as const;

export function portalPages(options: PortalOptions): readonly Page[] {
  const { sessions, citizens, links, account, identity, passages, takesCitizens, card, log, doctor, asl, works } =
    options;
  const schemes = Object.keys(identity) as readonly (keyof IdentityServices)[];
  const opposition = options.opposition && { ...options.opposition, citizens };
  const homes = opposition === undefined ? HOMES : WITH_REGISTER;
  const pages: Page[] = [];
  const isOwnPath = (path: string): boolean =>
    !/^\/(?:accesso|uscita|attivazione|conferma-indirizzo)/.test(path) &&
    pages.some((page) => page.get !== undefined && matches(page.path, path));
  pages.push(
    ...startPages({ works, schemes, hasOpposition: opposition !== undefined }),
    ...signInPages({ sessions, citizens, passages, card, schemes, takesCitizens, homes, isOwnPath }),
    ...identityPages({ services: identity, passages, takesCards: card !== undefined, citizens, sessions, log }),
    ...(takesCitizens ? citizenPages(opposition) : []),
    ...(opposition === undefined ? [] : oppositionPages(opposition, { sessions, citizens }, takesCitizens)),
    ...(opposition === undefined ? [] : counterPages(opposition)),
    ...linkPages(links),
    ...profilePages(sessions, account),
    ...doctorPages(doctor),
    ...aslPages(asl),
  );
  return pages;
}

/** @returns number of requests in progress */
export function mountPortal(app: Express, options: PortalOptions): () => number {
  const assets = loadAssets();
  app.enable('strict routing').enable('case sensitive routing');
  app.use(ASSETS_PATH, (request, response, next) => {
    request.url = request.originalUrl;
    assets.handler(request, response, next);
  });
  const { serve, inWork } = createServe({ ...options, assets, menu: MENU });
  for (const page of portalPages(options)) {
    app.route(page.path).all((request, response) => serve(page, request, response));
  }
  app.use((request, response) => serve(new PageError(404), request, response));
  // Express itself rejects an address that is not UTF-8. Four parameters make this an error handler.
  app.use((error: unknown, request: Request, response: Response, next: NextFunction) => {
    if (response.headersSent || !(error instanceof URIError)) next(error);
    else void serve(new PageError(400), request, response);
  });
  return inWork;
}

/** Whether a path matches a page's pattern: a parameter matches one segment of letters, digits and hyphens. */
function matches(pattern: string, path: string): boolean {
  const source = pattern.replaceAll('.', '\\.').replace(/:[a-z]+/g, '[A-Za-z0-9-]+');
  return new RegExp(`^${source}$`).test(path);
}
