/** The page of an error, in the portal's frame: what happened, what to do, and the id under which the log has it. */
import type { Catalogue } from '../texts/index.js';
import { show } from './page.js';
import type { PageError, PageReply } from './page.js';

/** @param said in place of the words that every page has for this status */
export function errorPage(
  status: PageError['status'],
  requestId: string,
  texts: Catalogue,
  said: { readonly title: string; readonly remedy: string } = texts.errors[status],
): PageReply {
  const { title, remedy } = said;
  return show(
    title,
    <>
      <h1>{title}</h1>
      <p class="lead">{remedy}</p>
      <p>
        <a href="/">{texts.errors.toStart}</a>
      </p>
      <p class="small">
        {texts.errors.requestId} <code>{requestId}</code>
      </p>
    </>,
    { status },
  );
}
