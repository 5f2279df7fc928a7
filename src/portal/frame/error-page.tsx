/** The page of an error, in the portal's frame: what happened, what to do, and the id under which the log has it. */
import type { Catalogue } from '../texts/index.js';
import { show } from './page.js';
import type { PageError, PageReply } from './page.js';

export function errorPage(status: PageError['status'], requestId: string, texts: Catalogue): PageReply {
  const { title, remedy } = texts.errors[status];
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
