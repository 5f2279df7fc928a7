/** The page of an error, in the portal's frame: what happened, what to do, and the request's id in the log. */
import type { Session } from '../../auth/index.js';
import type { Catalogue } from '../texts/index.js';
import { show } from './page.js';
import type { PageError, PageReply } from './page.js';

/**
 * @param session of the visitor; undefined: none, or not looked up
 * @param said replaces the standard text for this status
 */
export function errorPage(
  status: PageError['status'],
  requestId: string,
  texts: Catalogue,
  session: Session | undefined,
  said: { readonly title: string; readonly remedy: string } = texts.errors[status],
): PageReply {
  const { title, remedy } = said;
  const role = session?.call?.caller.capacity.role;
  return show(
    title,
    <>
      <h1>{title}</h1>
      {status === 403 && session !== undefined && role !== undefined ? (
        <OtherRole {...{ texts, session, role: texts.roles[role] }} />
      ) : (
        <p class="lead">{remedy}</p>
      )}
      <p>
        <a href={session === undefined ? '/' : '/accesso'}>{texts.errors.toStart}</a>
      </p>
      <p class="small">
        {texts.errors.requestId} <code>{requestId}</code>
      </p>
    </>,
    { status },
  );
}

function OtherRole({
  texts: { errors },
  session,
  role,
}: {
  readonly texts: Catalogue;
  readonly session: Session;
  readonly role: string;
}) {
  return (
    <>
      <p class="lead">{errors.otherRole(role)}</p>
      {session.roles.length > 1 ? (
        <p>
          <a href="/accesso/profilo">{errors.changeRole}</a>
        </p>
      ) : (
        <p>{errors.noOtherRole}</p>
      )}
    </>
  );
}
