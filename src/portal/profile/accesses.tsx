/** The accesses to the holder's own account in the last twelve months, fifty a page [T-60], 3.5. */
import type { OwnAccess, OwnAccount } from '../../auth/index.js';
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
        const { rows, hasMore } = await account.accesses(call, { token: session.token, page });
        if (rows === undefined) throw new PageError(403);
        const view = { texts, rows, page, hasMore: hasMore === true };
        return show(texts.accesses.title, <AccessesView {...view} />);
      },
    }),
  ];
}

interface AccessesViewProps {
  readonly texts: Catalogue;
  readonly rows: readonly OwnAccess[];
  readonly page: number;
  readonly hasMore: boolean;
}

function AccessesView({ texts: { accesses }, rows, page, hasMore }: AccessesViewProps) {
  return (
    <>
      <h1>{accesses.title}</h1>
      <p class="lead">{accesses.lead}</p>
      {rows.length === 0 ? (
        <p>{accesses.none}</p>
      ) : (
        <Records
          caption={accesses.title}
          headings={[accesses.at, accesses.operation, accesses.outcome, accesses.address]}
        >
          {rows.map(({ at, operation, outcome, clientAddress, times, isOperator }) => (
            <tr>
              <th scope="row">{instantInWords(at)}</th>
              <td>{accesses.operationInWords(operation)}</td>
              <td>{accesses.outcomeInWords(outcome, times)}</td>
              <td>{isOperator ? accesses.byOperator : (clientAddress ?? accesses.noAddress)}</td>
            </tr>
          ))}
        </Records>
      )}
      <nav class="azioni" aria-label={accesses.pages}>
        {page > 1 ? <a href={`${PATH}?pagina=${page - 1}`}>{accesses.newer}</a> : null}
        {hasMore ? <a href={`${PATH}?pagina=${page + 1}`}>{accesses.older}</a> : null}
        <a href="/profilo">{accesses.back}</a>
      </nav>
    </>
  );
}
