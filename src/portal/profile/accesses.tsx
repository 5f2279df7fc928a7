/** The accesses to the holder's own account in twelve months, of some days or all, fifty a page [T-60], 3.5. */
import type { OwnAccess, OwnAccount } from '../../auth/index.js';
import type { IsoDate } from '../../platform/clock.js';
import { dayOf, dayProblem, typedDay } from '../frame/day.js';
import type { TypedDay } from '../frame/day.js';
import { DayField, ErrorSummary, SubmitButton, hasProblems } from '../frame/fields.js';
import type { Problems } from '../frame/fields.js';
import type { Form } from '../frame/form.js';
import { PageError, forOperation, show } from '../frame/page.js';
import type { Page } from '../frame/page.js';
import { Records } from '../frame/table.js';
import { instantInWords } from '../texts/dates.js';
import type { Catalogue } from '../texts/index.js';

const PATH = '/profilo/accessi';

export function accessPages(account: OwnAccount): readonly Page[] {
  return [
    forOperation('own-accesses', PATH, {
      async get({ call, session, texts, query }) {
        const asked = query.text('pagina') || '1';
        if (!/^[1-9][0-9]{0,4}$/.test(asked)) throw new PageError(404, {}, '404');
        const page = Number(asked);
        const { typed, from, to, problems } = daysIn(query, texts);
        if (hasProblems(problems)) {
          const view = { texts, typed, problems, rows: [], page, hasMore: false };
          return show(texts.form.titlePrefix + texts.accesses.title, <AccessesView {...view} />, { status: 422 });
        }
        const { rows, hasMore } = await account.accesses(call, { token: session.token, page, from, to });
        if (rows === undefined) throw new PageError(403);
        const view = { texts, typed, problems, rows, page, hasMore: hasMore === true };
        return show(texts.accesses.title, <AccessesView {...view} />);
      },
    }),
  ];
}

const isEmpty = ({ day, month, year }: TypedDay): boolean => day === '' && month === '' && year === '';

interface TypedDays {
  readonly dal: TypedDay;
  readonly al: TypedDay;
}

interface Days {
  readonly typed: TypedDays;
  readonly from: IsoDate | undefined;
  readonly to: IsoDate | undefined;
  readonly problems: Problems;
}

/** Days are nobody's data: they may be in an address. */
function daysIn(query: Form, texts: Catalogue): Days {
  const { accesses } = texts;
  const typed = { dal: typedDay(query, 'dal'), al: typedDay(query, 'al') };
  const [from, to] = [dayOf(typed.dal), dayOf(typed.al)];
  const fields: Record<string, string> = {};
  if (from === undefined && !isEmpty(typed.dal)) fields['dal'] = dayProblem(typed.dal, accesses.from, texts);
  if (to === undefined && !isEmpty(typed.al)) fields['al'] = dayProblem(typed.al, accesses.to, texts);
  if (from !== undefined && to !== undefined && to < from) fields['al'] = accesses.reversed;
  return { typed, from, to, problems: { fields, general: [] } };
}

interface AccessesViewProps {
  readonly texts: Catalogue;
  readonly typed: TypedDays;
  readonly problems: Problems;
  readonly rows: readonly OwnAccess[];
  readonly page: number;
  readonly hasMore: boolean;
}

function AccessesView({ texts, typed, problems, rows, page, hasMore }: AccessesViewProps) {
  const { accesses } = texts;
  const isOfAll = isEmpty(typed.dal) && isEmpty(typed.al);
  return (
    <>
      <ErrorSummary problems={problems} texts={texts} />
      <h1>{accesses.title}</h1>
      <p class="lead">{accesses.lead}</p>
      <form method="get" action={PATH} class="colonna">
        <DayField
          {...{ name: 'dal', label: accesses.from, hint: accesses.dayHint, value: typed.dal, problems, texts }}
        />
        <DayField {...{ name: 'al', label: accesses.to, hint: accesses.dayHint, value: typed.al, problems, texts }} />
        <div class="azioni">
          <SubmitButton text={accesses.show} />
          {isOfAll ? null : <a href={PATH}>{accesses.all}</a>}
        </div>
      </form>
      {rows.length === 0 ? (
        <p role="status">{isOfAll ? accesses.none : accesses.noneThen}</p>
      ) : (
        <Records
          caption={accesses.title}
          headings={[accesses.at, accesses.operation, accesses.outcome, accesses.who, accesses.address]}
        >
          {rows.map(({ at, operation, outcome, clientAddress, method, times, isOperator }) => (
            <tr>
              <th scope="row">{instantInWords(at)}</th>
              <td>{accesses.operationInWords(operation)}</td>
              <td>{accesses.outcomeInWords(outcome, times)}</td>
              <td>{accesses.whoInWords(isOperator, method, outcome)}</td>
              <td>{clientAddress ?? accesses.noAddress}</td>
            </tr>
          ))}
        </Records>
      )}
      <nav class="azioni" aria-label={accesses.pages}>
        {page > 1 ? <a href={addressOf(typed, page - 1)}>{accesses.newer}</a> : null}
        {hasMore ? <a href={addressOf(typed, page + 1)}>{accesses.older}</a> : null}
        <a href="/profilo">{accesses.back}</a>
      </nav>
    </>
  );
}

function addressOf(typed: TypedDays, page: number): string {
  const days = (['dal', 'al'] as const).flatMap((name): (readonly [string, string])[] => {
    const { day, month, year } = typed[name];
    return isEmpty(typed[name])
      ? []
      : [
          [`${name}-giorno`, day],
          [`${name}-mese`, month],
          [`${name}-anno`, year],
        ];
  });
  return `${PATH}?${new URLSearchParams({ ...Object.fromEntries(days), pagina: String(page) }).toString()}`;
}
