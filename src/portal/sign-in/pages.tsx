/** Sign-in with user id, password and pincode, choice of a capacity, signing out, and prolonging a session. */
import { SignInError, beatOf } from '../../auth/index.js';
import type { CitizenSessions, Passages, Role, Sessions } from '../../auth/index.js';
import { CITIZEN_HOME } from '../citizen/paths.js';
import { draftOf, showForm } from '../frame/draft.js';
import { endFormer } from '../frame/former.js';
import { hasProblems } from '../frame/fields.js';
import { NOT_SENT } from '../frame/not-sent.js';
import type { Problems } from '../frame/fields.js';
import { FREE_AREA_HOME, SERVICE_PAGE } from '../opposition/paths.js';
import { forAnybody, forSignedIn, redirect, show } from '../frame/page.js';
import type { Page, PageReply, Visit } from '../frame/page.js';
import type { SchemeName } from '../identity/views.js';
import { cardPages } from './card/pages.js';
import type { CardServices } from './card/pages.js';
import { CARD_OUT } from './card/paths.js';
import { CHOICE, choicePage } from './choice.js';
import { CapacityView, SessionView, SignInView, SignedOutView } from './views.js';

const CAPACITY = '/accesso/profilo';
/** In the address of the page after signing out, for persons who acted on their own data. */
const OWN_DATA = 'cittadino';

export interface SignInServices {
  readonly sessions: Sessions;
  readonly citizens: CitizenSessions;
  readonly passages: Passages;
  /** undefined: no sign-in by card. */
  readonly card: CardServices | undefined;
  /** The configured ones, for people with a digital identity. */
  readonly schemes: readonly SchemeName[];
  /** Whether there are pages for citizens. */
  readonly takesCitizens: boolean;
  /** Start page of each role; absent: the profile. */
  readonly homes: { readonly [Acting in Role]?: string };
  /** Whether a path is one of ours to which a visitor may return. */
  readonly isOwnPath: (path: string) => boolean;
}

export function signInPages(services: SignInServices): readonly Page[] {
  const { sessions, citizens, passages, card, schemes, takesCitizens, homes, isOwnPath } = services;
  /** A foreign link must not redirect from here to another site. */
  const returnTo = (path: string): string => (isOwnPath(path) ? path : '');
  const choice = { sessions, citizens, passages, takesCitizens, returnTo };

  function signInPage(visit: Visit, problems?: Problems, status?: number, beatMs?: number): PageReply {
    const { texts, form, query } = visit;
    const isNotSent = form.has(NOT_SENT) || query.has(NOT_SENT);
    const view = {
      texts,
      problems,
      isNotSent,
      userId: form.text('utente'),
      returnTo: returnTo(fromEither(form, query)),
    };
    const prefix = problems === undefined ? '' : texts.form.titlePrefix;
    const body = (
      <SignInView {...view} wasSent={query.has('ritorno')} {...{ takesCards: card !== undefined, schemes }} />
    );
    return show(prefix + texts.signIn.title, body, { status: status ?? 200, beatMs });
  }

  return [
    forAnybody('/accesso', {
      get(visit) {
        const { session } = visit;
        if (session !== undefined) return redirect(homeOf(session.call?.caller.capacity.role));
        return signInPage(visit);
      },
      async post(visit) {
        const { form, texts, arrival, device } = visit;
        const problems = missingSecrets(visit);
        if (hasProblems(problems)) return signInPage(visit, problems, 400);
        try {
          const secrets = {
            userId: form.text('utente'),
            password: form.typed('password'),
            pincode: form.text('pincode'),
          };
          const token = await sessions.signIn(secrets, arrival, device);
          await endFormer(visit, { sessions, citizens });
          if (form.has(NOT_SENT)) await sessions.keep({ token }, NOT_SENT, {});
          return redirect(returnTo(form.text('ritorno')) || '/accesso', token);
        } catch (error) {
          if (!(error instanceof SignInError)) throw error;
          const { busy, refused, notEnabled } = texts.signIn;
          const general = [error.code === 'busy' ? busy : error.code === 'not-enabled' ? notEnabled : refused];
          return signInPage(visit, { fields: {}, general }, error.code === 'busy' ? 503 : 401, beatOf(error.code));
        }
      },
    }),
    forSignedIn(CAPACITY, {
      async get(visit) {
        const { texts, session, arrival } = visit;
        const draft = draftOf(visit, CAPACITY);
        const choices = await sessions.choices(session, arrival);
        const body = <CapacityView {...{ texts, choices, draft }} />;
        return showForm(draft, texts, texts.signIn.capacityTitle, body);
      },
      async post(visit) {
        const { session, form, texts, arrival } = visit;
        const id = form.text('ruolo');
        const isKnown = session.roles.some((role) => id === role || id.startsWith(`${role}:`));
        const draft = draftOf(visit, CAPACITY);
        if (!isKnown) {
          const problems = { fields: { ruolo: texts.signIn.capacityMissing }, general: [] };
          return draft.refuse({}, problems);
        }
        const acting = await sessions.actAs(session, id, arrival);
        // A second press comes too late: the browser has a new token from the first, which stays.
        if (acting === undefined) return redirect('/accesso');
        await draft.forget(acting.token);
        return redirect(homeOf(acting.role), acting.token);
      },
    }),
    forAnybody('/uscita', {
      get({ texts, session, citizen, freeArea, query }) {
        if (session !== undefined) return redirect(homeOf(session.call?.caller.capacity.role));
        if (citizen !== undefined) return redirect(CITIZEN_HOME);
        if (freeArea !== undefined) return redirect(FREE_AREA_HOME);
        const again = query.has(OWN_DATA) ? (isOwnPath(SERVICE_PAGE) ? SERVICE_PAGE : '/') : '/accesso';
        return show(texts.signIn.outTitle, <SignedOutView {...{ texts, again }} />);
      },
      async post(visit) {
        await endFormer(visit, { sessions, citizens });
        const { session, citizen, freeArea } = visit;
        if ((citizen ?? freeArea) !== undefined) return redirect(`/uscita?${OWN_DATA}`, null);
        return redirect(session?.method === 'card' && card !== undefined ? CARD_OUT : '/uscita', null);
      },
    }),
    forSignedIn('/sessione', {
      get: ({ session, texts }) => show(texts.session.title, <SessionView texts={texts} endsAt={session.endsAt} />),
      // Opening this page already prolongs the session.
      post: ({ session }) => redirect(homeOf(session.call?.caller.capacity.role)),
    }),
    ...(schemes.length === 0 ? [] : [choicePage(CHOICE, '/accesso/spid', choice)]),
    ...(card === undefined ? [] : cardPages({ ...choice, card })),
  ];

  function homeOf(role: Role | undefined): string {
    return role === undefined ? CAPACITY : (homes[role] ?? '/profilo');
  }
}

function fromEither(form: Visit['form'], query: Visit['query']): string {
  return form.has('ritorno') ? form.text('ritorno') : query.text('ritorno');
}

function missingSecrets({ form, texts }: Visit): Problems {
  const needed = [
    ['utente', texts.signIn.userIdMissing],
    ['password', texts.signIn.passwordMissing],
    ['pincode', texts.signIn.pincodeMissing],
  ] as const;
  return {
    fields: Object.fromEntries(needed.filter(([name]) => form.text(name) === '')),
    general: [],
  };
}
