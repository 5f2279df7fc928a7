/** What the pages of signing in show. */
import type { AccountRole } from '../../auth/index.js';
import { ErrorSummary, NO_PROBLEMS, SubmitButton, TextField } from '../frame/fields.js';
import type { Problems } from '../frame/fields.js';
import type { Catalogue } from '../texts/index.js';

interface SignInViewProps {
  readonly texts: Catalogue;
  readonly problems: Problems | undefined;
  readonly userId: string;
  /** Empty: to the start of the role. */
  readonly returnTo: string;
  /** Whether somebody was sent here from a page. */
  readonly wasSent: boolean;
}

export function SignInView({ texts, problems = NO_PROBLEMS, userId, returnTo, wasSent }: SignInViewProps) {
  const { signIn } = texts;
  const field = { problems, texts };
  return (
    <div class="colonna">
      <ErrorSummary problems={problems} texts={texts} />
      <h1>{signIn.title}</h1>
      <p class="lead">{wasSent ? signIn.needed : signIn.lead}</p>
      <form method="post" action="/accesso" novalidate>
        <input type="hidden" name="ritorno" value={returnTo} />
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
      </form>
      <p class="mt-4">
        <a href="/aiuto">{signIn.help}</a>
      </p>
    </div>
  );
}

interface CapacityViewProps {
  readonly roles: readonly AccountRole[];
  readonly texts: Catalogue;
  readonly problems: Problems | undefined;
}

export function CapacityView({ roles, texts, problems = NO_PROBLEMS }: CapacityViewProps) {
  return (
    <div class="colonna">
      <ErrorSummary problems={problems} texts={texts} />
      <form method="post" action="/accesso/profilo">
        <fieldset class="campo">
          <legend>
            <h1>{texts.signIn.capacityTitle}</h1>
          </legend>
          <p class="suggerimento">{texts.signIn.capacityHint}</p>
          {roles.map((role, index) => (
            <div class="scelta">
              <input id={index === 0 ? 'ruolo' : `ruolo-${role}`} type="radio" name="ruolo" value={role} />
              <label for={index === 0 ? 'ruolo' : `ruolo-${role}`}>{texts.roles[role]}</label>
            </div>
          ))}
        </fieldset>
        <SubmitButton text={texts.signIn.goOn} />
      </form>
    </div>
  );
}

export function SignedOutView({ texts }: { readonly texts: Catalogue }) {
  return (
    <>
      <h1>{texts.signIn.outTitle}</h1>
      <p class="lead">{texts.signIn.out}</p>
      <p>
        <a href="/accesso">{texts.signIn.again}</a>
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
