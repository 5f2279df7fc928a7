/** A page for an operation that was refused as a whole, where no form can take the reasons. */
import type { Catalogue } from '../texts/index.js';
import { ErrorSummary } from './fields.js';
import type { Problems } from './fields.js';
import { show } from './page.js';
import type { PageReply } from './page.js';

export function refusedPage(title: string, problems: Problems, texts: Catalogue): PageReply {
  return show(
    texts.form.titlePrefix + title,
    <>
      <ErrorSummary problems={problems} texts={texts} />
      <h1>{title}</h1>
    </>,
    { status: 422 },
  );
}
