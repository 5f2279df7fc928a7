/**
 * The portal's cookies: the session's token, the ticket of a sign-in by card that this browser began, and a code while
 * the browser is at an identity provider's.
 */

/** `__Host-`: over TLS only, from this very host, for all its paths. */
export const SESSION_COOKIE = '__Host-sessione';
export const TICKET_COOKIE = '__Host-carta';
export const IDENTITY_COOKIE = '__Host-identita';

/** Lax, since the answer of an identity provider, and of the card host, comes from another site. */
const ATTRIBUTES = 'Path=/; Secure; HttpOnly; SameSite=Lax';

/** Comes back with the form that a provider's page sends: Lax would keep it back. By itself it signs nobody in. */
const IDENTITY_ATTRIBUTES = 'Max-Age=600; Path=/; Secure; HttpOnly; SameSite=None';

/** @returns undefined also when there are two: one of them is not ours */
export function cookieIn(header: string | undefined, name: string): string | undefined {
  const values = (header ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`));
  return values.length === 1 ? values[0]?.slice(name.length + 1) : undefined;
}

/** @param value null: the browser forgets it */
export function cookieFor(name: string, value: string | null): string {
  return value === null ? `${name}=; Max-Age=0; ${ATTRIBUTES}` : `${name}=${value}; ${ATTRIBUTES}`;
}

export function identityCookie(code: string): string {
  return `${IDENTITY_COOKIE}=${code}; ${IDENTITY_ATTRIBUTES}`;
}
