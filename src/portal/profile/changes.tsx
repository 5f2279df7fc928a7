/** Changing password, pincode or e-mail address: each shows the present secrets, since one hash covers both. */
import type { OwnAccount, OwnRefusal, Sessions } from '../../auth/index.js';
import { ErrorSummary, NO_PROBLEMS, SubmitButton, TextField, hasProblems } from '../frame/fields.js';
import type { Problems } from '../frame/fields.js';
import { forOperation, redirect, show } from '../frame/page.js';
import type { ActingVisit, Page, PageReply } from '../frame/page.js';
import type { Catalogue } from '../texts/index.js';
import { PasswordField, PincodeField } from './fields.js';
import { problemsOf, statusOf } from './refusals.js';

export const PROFILE = '/profilo';
export const CHANGES = ['password', 'pincode', 'email'] as const;
export type Change = (typeof CHANGES)[number];

export function changePages(sessions: Sessions, account: OwnAccount): readonly Page[] {
  return CHANGES.map((change) =>
    forOperation(change === 'email' ? 'address-change' : 'secrets-change', `${PROFILE}/${change}`, {
      get: ({ texts, form }) => changePage(change, texts, form.text('email')),
      async post(visit) {
        const { session, form, texts } = visit;
        const problems = missing(change, visit);
        if (hasProblems(problems)) return changePage(change, texts, form.text('email'), problems);
        const { refusals, token } = await ask(change, visit, account);
        if (refusals.includes('session-over')) return redirect(`${PROFILE}/${change}`); // which asks to sign in
        if (refusals.length > 0) {
          return changePage(change, texts, form.text('email'), problemsOf(refusals, texts), statusOf(refusals));
        }
        await sessions.keep({ ...session, token: token ?? session.token }, PROFILE, { fatto: change });
        return token === undefined ? redirect(PROFILE) : redirect(PROFILE, token);
      },
    }),
  );
}

async function ask(
  change: Change,
  { call, session, form }: ActingVisit,
  account: OwnAccount,
): Promise<{ readonly refusals: readonly OwnRefusal[]; readonly token?: string }> {
  const { token } = session;
  const present = { password: form.typed('password-attuale'), pincode: form.text('pincode-attuale') };
  if (change === 'email') {
    const { refusals } = await account.changeAddress(call, { token, present, email: form.text('email') });
    return { refusals };
  }
  const wanted = change === 'password' ? { password: form.typed('password') } : { pincode: form.text('pincode') };
  return account.changeSecrets(call, { token, present, wanted });
}

function missing(change: Change, { form, texts }: ActingVisit): Problems {
  const { passwordMissing, pincodeMissing } = texts.signIn;
  const needed = [
    ['password-attuale', passwordMissing],
    ['pincode-attuale', pincodeMissing],
    [change, change === 'email' ? texts.secrets.emailForm : change === 'password' ? passwordMissing : pincodeMissing],
  ] as const;
  return { fields: Object.fromEntries(needed.filter(([name]) => form.typed(name) === '')), general: [] };
}

function changePage(
  change: Change,
  texts: Catalogue,
  email: string,
  problems?: Problems,
  answer: { status: number; beatMs?: number | undefined } = { status: problems === undefined ? 200 : 422 },
): PageReply {
  const prefix = problems === undefined ? '' : texts.form.titlePrefix;
  return show(prefix + texts.secrets.titles[change], <ChangeView {...{ change, texts, email, problems }} />, answer);
}

interface ChangeViewProps {
  readonly change: Change;
  readonly texts: Catalogue;
  readonly email: string;
  readonly problems: Problems | undefined;
}

function ChangeView({ change, texts, email, problems = NO_PROBLEMS }: ChangeViewProps) {
  const { secrets } = texts;
  const field = { problems, texts };
  return (
    <div class="colonna">
      <ErrorSummary problems={problems} texts={texts} />
      <h1>{secrets.titles[change]}</h1>
      <p class="lead">{change === 'email' ? secrets.emailLead : secrets.changeLead}</p>
      <form method="post" action={`${PROFILE}/${change}`} novalidate>
        <PasswordField {...field} name="password-attuale" label={secrets.presentPassword} />
        <PincodeField {...field} name="pincode-attuale" label={secrets.presentPincode} />
        {change === 'password' ? (
          <PasswordField {...field} name="password" label={secrets.newPassword} hint={secrets.passwordHint} isNew />
        ) : null}
        {change === 'pincode' ? (
          <PincodeField {...field} name="pincode" label={secrets.newPincode} hint={secrets.pincodeHint} />
        ) : null}
        {change === 'email' ? (
          <TextField {...field} name="email" label={secrets.email} value={email} maxLength={254} autocomplete="email" />
        ) : null}
        <SubmitButton text={secrets.submit} />
      </form>
      <p class="mt-4">
        <a href={PROFILE}>{secrets.back}</a>
      </p>
    </div>
  );
}
