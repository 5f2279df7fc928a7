/**
 * The start page of a doctor: the own list, and those of the titular doctors for whom the doctor may substitute
 * (3.3.1).
 */
import type { Lately } from '../../../auth/index.js';
import { PageError, forOperation, show } from '../../frame/page.js';
import type { Page } from '../../frame/page.js';
import type { ReceivedSubstitution } from '../../../screening/index.js';
import { LatelyView } from '../../profile/lately.js';
import type { Catalogue } from '../../texts/index.js';
import { listLinks } from '../parties.js';
import type { DoctorServices } from '../services.js';

export function homePages({ substitutions, account }: DoctorServices): readonly Page[] {
  return [
    forOperation('substitution-received', '/medico', {
      async get({ call, session, texts }) {
        const { substitutions: received } = await substitutions.received(call, undefined);
        if (received === undefined) throw new PageError(403);
        const lately = await account.lately(session.token);
        const view = { texts, received, lately, userId: call.caller.userId };
        return show(texts.doctor.title, <HomeView {...view} />);
      },
    }),
  ];
}

interface HomeViewProps {
  readonly texts: Catalogue;
  readonly userId: string;
  readonly lately: Lately | undefined;
  readonly received: readonly ReceivedSubstitution[];
}

function HomeView({ texts, userId, lately, received }: HomeViewProps) {
  const { title, home } = texts.doctor;
  return (
    <>
      <h1>{title}</h1>
      <p class="lead">{home.hello(userId)}</p>
      <LatelyView lately={lately} texts={texts} />
      <h2>{home.ownList}</h2>
      <ListLinks texts={texts} base="/medico/proprio" isSending />
      <h2>{home.substitutions}</h2>
      {received.length === 0 ? <p>{home.none}</p> : null}
      {received.map((substitution) => (
        <Received {...{ texts, substitution }} />
      ))}
    </>
  );
}

function Received({ texts, substitution }: { readonly texts: Catalogue; readonly substitution: ReceivedSubstitution }) {
  const { home } = texts.doctor;
  const { id, titular, titularName, from, to, term } = substitution;
  return (
    <section aria-labelledby={`sostituzione-${id}`}>
      <h3 id={`sostituzione-${id}`}>{home.titular(titularName)}</h3>
      <p>
        {titularName === titular ? '' : `${titular}. `}
        {home.terms[term](from, to)}
      </p>
      {term === 'future' ? null : (
        <ListLinks {...{ texts, base: `/medico/${id}`, isSending: term === 'current', of: titularName }} />
      )}
    </section>
  );
}

interface ListLinksProps {
  readonly texts: Catalogue;
  readonly base: string;
  readonly isSending: boolean;
  /** Whose list it is, read aloud with each link; undefined: one's own. */
  readonly of?: string;
}

function ListLinks({ texts, base, isSending, of }: ListLinksProps) {
  return (
    <ul>
      {listLinks(texts, base, isSending).map(([href, text]) => (
        <li>
          <a href={href}>
            {text}
            {of === undefined ? null : <span class="visually-hidden">{texts.doctor.home.linkObject(of)}</span>}
          </a>
        </li>
      ))}
    </ul>
  );
}
