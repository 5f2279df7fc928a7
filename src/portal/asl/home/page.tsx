/** The start page of an ASL operator: the ASL, the latest number, and the available tasks. */
import type { DailyNumber } from '../../../asl/index.js';
import type { Lately } from '../../../auth/index.js';
import { forOperation, show } from '../../frame/page.js';
import type { Page } from '../../frame/page.js';
import { refusedPage } from '../../frame/refused.js';
import { LatelyView } from '../../profile/lately.js';
import { dayInWords } from '../../texts/dates.js';
import type { Catalogue } from '../../texts/index.js';
import { problemsOf } from '../refusals.js';
import type { AslServices } from '../services.js';

export function homePages(services: AslServices): readonly Page[] {
  return [
    forOperation('asl-daily-list', '/asl', {
      async get({ call, session, texts }) {
        const { refusals, numbers, asl, name } = await services.asl.dailyNumbers(call);
        const { title } = texts.asl;
        if (numbers === undefined) return refusedPage(title, problemsOf(refusals, services, texts), texts);
        const [latest] = numbers;
        const lately = await services.account.lately(session.token);
        return show(title, <HomeView {...{ texts, latest, lately, asl: `${name ?? ''} (${asl ?? ''})` }} />);
      },
    }),
  ];
}

interface HomeViewProps {
  readonly texts: Catalogue;
  readonly asl: string;
  readonly lately: Lately | undefined;
  /** Number of the latest day. */
  readonly latest: DailyNumber | undefined;
}

function HomeView({ texts, asl, lately, latest }: HomeViewProps) {
  const { asl: words } = texts;
  return (
    <>
      <h1>{words.title}</h1>
      <p class="lead">{words.actingFor(asl)}</p>
      <LatelyView lately={lately} texts={texts} />
      <h2>{words.exchange.title}</h2>
      <p>{words.exchange.lead}</p>
      <p>
        <a href="/asl/scambio-file">{words.exchange.link}</a>
      </p>
      <h2>{words.tests.title}</h2>
      <p>{latest === undefined ? words.tests.none : words.tests.latest(latest.tests, dayInWords(latest.executedOn))}</p>
      <ul>
        <li>
          <a href="/asl/test/nuovo">{words.send.title}</a>
        </li>
        <li>
          <a href="/asl/test">{words.tests.link}</a>
        </li>
      </ul>
    </>
  );
}
