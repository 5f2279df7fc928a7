/** Where a doctor begins: his own list, and those of the titular doctors whom he may replace (3.3.1). */
import type { Lately } from '../../../auth/index.js';
import { PageError, forOperation, show } from '../../frame/page.js';
import type { Page } from '../../frame/page.js';
import type { ReceivedSubstitution } from '../../../screening/index.js';
import { LatelyView } from '../../profile/lately.js';
import type { Catalogue } from '../../texts/index.js';
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
  const { doctor } = texts;
  return (
    <>
      <h1>{doctor.title}</h1>
      <p class="lead">{doctor.hello(userId)}</p>
      <LatelyView lately={lately} texts={texts} />
      <h2>{doctor.ownList}</h2>
      <ListLinks texts={texts} base="/medico/proprio" />
      <h2>{doctor.substitutionsHeading}</h2>
      {received.length === 0 ? <p>{doctor.noSubstitutions}</p> : null}
      {received.map(({ id, titular, to }) => (
        <section aria-label={doctor.forTitular(titular)}>
          <h3>
            {doctor.forTitular(titular)} <span class="fw-normal">({doctor.untilDay(to)})</span>
          </h3>
          <ListLinks texts={texts} base={`/medico/${id}`} />
        </section>
      ))}
    </>
  );
}

function ListLinks({ texts: { doctor, several }, base }: { readonly texts: Catalogue; readonly base: string }) {
  return (
    <ul>
      <li>
        <a href={`${base}/assistiti`}>{doctor.patients.link}</a>
      </li>
      <li>
        <a href={`${base}/test/nuovo`}>{doctor.report.title}</a>
      </li>
      <li>
        <a href={`${base}/test/piu`}>{several.link}</a>
      </li>
      <li>
        <a href={`${base}/test`}>{doctor.tests.title}</a>
      </li>
    </ul>
  );
}
