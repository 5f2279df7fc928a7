/**
 * Looking persons up [G-4] and attributing provinces [G-2]. Owns the interface behind which ANA will stand.
 * Does not know what the answer is used for.
 */
import type { DataSource } from '../platform/db/index.js';
import type { IsoDate } from '../platform/clock.js';
import type { CareStatus } from './entities.js';
import { RegistryStore } from './store.js';

/** What ANA knows of a person who exists there. */
export interface AnaRecord {
  /** Every identifier of the person, the present one first, then those he had before [G-5]. */
  readonly identifiers: readonly string[];
  /** Whether the national health service cares for the person now. */
  readonly inCare: boolean;
  /** Why not, when not. */
  readonly status: CareStatus;
  /**
   * Whose FSE is the person's: code of the region of care, or of the last one; `SASN` for seafarers and airmen in the
   * care of the ministry's own service, wherever they live.
   */
  readonly region: string;
  /** Code of the ASL of care, or of the last one. */
  readonly asl: string;
  /** Day on which care was activated, or activated again. */
  readonly reactivatedOn: IsoDate;
  readonly birthDate: IsoDate;
}

/** The national register of persons in care (Anagrafe Nazionale degli Assistiti), whatever implements it [G-4]. */
export interface AnaLookup {
  /**
   * @param identifier codice fiscale, provisional codice fiscale or STP code, as issued, be it present or former [G-5]
   * @returns undefined when nobody has or had this identifier
   */
  find(identifier: string): Promise<AnaRecord | undefined>;
  /** Present region of care, as `AnaRecord.region`, of each person of a batch; who is not in care now is left out. */
  regionsOfCare(identifiers: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /**
   * Every identifier of each person of a batch, the present one first [G-5], by the one asked for. Who has and had a
   * single one, or is not known, is left out.
   */
  identifiersOf(identifiers: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>>;
}

/** ANA out of this registry: "nelle more tramite il Sistema TS" (second specification, chapter 5). */
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

/** Whether one person has certain data of a document [O-1]: of each pair one look by key, whoever is known. */
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
 * The ASL a province counts for: the one that holds most of its municipalities [G-2], 2.4.2.
 * @param province two letters
 * @returns code of the ASL; undefined when no municipality of that province is known
 */
export function aslOfProvince(db: DataSource, province: string): Promise<string | undefined> {
  return new RegistryStore(db).aslOfProvince(province);
}
