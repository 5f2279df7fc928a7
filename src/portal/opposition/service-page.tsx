/** Public description of the service: who may oppose, until when, what follows, and the ways to do it. */
import type { PublicTerms } from '../../opposition/index.js';
import { forAnybody, show } from '../frame/page.js';
import type { Page } from '../frame/page.js';
import type { Catalogue } from '../texts/index.js';
import { FREE_AREA_HOME, SERVICE_PAGE } from './paths.js';
import type { OppositionServices } from './services.js';

/** @param hasIdentity whether citizens can sign in by SPID or CIE */
export function servicePage({ register }: Pick<OppositionServices, 'register'>, hasIdentity: boolean): Page {
  return forAnybody(SERVICE_PAGE, {
    async get({ texts, arrival }) {
      const terms = await register().terms(arrival.at);
      const { title } = texts.opposition;
      return show(title, <ServiceView {...{ texts, terms, hasIdentity }} />);
    },
  });
}

interface ServiceProps {
  readonly texts: Catalogue;
  readonly terms: PublicTerms;
  readonly hasIdentity: boolean;
}

function ServiceView({ texts: { opposition }, terms, hasIdentity }: ServiceProps) {
  const { service } = opposition;
  return (
    <div class="colonna">
      <h1>{service.title}</h1>
      <p class="lead">{service.lead}</p>
      <h2>{service.whenHeading}</h2>
      <p>
        <strong>{whenOf(terms, service)}</strong>
      </p>
      <h2>{service.whoHeading}</h2>
      <ul>
        {service.who.map((text) => (
          <li>{text}</li>
        ))}
      </ul>
      <p>{service.minors}</p>
      <h2>{service.nothingHeading}</h2>
      <p>{service.nothing}</p>
      <h2>{service.afterHeading}</h2>
      <p>{service.after}</p>
      <h2>{service.excludedHeading}</h2>
      <ul>
        {service.excluded.map((text) => (
          <li>{text}</li>
        ))}
      </ul>
      <h2>{service.waysHeading}</h2>
      <p>{service.ways}</p>
      {hasIdentity ? (
        <>
          <p>{service.identityText}</p>
          <p>
            <a class="btn btn-primary" href="/accesso/spid">
              {service.identity}
            </a>
          </p>
        </>
      ) : null}
      <p>{service.freeAreaText}</p>
      <p>
        <a class="btn btn-outline-primary" href={FREE_AREA_HOME}>
          {service.freeArea}
        </a>
      </p>
      <h3>{service.intermediaryHeading}</h3>
      <p>{service.intermediary}</p>
    </div>
  );
}

export function whenOf({ open, next, past }: PublicTerms, service: Catalogue['opposition']['service']): string {
  if (open !== undefined) return service.open(open.opensOn, open.closesOn);
  if (next !== undefined) return service.toCome(next.opensOn, next.closesOn);
  return past === undefined ? service.none : service.past(past.closesOn);
}
