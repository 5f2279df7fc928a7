/** The first page of a person who has signed in by digital identity: the person's decisions, and the session's data. */
import type { CitizenSession } from '../../auth/index.js';
import type { OwnDecision } from '../../opposition/index.js';
import { PageError, forCitizen, show } from '../frame/page.js';
import type { Page } from '../frame/page.js';
import { Records } from '../frame/table.js';
import { CITIZEN_OPPOSITION, SERVICE_PAGE } from '../opposition/paths.js';
import type { Register } from '../opposition/services.js';
import { refusalOf, valuesIn } from '../opposition/steps.js';
import type { Permitted } from '../opposition/journey.js';
import { dayInWords } from '../texts/dates.js';
import type { Catalogue } from '../texts/index.js';
import { CITIZEN_HOME } from './paths.js';

/** @param opposition undefined: the portal has no register of consents */
export function citizenPages(
  opposition: { readonly register: () => Pick<Register, 'opposition'> } | undefined,
): readonly Page[] {
  const page = forCitizen(CITIZEN_HOME, {
    async get({ texts, citizen }) {
      const { citizen: words } = texts;
      const { codiceFiscale, method } = citizen.call.caller;
      const own = opposition?.register().opposition;
      const state = own && (await stateOf(own, citizen.call));
      return show(
        words.title,
        <>
          <h1>{words.title}</h1>
          {state === undefined ? null : <OwnChoices texts={texts} {...state} />}
          <p>
            {words.signedIn} {words.methods[method]}
          </p>
          <dl class="dati">
            <dt>{words.codiceFiscale}</dt>
            <dd>{codiceFiscale}</dd>
          </dl>
          <p>{words.ends(citizen.endsAt)}</p>
        </>,
      );
    },
  });
  return [page];
}

/** @throws PageError 403: the caller may not read the decisions; the page must not claim that there are none */
async function stateOf(own: Register['opposition'], call: CitizenSession['call']) {
  const { history } = await own.state(call, {});
  if (history === undefined) throw new PageError(403);
  return { history, permitted: await own.eligibility(call, {}) };
}

interface OwnChoicesProps {
  readonly texts: Catalogue;
  /** Oldest first: the last one counts. */
  readonly history: readonly OwnDecision[];
  readonly permitted: Permitted;
}

function OwnChoices({ texts: { opposition }, history, permitted }: OwnChoicesProps) {
  const { own } = opposition;
  const last = history.at(-1);
  const mayChange = valuesIn(permitted).length > 0;
  const refusal = refusalOf(permitted);
  return (
    <section aria-labelledby="opposizione">
      <h2 id="opposizione">{own.heading}</h2>
      <p class="lead">{last === undefined ? own.none : own.now(last.value, last.decidedOn)}</p>
      {mayChange && permitted.closesOn !== undefined ? (
        <p>
          {last === undefined
            ? opposition.openUntil(permitted.closesOn)
            : opposition.changeableUntil(permitted.closesOn)}
        </p>
      ) : null}
      {refusal === undefined ? null : (
        <p>
          {opposition.refusals[refusal].lead} {opposition.refusals[refusal].how}
        </p>
      )}
      <div class="azioni">
        {mayChange ? (
          <a class="btn btn-primary" href={CITIZEN_OPPOSITION}>
            {last === undefined ? own.express : own.change}
          </a>
        ) : null}
        <a href={SERVICE_PAGE}>{opposition.toService}</a>
      </div>
      {history.length === 0 ? null : (
        <>
          <h3>{own.historyHeading}</h3>
          <Records caption={own.historyHeading} headings={[own.day, own.value, own.by, own.receipt]}>
            {history.toReversed().map(({ id, value, decidedOn, enteredRole, channel }) => (
              <tr>
                <th scope="row">{dayInWords(decidedOn)}</th>
                <td>{opposition.valueInWords(value)}</td>
                <td>{enteredRole}</td>
                <td>
                  {channel === 'digital_identity' ? (
                    <a href={`${CITIZEN_OPPOSITION}/ricevuta/${id}`}>
                      {own.showReceipt}
                      <span class="visually-hidden"> {id}</span>
                    </a>
                  ) : (
                    own.noReceipt
                  )}
                </td>
              </tr>
            ))}
          </Records>
        </>
      )}
    </section>
  );
}
