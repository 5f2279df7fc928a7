/** Sign-in by SPID and CIE: choice of a provider, redirect and return, errors, logout, our metadata. */
import type { Passages } from '../../auth/index.js';
import type { SamlRefusal, SamlSignIn } from '../../auth/saml/index.js';
import type { Logger } from '../../platform/log.js';
import { CITIZEN_HOME } from '../citizen/paths.js';
import { endFormer } from '../frame/former.js';
import type { BrowserSessions } from '../frame/former.js';
import { away, forAnybody, forDeparture, forProviders, redirect, show, shownFile } from '../frame/page.js';
import type { Page, PageReply, Visit } from '../frame/page.js';
import { CHOICE } from '../sign-in/choice.js';
import { ticketCookie } from '../sign-in/ticket.js';
import { statusOf, wordsFor } from './refusals.js';
import type { RefusalWords } from './refusals.js';
import { ChoiceView, LoggedOutView, RefusedView } from './views.js';

export interface IdentityService {
  readonly signIn: SamlSignIn;
  /** Signed; the same octets at each request. */
  readonly metadata: string;
}

/** Absent: not configured. */
export interface IdentityServices {
  readonly spid?: IdentityService;
  readonly cie?: IdentityService;
}

/** Seconds: by then some of the network's open requests, which live for ten minutes, have expired. */
const RETRY_AFTER = 300;

export interface IdentityPagesServices extends BrowserSessions {
  readonly services: IdentityServices;
  readonly passages: Passages;
  /** Whether a card host exists. */
  readonly takesCards: boolean;
  readonly log: Logger;
}

export function identityPages({ services, takesCards, ...others }: IdentityPagesServices): readonly Page[] {
  const schemes = Object.values(services) as IdentityService[];
  if (schemes.length === 0) return [];
  return [
    forAnybody('/accesso/spid', {
      get({ texts, citizen }) {
        if (citizen !== undefined) return redirect(CITIZEN_HOME);
        const choices = schemes.map(({ signIn }) => ({ name: signIn.name, providers: signIn.providers() }));
        return show(texts.identity.title, <ChoiceView texts={texts} schemes={choices} takesCards={takesCards} />);
      },
    }),
    ...schemes.flatMap((service) => pagesOf(service, others)),
  ];
}

function pagesOf(
  { signIn, metadata }: IdentityService,
  { citizens, sessions, passages, log }: Omit<IdentityPagesServices, 'services' | 'takesCards'>,
): readonly Page[] {
  const { name } = signIn;
  return [
    forAnybody(name === 'spid' ? '/metadata' : '/metadata/cie', {
      get: () => shownFile('application/samlmetadata+xml', Buffer.from(metadata)),
    }),
    forDeparture(`/accesso/${name}/avvio`, {
      async get(visit) {
        const { query, identityCode, arrival } = visit;
        const [only, ...others] = signIn.providers();
        const chosen = query.has('gestore') || others.length > 0 ? query.text('gestore') : (only?.id ?? '');
        const departure = await signIn.begin(chosen, identityCode, arrival);
        if (departure === undefined) return redirect('/accesso/spid');
        if (departure === 'busy') return busyPage(visit, name);
        // Here, because the browser withholds the session's cookie from the form that the provider's page submits.
        await endFormer(visit, { sessions, citizens });
        return away(departure.location, departure.browserCode);
      },
    }),
    forProviders(`/accesso/${name}/risposta`, {
      async post(visit) {
        const { form, identityCode, arrival } = visit;
        const answer = { message: form.typed('SAMLResponse'), relayState: form.typed('RelayState') };
        const { codiceFiscale, refusal } = await signIn.finish(answer, identityCode, arrival);
        if (codiceFiscale === undefined) {
          await citizens.refused(name, outcomeOf(refusal), arrival);
          tell(log, name, refusal, arrival.requestId);
          return refusedPage(visit, name, refusal);
        }
        const identity = { codiceFiscale, method: name };
        const ticket = await passages.identified(identity, arrival);
        if (ticket !== undefined) return redirect(CHOICE, undefined, { ticket: ticketCookie(ticket) });
        return redirect(CITIZEN_HOME, await citizens.begin(identity, arrival));
      },
    }),
    forProviders(`/accesso/${name}/uscita`, {
      // Level 2 creates no session at the provider, and CIE has no logout: this page always reports that it is closed.
      get: loggedOut,
      post: loggedOut,
    }),
  ];
}

function loggedOut({ texts }: Visit): PageReply {
  return show(texts.identity.outTitle, <LoggedOutView texts={texts} />);
}

function refusedPage(visit: Visit, scheme: 'spid' | 'cie', refusal: SamlRefusal): PageReply {
  return retryPage(visit, scheme, wordsFor(refusal, visit.texts), { status: statusOf(refusal) });
}

function busyPage(visit: Visit, scheme: 'spid' | 'cie'): PageReply {
  return retryPage(visit, scheme, visit.texts.identity.busy, { status: 503, retryAfter: RETRY_AFTER });
}

function retryPage(
  { texts, arrival }: Visit,
  scheme: 'spid' | 'cie',
  said: RefusalWords,
  more: Pick<PageReply, 'status' | 'retryAfter'>,
): PageReply {
  const retry = `/accesso/${scheme === 'spid' ? 'spid' : 'cie/avvio'}`;
  return show(said.title, <RefusedView {...{ texts, said, retry, requestId: arrival.requestId }} />, more);
}

/** Outcomes caused by a person are no errors; a wrong request of ours is one. */
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
