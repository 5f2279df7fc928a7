/** The one cookie: the session's token. */

/** `__Host-`: over TLS only, from this very host, for all its paths. */
const NAME = '__Host-sessione';

/** Lax, since the answer of an identity provider will come from another site. */
const ATTRIBUTES = 'Path=/; Secure; HttpOnly; SameSite=Lax';

/** @returns undefined also when there are two: one of them is not ours */
export function tokenIn(header: string | undefined): string | undefined {
  const values = (header ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${NAME}=`));
  return values.length === 1 ? values[0]?.slice(NAME.length + 1) : undefined;
}

/** @param token null: the browser forgets it */
export function cookieFor(token: string | null): string {
  return token === null ? `${NAME}=; Max-Age=0; ${ATTRIBUTES}` : `${NAME}=${token}; ${ATTRIBUTES}`;
}
