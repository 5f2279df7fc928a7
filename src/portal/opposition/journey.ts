/**
 * The journey through the steps, as data: the acting person, the pages, and what may be shown. The steps are the same
 * for all callers.
 */
import type { ComponentChildren } from 'preact';
import type { AcknowledgedNotice, Call, CitizenSession, CitizenSessions, FreeAreaSession } from '../../auth/index.js';
import type { Channel, DecisionValue, OppositionRefusal } from '../../opposition/index.js';
import { CITIZEN_HOME } from '../citizen/paths.js';
import { forCitizen, forFreeArea } from '../frame/page.js';
import type { Page, Reply, Visit } from '../frame/page.js';
import type { Catalogue } from '../texts/index.js';
import type { RefusalWords } from '../texts/it/opposition.js';
import { CITIZEN_OPPOSITION, FREE_AREA_HOME } from './paths.js';
import type { Register } from './services.js';

/** One visit on the way. */
export interface Traveller {
  readonly visit: Visit;
  readonly call: Call;
  /** Id of the session, which identifies what is expressed in it. */
  readonly visitId: string;
  readonly acknowledged: AcknowledgedNotice | undefined;
  readonly acknowledge: (notice: Pick<AcknowledgedNotice, 'version' | 'language'>) => Promise<void>;
  /** The person concerned, if not the caller: fields of a request. */
  readonly person: { readonly subject?: string };
  /** The same person's identifier, as the pages show it. */
  readonly identifier: string;
  readonly channel: Channel;
}

export type Step = (traveller: Traveller) => Reply | Promise<Reply>;

export interface Journey {
  /** Address that the steps' addresses begin with. */
  readonly base: string;
  /** Where to continue at the end. */
  readonly home: string;
  readonly homeTitle: (texts: Catalogue) => string;
  /** Whether a receipt is shown in this visit only. */
  readonly isOnlyNow: boolean;
  readonly page: (path: string, steps: { readonly get?: Step; readonly post?: Step }) => Page;
  /**
   * The values that the person may express, as returned by the operation; undefined: must not be shown before the
   * choice, because this would reveal an earlier one.
   */
  readonly permitted: ((traveller: Traveller, register: Register) => Promise<Permitted>) | undefined;
  /** Refusals are sent at a multiple of this time, ms, so that they cannot be distinguished by it. */
  readonly beatMs: number | undefined;
  /** Absent: the person acts for himself. */
  readonly forAnother?: {
    readonly words: (texts: Catalogue, refusal: OppositionRefusal) => RefusalWords;
    readonly start: (props: StartProps) => ComponentChildren;
  };
}

export interface StartProps {
  readonly texts: Catalogue;
  readonly outcome: Permitted;
  readonly values: readonly DecisionValue[];
  readonly identifier: string;
}

export type Permitted = Awaited<ReturnType<Register['opposition']['eligibility']>>;

/** Every value, in the order offered. */
export const VALUES: readonly DecisionValue[] = ['opposition', 'revocation'];

export const FREE_AREA_BEAT_MS = 500;

export function citizenJourney(citizens: CitizenSessions): Journey {
  const onWay =
    (step: Step) =>
    (visit: Visit & { readonly citizen: CitizenSession }): Reply | Promise<Reply> => {
      const { citizen } = visit;
      const { codiceFiscale } = citizen.call.caller;
      return step({ ...ofSession(visit, citizen, citizens), identifier: codiceFiscale, channel: 'digital_identity' });
    };
  return {
    ...{ base: CITIZEN_OPPOSITION, home: CITIZEN_HOME, isOnlyNow: false, beatMs: undefined },
    homeTitle: ({ citizen }) => citizen.title,
    page: (path, steps) => forCitizen(path, answersOf(steps, onWay)),
    permitted: ({ call, person }, { opposition }) => opposition.eligibility(call, person),
  };
}

export function freeAreaJourney(citizens: CitizenSessions): Journey {
  const onWay =
    (step: Step) =>
    (visit: Visit & { readonly freeArea: FreeAreaSession }): Reply | Promise<Reply> => {
      const { freeArea } = visit;
      const { subject, method } = freeArea.call.caller;
      const channel = method === 'stp' ? 'free_area_stp' : 'free_area_card';
      return step({ ...ofSession(visit, freeArea, citizens), identifier: subject, channel });
    };
  return {
    ...{ base: FREE_AREA_HOME, home: FREE_AREA_HOME, isOnlyNow: true, beatMs: FREE_AREA_BEAT_MS },
    homeTitle: ({ freeArea }) => freeArea.title,
    page: (path, steps) => forFreeArea(path, answersOf(steps, onWay)),
    permitted: undefined,
  };
}

export function answersOf<V>(
  { get, post }: { readonly get?: Step; readonly post?: Step },
  onWay: (step: Step) => (visit: V) => Reply | Promise<Reply>,
) {
  return { ...(get && { get: onWay(get) }), ...(post && { post: onWay(post) }) };
}

function ofSession(visit: Visit, session: CitizenSession | FreeAreaSession, citizens: CitizenSessions) {
  return {
    ...{ visit, call: session.call, visitId: session.visit, acknowledged: session.acknowledged, person: {} },
    acknowledge: (notice: Pick<AcknowledgedNotice, 'version' | 'language'>) => citizens.acknowledge(session, notice),
  };
}
