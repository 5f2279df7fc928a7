/** Views of the pages of sign-in. */
import type { CapacityChoice } from '../../auth/index.js';
import type { Draft } from '../frame/draft.js';
import { ErrorSummary, NO_PROBLEMS, Remarks, SubmitButton, TextField } from '../frame/fields.js';
import type { Problems } from '../frame/fields.js';
import { IdentityLinks } from '../identity/views.js';
import type { SchemeName } from '../identity/views.js';
import { NOT_SENT } from '../frame/not-sent.js';
import type { Catalogue } from '../texts/index.js';
import { CARD_HELP, START as CARD_START } from './card/paths.js';

interface SignInViewProps {
  readonly texts: Catalogue;
  readonly problems: Problems | undefined;
  readonly userId: string;
  /** Empty: the start page of the role. */
  readonly returnTo: string;
  /** Whether a submission was not accepted, because its session had ended. */
  readonly isNotSent: boolean;
  /** Whether the visitor was redirected here from a page. */
  readonly wasSent: boolean;
  /** Whether the portal has a card host. */
  readonly takesCards: boolean;
  readonly schemes: readonly SchemeName[];
}

/** The ways to sign in, with their requirements. */
export function SignInView({ takesCards, schemes, ...props }: SignInViewProps) {
  const { texts, problems = NO_PROBLEMS, returnTo, wasSent } = props;
  const { signIn } = texts;
  const hasWays = takesCards || schemes.length > 0;
  const lead = hasWays ? signIn.ways : signIn.lead;
  return (
    <>
      <ErrorSummary problems={problems} texts={texts} />
      <h1>{signIn.title}</h1>
      <p class="lead">{wasSent ? signIn.needed : lead}</p>
      <div class="row">
        <section class="col-12 col-lg-6 mb-5" aria-labelledby={hasWays ? 'con-password' : undefined}>
          {hasWays ? (
            <>
              <h2 class="h4" id="con-password">
                {signIn.passwordHeading}
              </h2>
              <p>{signIn.passwordNeeds}</p>
            </>
          ) : null}
          <SecretsForm {...props} />
        </section>
        {hasWays ? (
          <div class="col-12 col-lg-6">
            {takesCards ? <CardWay texts={texts} returnTo={returnTo} /> : null}
            {schemes.length > 0 ? <IdentityWay texts={texts} schemes={schemes} /> : null}
          </div>
        ) : null}
      </div>
      <p>
        <a href="/aiuto">{signIn.help}</a>
      </p>
    </>
  );
}

type SecretsFormProps = Omit<SignInViewProps, 'takesCards' | 'schemes' | 'wasSent'>;

function SecretsForm({ texts, problems = NO_PROBLEMS, userId, returnTo, isNotSent }: SecretsFormProps) {
  const { signIn } = texts;
  const field = { problems, texts };
  return (
    <form method="post" action="/accesso" novalidate>
      <input type="hidden" name="ritorno" value={returnTo} />
      {isNotSent ? <input type="hidden" name={NOT_SENT} value="1" /> : null}
      <TextField
        {...{ ...field, name: 'utente', label: signIn.userId, value: userId, maxLength: 64 }}
        autocomplete="username"
      />
      <TextField
        {...{ ...field, name: 'password', label: signIn.password, type: 'password', maxLength: 256 }}
        autocomplete="current-password"
      />
      <TextField
        {...{ ...field, name: 'pincode', label: signIn.pincode, hint: signIn.pincodeHint, type: 'password' }}
        {...{ maxLength: 64, inputMode: 'numeric', width: 'short' }}
        autocomplete="off"
      />
      <SubmitButton text={signIn.submit} />
      <p class="mt-4">
        <a href="/accesso/recupero">{texts.links.forgotten}</a>
      </p>
    </form>
  );
}

function CardWay({ texts, returnTo }: Pick<SignInViewProps, 'texts' | 'returnTo'>) {
  const { card } = texts;
  const query = returnTo === '' ? '' : `?${new URLSearchParams({ ritorno: returnTo }).toString()}`;
  return (
    <section class="mb-5" aria-labelledby="con-carta">
      <h2 class="h4" id="con-carta">
        {card.heading}
      </h2>
      <p>{card.needs}</p>
      <p>
        <a class="btn btn-outline-primary" href={CARD_START + query}>
          {card.start}
        </a>
      </p>
      <p>
        <a href={CARD_HELP}>{card.helpLink}</a>
      </p>
    </section>
  );
}

function IdentityWay({ texts, schemes }: Pick<SignInViewProps, 'texts' | 'schemes'>) {
  const { identity } = texts;
  return (
    <section class="mb-5" aria-labelledby="con-identita">
      <h2 class="h4" id="con-identita">
        {identity.waysHeading}
      </h2>
      <p>{identity.waysNeeds}</p>
      <IdentityLinks texts={texts} schemes={schemes} />
    </section>
  );
}

interface CapacityViewProps {
  readonly choices: readonly CapacityChoice[];
  readonly texts: Catalogue;
  readonly draft: Draft;
}

export function CapacityView({ choices, texts, draft: { problems } }: CapacityViewProps) {
  if (choices.length === 0) return <NoOfficeView texts={texts} />;
  return (
    <div class="colonna">
      <ErrorSummary problems={problems} texts={texts} />
      <form method="post" action="/accesso/profilo">
        <fieldset class="campo">
          <legend>
            <h1>{texts.signIn.capacityTitle}</h1>
          </legend>
          <Remarks {...{ name: 'ruolo', hint: texts.signIn.capacityHint, problem: problems.fields['ruolo'], texts }} />
          {choices.map(({ id, role, office }, index) => (
            <div class="scelta">
              <input id={index === 0 ? 'ruolo' : `ruolo-${index}`} type="radio" name="ruolo" value={id} />
              <label for={index === 0 ? 'ruolo' : `ruolo-${index}`}>
                {office === undefined ? texts.roles[role] : texts.signIn.ofOffice(texts.roles[role], office)}
              </label>
            </div>
          ))}
        </fieldset>
        <SubmitButton text={texts.signIn.goOn} />
      </form>
    </div>
  );
}

/** An intermediary whom no office has admitted [O-7]. */
export function NoOfficeView({ texts: { signIn } }: { readonly texts: Catalogue }) {
  return (
    <div class="colonna">
      <h1>{signIn.noOffice}</h1>
      <p class="lead">{signIn.noOfficeText}</p>
    </div>
  );
}

interface SignedOutViewProps {
  readonly texts: Catalogue;
  /** Path of the page to sign in again. */
  readonly again: string;
}

export function SignedOutView({ texts, again }: SignedOutViewProps) {
  return (
    <>
      <h1>{texts.signIn.outTitle}</h1>
      <p class="lead">{texts.signIn.out}</p>
      <p>
        <a href={again}>{texts.signIn.again}</a>
      </p>
    </>
  );
}

export function SessionView({ texts, endsAt }: { readonly texts: Catalogue; readonly endsAt: Date }) {
  return (
    <>
      <h1>{texts.session.title}</h1>
      <p class="lead">{texts.session.ends(endsAt)}</p>
      <form method="post" action="/sessione">
        <SubmitButton text={texts.session.goOn} />
      </form>
    </>
  );
}
