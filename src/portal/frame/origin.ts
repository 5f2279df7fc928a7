/** Whether a form was sent from one of our pages: a page of another site must not cause changes. */
import type { IncomingHttpHeaders } from 'node:http';

/** @param origin of the portal, as browsers send it */
export function isOwnForm(headers: IncomingHttpHeaders, origin: string): boolean {
  const site = headers['sec-fetch-site'];
  // `none` means typed or bookmarked, which a form never is.
  if (site !== undefined) return site === 'same-origin';
  return headers.origin === origin;
}

/** Whether a page of another site led or loaded the browser here. Older browsers do not say. */
export function isFromElsewhere(headers: IncomingHttpHeaders): boolean {
  const site = headers['sec-fetch-site'];
  return site === 'cross-site' || site === 'same-site';
}
