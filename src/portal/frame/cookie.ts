/** The cookies: the session's token, and a code while the browser is at an identity provider's. */

/** `__Host-`: over TLS only, from this very host, for all its paths. */
const NAME = '__Host-sessione';
const IDENTITY_NAME = '__Host-identita';

/** Lax, since the answer of an identity provider will come from another site. */
const ATTRIBUTES = 'Path=/; Secure; HttpOnly; SameSite=Lax';

/** Comes back with the form that a provider's page sends: Lax would keep it back. By itself it signs nobody in. */
const IDENTITY_ATTRIBUTES = 'Max-Age=600; Path=/; Secure; HttpOnly; SameSite=None';

export const tokenIn = (header: string | undefined): string | undefined => valueOf(header, NAME);
export const identityCodeIn = (header: string | undefined): string | undefined => valueOf(header, IDENTITY_NAME);

/** @returns undefined also when there are two: one of them is not ours */
function valueOf(header: string | undefined, name: string): string | undefined {
  const values = (header ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`));
  return values.length === 1 ? values[0]?.slice(name.length + 1) : undefined;
}

/** @param token null: the browser forgets it */
export function cookieFor(token: string | null): string {
  return token === null ? `${NAME}=; Max-Age=0; ${ATTRIBUTES}` : `${NAME}=${token}; ${ATTRIBUTES}`;
}

export function identityCookie(code: string): string {
  return `${IDENTITY_NAME}=${code}; ${IDENTITY_ATTRIBUTES}`;
}
