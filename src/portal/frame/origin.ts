/** Whether a form was sent from a page of ours: what changes something never comes from another site's page. */
import type { IncomingHttpHeaders } from 'node:http';

/** @param origin of the portal, as browsers write it */
export function isOwnForm(headers: IncomingHttpHeaders, origin: string): boolean {
  const site = headers['sec-fetch-site'];
  // `none`: typed or from a bookmark, which a form never is.
  if (site !== undefined) return site === 'same-origin';
  return headers.origin === origin;
}
