/** A page for an operation that was refused as a whole, if no form can show the reasons. */
import type { ComponentChildren } from 'preact';
import type { Catalogue } from '../texts/index.js';
import { ErrorSummary } from './fields.js';
import type { Problems } from './fields.js';
import { show } from './page.js';
import type { PageReply } from './page.js';

/** @param more below the heading: what can be done instead */
export function refusedPage(title: string, problems: Problems, texts: Catalogue, more?: ComponentChildren): PageReply {
  return show(
    texts.form.titlePrefix + title,
    <>
      <ErrorSummary problems={problems} texts={texts} />
      <h1>{title}</h1>
      {more}
    </>,
    { status: 422 },
  );
}
