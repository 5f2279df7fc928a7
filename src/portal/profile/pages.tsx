/** The holder's own account: its data, and its open sessions. */
import type { ListedSession, OwnAccount, Session, Sessions } from '../../auth/index.js';
import { PageError, forSignedIn, redirect, show } from '../frame/page.js';
import type { Page } from '../frame/page.js';
import { Records } from '../frame/table.js';
import { instantInWords } from '../texts/dates.js';
import type { Catalogue } from '../texts/index.js';
import { accessPages } from './accesses.js';
import { CHANGES, PROFILE, changePages } from './changes.js';

export function profilePages(sessions: Sessions, account: OwnAccount): readonly Page[] {
  return [
    forSignedIn(PROFILE, {
      async get({ session, texts, arrival, kept, keep }) {
        const open = await sessions.list(session, arrival);
        const email = await account.addressOf(session.token);
        const ended = kept(PROFILE).text('chiuse');
        const done = CHANGES.find((change) => change === kept(PROFILE).text('fatto'));
        if (ended !== '' || done !== undefined) await keep(PROFILE, undefined); // shown once
        const said = ended === '' ? undefined : texts.profile.ended(Number(ended));
        const message = done === undefined ? said : texts.secrets.done[done];
        return show(texts.profile.title, <ProfileView {...{ session, texts, open, email, message }} />);
      },
    }),
    forSignedIn('/profilo/sessioni', {
      async post({ session, arrival, form, keep }) {
        const id = form.text('sessione');
        if (id !== '' && !/^[1-9][0-9]{0,17}$/.test(id)) throw new PageError(400);
        const ended = await sessions.endOthers(session, arrival, id === '' ? undefined : id);
        await keep(PROFILE, { chiuse: String(ended) });
        return redirect(PROFILE);
      },
    }),
    ...changePages(account),
    ...accessPages(account),
  ];
}

interface ProfileViewProps {
  readonly session: Session;
  readonly texts: Catalogue;
  readonly open: readonly ListedSession[];
  readonly email: string | undefined;
  readonly message: string | undefined;
}

function ProfileView({ session, texts, open, email, message }: ProfileViewProps) {
  const { profile } = texts;
  const role = session.call?.caller.capacity.role;
  return (
    <>
      <h1>{profile.title}</h1>
      {message === undefined ? null : (
        <p class="alert alert-success" role="status">
          {message}
        </p>
      )}
      <dl class="dati">
        <dt>{profile.userId}</dt>
        <dd>{session.userId}</dd>
        <dt>{profile.codiceFiscale}</dt>
        <dd>{session.codiceFiscale}</dd>
        <dt>{profile.capacity}</dt>
        <dd>
          {role === undefined ? '' : texts.roles[role]}{' '}
          {session.roles.length > 1 ? <a href="/accesso/profilo">{profile.changeCapacity}</a> : null}
        </dd>
        <dt>{profile.email}</dt>
        <dd>{email ?? profile.noEmail}</dd>
      </dl>
      <ul>
        {CHANGES.map((change) => (
          <li>
            <a href={`${PROFILE}/${change}`}>{texts.secrets.titles[change]}</a>
          </li>
        ))}
        <li>
          <a href="/profilo/accessi">{texts.accesses.link}</a>
        </li>
      </ul>
      <h2>{profile.sessions}</h2>
      <p>{profile.sessionsLead}</p>
      <Records
        caption={profile.sessions}
        headings={[profile.device, profile.address, profile.startedAt, profile.lastSeenAt, profile.end]}
      >
        {open.map(({ id, device, clientAddress, startedAt, lastSeenAt, isCurrent }) => (
          <tr>
            <th scope="row">{device}</th>
            <td>{clientAddress}</td>
            <td>{instantInWords(startedAt)}</td>
            <td>{instantInWords(lastSeenAt)}</td>
            <td>{isCurrent ? profile.thisOne : <EndButton {...{ texts, id, device }} />}</td>
          </tr>
        ))}
      </Records>
      {open.length > 1 ? (
        <form method="post" action="/profilo/sessioni">
          <button class="btn btn-outline-primary" type="submit">
            {profile.endOthers}
          </button>
        </form>
      ) : null}
    </>
  );
}

function EndButton({ texts, id, device }: { readonly texts: Catalogue; readonly id: string; readonly device: string }) {
  return (
    <form method="post" action="/profilo/sessioni">
      <input type="hidden" name="sessione" value={id} />
      <button class="btn btn-sm btn-outline-primary" type="submit">
        {texts.profile.end}
        <span class="visually-hidden">{texts.profile.endObject(device)}</span>
      </button>
    </form>
  );
}
