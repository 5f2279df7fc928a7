/** The cookie of a browser between identification and session: a ticket, and the path to open then. */

export function ticketCookie(ticket: string, returnTo = ''): string {
  return `${ticket}.${encodeURIComponent(returnTo)}`;
}

export function partsOf(cookie: string | undefined): { readonly ticket: string | undefined; readonly path: string } {
  const [ticket, path = ''] = cookie?.split('.', 2) ?? [];
  try {
    return { ticket, path: decodeURIComponent(path) };
  } catch {
    return { ticket, path: '' }; // not of our making
  }
}
