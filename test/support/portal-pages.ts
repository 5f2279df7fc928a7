/** The portal's pages as data, for tests generated from them; and the access-log rows of a visit. */
import { portalPages } from '../../src/portal/index.js';
import type { Page, PortalOptions } from '../../src/portal/index.js';
import { OWN_FORM } from './portal.js';
import type { Fields, PageAnswer, TestPortal, Visitor } from './portal.js';

/** Every page that the portal lists. Their services are never called through this. */
export const PAGES = portalPages({
  ...{ doctor: {}, asl: {}, card: {}, takesCitizens: true },
  identity: { spid: { signIn: { name: 'spid' } }, cie: { signIn: { name: 'cie' } } },
} as PortalOptions);

/** Where a page sends visitors without the session that it needs. */
export const signInOf = ({ access }: Page): string => (access === 'citizen' ? '/accesso/spid' : '/accesso');

/** Every page with every method that it answers. */
export const VISITS: readonly (readonly [string, 'GET' | 'POST', Page])[] = PAGES.flatMap((page) => [
  ...(page.get === undefined ? [] : ([[`GET ${page.path}`, 'GET', page]] as const)),
  ...(page.post === undefined ? [] : ([[`POST ${page.path}`, 'POST', page]] as const)),
]);

/** An instance of a page's path. @param values of its parameters; the others are `1` */
export function pathOf({ path }: Page, values: Fields = {}): string {
  const all: Fields = { elenco: 'proprio', ...values };
  return path.replace(/:([a-z]+)/g, (_, name: string) => all[name] ?? '1');
}

/** Opens a page, or sends it a form. */
export function visit(
  visitor: Visitor,
  method: 'GET' | 'POST',
  path: string,
  fields: Fields = {},
): Promise<PageAnswer> {
  if (method === 'GET') return visitor.get(path);
  return visitor.send('POST', path, OWN_FORM, new URLSearchParams(fields).toString());
}

export interface LogRow {
  readonly operation: string;
  readonly outcome: string;
}

/** The rows of the access log that a visit left, in order. */
export function rowsOf({ db }: Pick<TestPortal, 'db'>, { headers }: Pick<PageAnswer, 'headers'>): Promise<LogRow[]> {
  return db.query('SELECT operation, outcome FROM audit.access_log WHERE request_id = $1 ORDER BY transaction_id', [
    headers['x-request-id'],
  ]);
}

/** The page's text without its request id, which differs each time. */
export function saidBy({ status, location, text }: PageAnswer): string {
  return JSON.stringify([status, location, text.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '')]);
}
