/**
 * The portal's cookies: the session's token, the ticket of a sign-in by card that this browser began, and a code while
 * the browser is at an identity provider's.
 */

/** `__Host-`: over TLS only, from this very host, for all its paths. */
export const SESSION_COOKIE = '__Host-sessione';
export const TICKET_COOKIE = '__Host-carta';
export const IDENTITY_COOKIE = '__Host-identita';

/** Lax, because the answers of identity providers and of the card host come from another site. */
const ATTRIBUTES = 'Path=/; Secure; HttpOnly; SameSite=Lax';

/** Needed with the form that a provider's page submits, where Lax would withhold it. By itself it signs nobody in. */
const IDENTITY_ATTRIBUTES = 'Max-Age=600; Path=/; Secure; HttpOnly; SameSite=None';

/** @returns undefined also if there are two: one of them is not ours */
export function cookieIn(header: string | undefined, name: string): string | undefined {
  const values = (header ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`));
  return values.length === 1 ? values[0]?.slice(name.length + 1) : undefined;
}

/** @param value null: deletes the cookie */
export function cookieFor(name: string, value: string | null): string {
  return value === null ? `${name}=; Max-Age=0; ${ATTRIBUTES}` : `${name}=${value}; ${ATTRIBUTES}`;
}

export function identityCookie(code: string): string {
  return `${IDENTITY_COOKIE}=${code}; ${IDENTITY_ATTRIBUTES}`;
}
