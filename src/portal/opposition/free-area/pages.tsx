/**
 * Entering the free area (2.1): with the data of a health card or of an STP code. One answer whatever was wrong, sent
 * at the same beat; the input is not stored.
 */
import { NO_PROBLEMS, hasProblems } from '../../frame/fields.js';
import type { Problems } from '../../frame/fields.js';
import { Form } from '../../frame/form.js';
import { endFormer } from '../../frame/former.js';
import type { BrowserSessions } from '../../frame/former.js';
import { forAnybody, redirect, show } from '../../frame/page.js';
import type { Page, PageReply, Reply, Visit } from '../../frame/page.js';
import { FREE_AREA_BEAT_MS } from '../journey.js';
import { FREE_AREA_HOME } from '../paths.js';
import type { OppositionServices } from '../services.js';
import { readCard, readStp, typedClaim } from './form.js';
import { CardEntryView, FreeAreaView, StpEntryView } from './views.js';

/** Concurrent attempts: strangers must not occupy the connections to the register that others need. */
const MOST_AT_ONCE = 4;
const RETRY_AFTER_SECONDS = 5;

const WAYS = {
  tessera: { second: 'numero', read: readCard, View: CardEntryView, words: 'card' },
  stp: { second: 'regione', read: readStp, View: StpEntryView, words: 'stp' },
} as const;
type Way = keyof typeof WAYS;

export function freeAreaPages({
  register,
  citizens,
  sessions,
}: Pick<OppositionServices, 'register'> & BrowserSessions): readonly Page[] {
  let inWork = 0;

  /** @param visitors the form's fields; shown again, and not stored */
  function entryPage(
    way: Way,
    { form, texts }: Pick<Visit, 'form' | 'texts'>,
    problems: Problems,
    more: Pick<PageReply, 'status' | 'beatMs' | 'retryAfter'> = {},
  ): PageReply {
    const { second, View, words } = WAYS[way];
    const { title } = texts.freeArea[words];
    const prefix = hasProblems(problems) ? texts.form.titlePrefix : '';
    return show(prefix + title, <View {...{ texts, problems, typed: typedClaim(form, second) }} />, more);
  }

  async function enter(way: Way, visit: Visit): Promise<Reply> {
    const { form, texts, arrival } = visit;
    const { second, read } = WAYS[way];
    const typed = read(typedClaim(form, second), texts);
    if ('problems' in typed) return entryPage(way, visit, typed.problems, { status: 422 });
    const general = (text: string): Problems => ({ fields: {}, general: [text] });
    if (inWork >= MOST_AT_ONCE) {
      const more = { status: 503, retryAfter: RETRY_AFTER_SECONDS };
      return entryPage(way, visit, general(texts.freeArea.busy), more);
    }
    inWork++;
    try {
      const call = await register().enter(typed.claim, arrival);
      if (call === undefined) {
        const more = { status: 401, beatMs: FREE_AREA_BEAT_MS };
        return entryPage(way, visit, general(texts.freeArea.refused), more);
      }
      await endFormer(visit, { sessions, citizens });
      return redirect(`${FREE_AREA_HOME}/informativa`, await citizens.beginInFreeArea(call));
    } finally {
      inWork--;
    }
  }

  return [
    forAnybody(FREE_AREA_HOME, {
      async get({ texts, arrival, freeArea }) {
        const terms = await register().terms(arrival.at);
        const isInside = freeArea !== undefined;
        return show(texts.freeArea.title, <FreeAreaView {...{ texts, terms, isInside }} />);
      },
    }),
    ...(['tessera', 'stp'] as const).map((way) =>
      forAnybody(`${FREE_AREA_HOME}/${way}`, {
        get: ({ texts, freeArea }) =>
          freeArea === undefined
            ? entryPage(way, { form: new Form(), texts }, NO_PROBLEMS)
            : redirect(`${FREE_AREA_HOME}/informativa`),
        post: (visit) => enter(way, visit),
      }),
    ),
  ];
}
