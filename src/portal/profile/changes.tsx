/** Changing password, pincode or e-mail address: each requires the present secrets, because one hash covers both. */
import type { OwnAccount, OwnRefusal } from '../../auth/index.js';
import { draftOf, showForm } from '../frame/draft.js';
import type { Draft } from '../frame/draft.js';
import { ErrorSummary, SubmitButton, TextField, hasProblems } from '../frame/fields.js';
import type { Problems } from '../frame/fields.js';
import { forOperation, redirect } from '../frame/page.js';
import type { ActingVisit, Page } from '../frame/page.js';
import type { Catalogue } from '../texts/index.js';
import { NewSecret, PasswordField, PincodeField, mistypedIn } from './fields.js';
import { beatOfRefusals, problemsOf } from './refusals.js';

export const PROFILE = '/profilo';
export const CHANGES = ['password', 'pincode', 'email'] as const;
export type Change = (typeof CHANGES)[number];

export function changePages(account: OwnAccount): readonly Page[] {
  return CHANGES.map((change) => {
    const path = `${PROFILE}/${change}`;
    return forOperation(change === 'email' ? 'address-change' : 'secrets-change', path, {
      get(visit) {
        const { texts } = visit;
        const draft = draftOf(visit, path);
        return showForm(draft, texts, texts.secrets.titles[change], <ChangeView {...{ change, texts, draft }} />);
      },
      async post(visit) {
        const { form, texts, keep } = visit;
        const draft = draftOf(visit, path);
        // Secrets are not stored: they must be entered again.
        const fields = { email: form.text('email') };
        const problems = missing(change, visit);
        if (hasProblems(problems)) return draft.refuse(fields, problems);
        const { refusals, token } = await ask(change, visit, account);
        if (refusals.includes('session-over')) return redirect(path); // which requires a sign-in
        if (refusals.length > 0) return draft.refuse(fields, problemsOf(refusals, texts), beatOfRefusals(refusals));
        await draft.forget(token);
        await keep(PROFILE, { fatto: change }, token);
        return token === undefined ? redirect(PROFILE) : redirect(PROFILE, token);
      },
    });
  });
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
  const { presentPasswordMissing, presentPincodeMissing, newMissing, emailForm } = texts.secrets;
  const needed = [
    ['password-attuale', presentPasswordMissing],
    ['pincode-attuale', presentPincodeMissing],
    [change, change === 'email' ? emailForm : newMissing[change]],
  ] as const;
  const mistyped = change === 'email' ? {} : mistypedIn(form, [change], texts);
  return {
    fields: { ...mistyped, ...Object.fromEntries(needed.filter(([name]) => form.typed(name) === '')) },
    general: [],
  };
}

interface ChangeViewProps {
  readonly change: Change;
  readonly texts: Catalogue;
  readonly draft: Draft;
}

function ChangeView({ change, texts, draft }: ChangeViewProps) {
  const { secrets } = texts;
  const { problems } = draft;
  const email = draft.typed.text('email');
  const field = { problems, texts };
  return (
    <div class="colonna">
      <ErrorSummary problems={problems} texts={texts} />
      <h1>{secrets.titles[change]}</h1>
      <p class="lead">{change === 'email' ? secrets.emailLead : secrets.changeLead}</p>
      <form method="post" action={draft.at(`${PROFILE}/${change}`)} novalidate>
        <PasswordField {...field} name="password-attuale" label={secrets.presentPassword} />
        <PincodeField {...field} name="pincode-attuale" label={secrets.presentPincode} />
        {change === 'email' ? (
          <TextField {...field} name="email" label={secrets.email} value={email} maxLength={254} autocomplete="email" />
        ) : (
          <NewSecret {...field} secret={change} />
        )}
        <SubmitButton text={secrets.submit} />
      </form>
      <p class="mt-4">
        <a href={PROFILE}>{secrets.back}</a>
      </p>
    </div>
  );
}
