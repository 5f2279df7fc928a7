/** The first page of a person who has signed in by digital identity: what the service knows of his session. */
import { forCitizen, show } from '../frame/page.js';
import type { Page } from '../frame/page.js';

/** Where a citizen's session begins. */
export const CITIZEN_HOME = '/cittadino';

export function citizenPages(): readonly Page[] {
  return [
    forCitizen(CITIZEN_HOME, {
      get({ texts, citizen }) {
        const { citizen: words } = texts;
        const { codiceFiscale, method } = citizen.call.caller;
        return show(
          words.title,
          <>
            <h1>{words.title}</h1>
            <p class="lead">
              {words.signedIn} {words.methods[method]}
            </p>
            <dl>
              <dt>{words.codiceFiscale}</dt>
              <dd>{codiceFiscale}</dd>
            </dl>
            <p>{words.ends(citizen.endsAt)}</p>
          </>,
        );
      },
    }),
  ];
}
