/** Views of the pages of one-time links. */
import type { OpenLink } from '../../auth/index.js';
import { ErrorSummary, NO_PROBLEMS, SubmitButton, TextField } from '../frame/fields.js';
import type { Problems } from '../frame/fields.js';
import { NewSecret } from '../profile/fields.js';
import type { Catalogue } from '../texts/index.js';

interface AskViewProps {
  readonly texts: Catalogue;
  readonly userId: string;
  readonly problems: Problems | undefined;
}

export function AskView({ texts, userId, problems = NO_PROBLEMS }: AskViewProps) {
  const { links, signIn } = texts;
  return (
    <div class="colonna">
      <ErrorSummary problems={problems} texts={texts} />
      <h1>{links.askTitle}</h1>
      <p class="lead">{links.askLead}</p>
      <form method="post" action="/accesso/recupero" novalidate>
        <TextField
          {...{ problems, texts, name: 'utente', label: signIn.userId, value: userId, maxLength: 64 }}
          autocomplete="username"
        />
        <SubmitButton text={links.askSubmit} />
      </form>
      <p class="mt-4">{links.askWithoutEmail}</p>
    </div>
  );
}

interface ChooseViewProps {
  readonly texts: Catalogue;
  readonly link: OpenLink;
  readonly problems: Problems | undefined;
  readonly action: string;
}

export function ChooseView({ texts, link, problems = NO_PROBLEMS, action }: ChooseViewProps) {
  const { links } = texts;
  const field = { problems, texts };
  return (
    <div class="colonna">
      <ErrorSummary problems={problems} texts={texts} />
      <h1>{links.chooseTitle[link.purpose === 'activation' ? 'activation' : 'recovery']}</h1>
      <p class="lead">{links.chooseLead}</p>
      <dl class="dati">
        <dt>{texts.signIn.userId}</dt>
        <dd>{link.userId}</dd>
      </dl>
      <form method="post" action={action} novalidate>
        <NewSecret {...field} secret="password" />
        <NewSecret {...field} secret="pincode" />
        <SubmitButton text={links.chooseSubmit} />
      </form>
    </div>
  );
}

interface ConfirmViewProps {
  readonly texts: Catalogue;
  readonly address: string;
  readonly action: string;
}

export function ConfirmView({ texts: { links }, address, action }: ConfirmViewProps) {
  return (
    <div class="colonna">
      <h1>{links.confirmTitle}</h1>
      <p class="lead">{links.confirmLead(address)}</p>
      <form method="post" action={action}>
        <SubmitButton text={links.confirmSubmit} />
      </form>
    </div>
  );
}

interface NoticeViewProps {
  readonly title: string;
  readonly text: string;
  readonly link: { readonly href: string; readonly text: string };
}

export function NoticeView({ title, text, link }: NoticeViewProps) {
  return (
    <div class="colonna">
      <h1>{title}</h1>
      <p class="lead">{text}</p>
      <p>
        <a href={link.href}>{link.text}</a>
      </p>
    </div>
  );
}
