/** Looks up persons [G-4] and attributes provinces [G-2]. Defines the interface that ANA will implement. */
import type { DataSource } from '../platform/db/index.js';
import type { IsoDate } from '../platform/clock.js';
import type { CareStatus } from './entities.js';
import { RegistryStore } from './store.js';

/** A person's record in ANA. */
export interface AnaRecord {
  /** Every identifier of the person, the present one first, then the former ones [G-5]. */
  readonly identifiers: readonly string[];
  /** Whether the person is in the care of the national health service now. */
  readonly inCare: boolean;
  /** The reason, if the person is not in care. */
  readonly status: CareStatus;
  /**
   * Owner of the person's FSE: code of the region of care, present or last; `SASN` for seafarers and airmen in the care
   * of the ministry's own service, wherever they live.
   */
  readonly region: string;
  /** Code of the ASL of care, present or last. */
  readonly asl: string;
  /** Day on which care was activated or reactivated. */
  readonly reactivatedOn: IsoDate;
  readonly birthDate: IsoDate;
}

/** The national register of persons in care (Anagrafe Nazionale degli Assistiti), in any implementation [G-4]. */
export interface AnaLookup {
  /**
   * @param identifier codice fiscale, provisional codice fiscale or STP code, as issued, present or former [G-5]
   * @returns undefined when nobody has or had this identifier
   */
  find(identifier: string): Promise<AnaRecord | undefined>;
  /**
   * Present region of care, as `AnaRecord.region`, of each person of a batch; omits persons who are not in care now.
   */
  regionsOfCare(identifiers: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /**
   * Every identifier of each person of a batch, the present one first [G-5], keyed by the requested one. Omits persons
   * with a single identifier, and unknown ones.
   */
  identifiersOf(identifiers: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>>;
}

/** ANA implemented by this registry: "nelle more tramite il Sistema TS" (second specification, chapter 5). */
export class RegistryAnaLookup implements AnaLookup {
  private readonly store: RegistryStore;

  /** @param db the TS database, as any role that may read the registry */
  constructor(db: DataSource) {
    this.store = new RegistryStore(db);
  }

  async find(identifier: string): Promise<AnaRecord | undefined> {
    const person = await this.store.person(identifier);
    return person === undefined ? undefined : { ...person, inCare: person.status === 'in_care' };
  }

  async regionsOfCare(identifiers: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const groups = await this.store.regionsOfCare(identifiers);
    return new Map(groups.flatMap(({ region, persons }) => persons.map((person) => [person, region] as const)));
  }

  async identifiersOf(identifiers: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
    const rows = await this.store.identifiersOf(identifiers);
    return new Map(rows.map(({ asked, identifiers: all }) => [asked, all]));
  }
}

/**
 * Whether a person holds a document with certain data [O-1]: one look-up by key for each pair, whether or not the
 * person is known.
 */
export interface HolderLookup {
  hasCard(codiceFiscale: string, cardNumber: string, cardExpiry: IsoDate): Promise<boolean>;
  hasStp(code: string, region: string, issuedOn: IsoDate): Promise<boolean>;
}

/** @param db the TS database, as any role that may read the registry */
export function createHolderLookup(db: DataSource): HolderLookup {
  const store = new RegistryStore(db);
  return {
    hasCard: (codiceFiscale, cardNumber, cardExpiry) => store.hasCard([codiceFiscale, cardNumber, cardExpiry]),
    hasStp: (code, region, issuedOn) => store.hasStp([code, region, issuedOn]),
  };
}

/**
 * The ASL to which a province is attributed: the one with most of its municipalities [G-2], 2.4.2.
 * @param province two letters
 * @returns code of the ASL; undefined when no municipality of that province is known
 */
export function aslOfProvince(db: DataSource, province: string): Promise<string | undefined> {
  return new RegistryStore(db).aslOfProvince(province);
}
