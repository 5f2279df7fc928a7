/** Signing in by SPID and CIE: choice of a provider, the way there and back, what went wrong, logout, our metadata. */
import type { CitizenSessions, Sessions } from '../../auth/index.js';
import type { SamlRefusal, SamlSignIn } from '../../auth/saml/index.js';
import type { Logger } from '../../platform/log.js';
import { away, forAnybody, forProviders, redirect, show, shownFile } from '../frame/page.js';
import type { Page, PageReply, Visit } from '../frame/page.js';
import { statusOf, wordsFor } from './refusals.js';
import { ChoiceView, LoggedOutView, RefusedView } from './views.js';

export interface IdentityService {
  readonly signIn: SamlSignIn;
  /** Signed, the same octets at each visit. */
  readonly metadata: string;
}

/** Absent: not configured. */
export interface IdentityServices {
  readonly spid?: IdentityService;
  readonly cie?: IdentityService;
}

const HOME = '/cittadino';

export interface IdentityPagesServices {
  readonly services: IdentityServices;
  readonly citizens: CitizenSessions;
  readonly sessions: Sessions;
  readonly log: Logger;
}

export function identityPages({ services, ...others }: IdentityPagesServices): readonly Page[] {
  const schemes = Object.values(services) as IdentityService[];
  if (schemes.length === 0) return [];
  return [
    forAnybody('/accesso/spid', {
      get({ texts, citizen }) {
        if (citizen !== undefined) return redirect(HOME);
        const choices = schemes.map(({ signIn }) => ({ name: signIn.name, providers: signIn.providers() }));
        return show(texts.identity.title, <ChoiceView texts={texts} schemes={choices} />);
      },
    }),
    ...schemes.flatMap((service) => pagesOf(service, others)),
  ];
}

function pagesOf(
  { signIn, metadata }: IdentityService,
  { citizens, sessions, log }: Omit<IdentityPagesServices, 'services'>,
): readonly Page[] {
  const { name } = signIn;
  return [
    forAnybody(name === 'spid' ? '/metadata' : '/metadata/cie', {
      get: () => shownFile('application/samlmetadata+xml', Buffer.from(metadata)),
    }),
    forAnybody(`/accesso/${name}/avvio`, {
      async get({ query, identityCode, arrival }) {
        const [only, ...others] = signIn.providers();
        const chosen = query.has('gestore') || others.length > 0 ? query.text('gestore') : (only?.id ?? '');
        const departure = await signIn.begin(chosen, identityCode, arrival);
        return departure === undefined ? redirect('/accesso/spid') : away(departure.location, departure.browserCode);
      },
    }),
    forProviders(`/accesso/${name}/risposta`, {
      async post(visit) {
        const { form, identityCode, arrival, session, citizen } = visit;
        const answer = { message: form.typed('SAMLResponse'), relayState: form.typed('RelayState') };
        const { codiceFiscale, refusal } = await signIn.finish(answer, identityCode, arrival);
        if (codiceFiscale === undefined) {
          await citizens.refused(name, outcomeOf(refusal), arrival);
          tell(log, name, refusal, arrival.requestId);
          return refusedPage(visit, name, refusal);
        }
        if (citizen !== undefined) await citizens.end(citizen);
        // Roles never mix in one session: whoever was signed in otherwise on this browser is signed out by the new token.
        if (session !== undefined) await sessions.end(session, arrival);
        return redirect(HOME, await citizens.begin({ codiceFiscale, method: name }, arrival));
      },
    }),
    forProviders(`/accesso/${name}/uscita`, {
      // Level 2 opens no session at the provider, and CIE has no logout: whoever comes here is told that it is closed.
      get: loggedOut,
      post: loggedOut,
    }),
  ];
}

function loggedOut({ texts }: Visit): PageReply {
  return show(texts.identity.outTitle, <LoggedOutView texts={texts} />);
}

function refusedPage({ texts, arrival }: Visit, scheme: 'spid' | 'cie', refusal: SamlRefusal): PageReply {
  const said = wordsFor(refusal, texts);
  const retry = `/accesso/${scheme === 'spid' ? 'spid' : 'cie/avvio'}`;
  const body = <RefusedView {...{ texts, said, retry, requestId: arrival.requestId }} />;
  return show(said.title, body, { status: statusOf(refusal) });
}

/** Outcomes of a person are no errors; that our request is wrong is one. */
function tell(log: Logger, scheme: 'spid' | 'cie', refusal: SamlRefusal, requestId: string): void {
  const facts = { requestId, scheme, outcome: outcomeOf(refusal), why: 'why' in refusal ? refusal.why : undefined };
  if (statusOf(refusal) === 500) log.error('an identity provider refused our request', facts);
  else if (refusal.code === 'check' || refusal.code === 'signature') log.warn('an identity is refused', facts);
  else log.info('an identity is refused', facts);
}

/** One word for the access log: the anomaly's number, or what was wrong. */
function outcomeOf(refusal: SamlRefusal): string {
  return refusal.code === 'anomaly' ? `identity:${refusal.anomaly}` : `identity:${refusal.code}`;
}
