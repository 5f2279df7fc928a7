/** All pages about the opposition to past data: information, a citizen's journey, the free area and its journey. */
import type { BrowserSessions } from '../frame/former.js';
import type { Page } from '../frame/page.js';
import { freeAreaPages } from './free-area/pages.js';
import { citizenJourney, freeAreaJourney } from './journey.js';
import { servicePage } from './service-page.js';
import type { OppositionServices } from './services.js';
import { journeyPages } from './steps.js';

/** @param hasIdentity whether citizens can sign in by SPID or CIE */
export function oppositionPages(
  services: OppositionServices,
  browser: BrowserSessions,
  hasIdentity: boolean,
): readonly Page[] {
  return [
    servicePage(services, hasIdentity),
    ...(hasIdentity ? journeyPages(citizenJourney(services.citizens), services) : []),
    ...freeAreaPages({ ...services, ...browser }),
    ...journeyPages(freeAreaJourney(services.citizens), services),
  ];
}
