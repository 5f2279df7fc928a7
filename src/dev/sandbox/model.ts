/** The synthetic registry: rows as in the tables of the registry and the roster, and accounts. */
import type { IsoDate } from '../../platform/clock.js';
import type { Asl, Municipality, Province, Region } from './geography.js';

export interface SyntheticDoctor {
  readonly codiceFiscale: string;
  readonly surname: string;
  readonly givenName: string;
  readonly aslCode: string;
}

/** A row of registry.person [G-1]. */
export interface SyntheticPerson {
  /** Codice fiscale (16, or 11 digits when provisional) or STP code. */
  readonly identifier: string;
  readonly surname: string;
  readonly givenName: string;
  readonly birthDate: IsoDate;
  readonly regionCode: string;
  readonly aslCode: string;
  readonly doctor: string | null;
  readonly status: 'in_care' | 'deceased' | 'emigrated' | 'ended';
  readonly careSince: IsoDate;
  readonly cardNumber: string | null;
  readonly cardExpiry: IsoDate | null;
  readonly stpRegion: string | null;
  readonly stpIssuedOn: IsoDate | null;
  readonly updatedOn: IsoDate;
}

/** A row of roster.listed_person. */
export interface SyntheticListing {
  readonly person: string;
  readonly listedOn: IsoDate;
}

/** Sandbox only: password and pincode are public. */
export interface SyntheticAccount {
  /** The codice fiscale, except for `coded`: some users of the Sistema TS have a code instead. */
  readonly userId: string;
  readonly codiceFiscale: string;
  readonly role: 'doctor' | 'asl_operator';
  /** The ASL of an operator. */
  readonly asl?: string;
  readonly password: string;
  /** Ten digits. */
  readonly pincode: string;
}

/** Doctors by their part. `doctor` has 1 500 listed persons, `secondDoctor` 50 (fewer below 2 000 persons). */
export const IDENTITY_ROLES = ['doctor', 'secondDoctor', 'substitute', 'revoked', 'expired', 'coded'] as const;
export type IdentityRole = (typeof IDENTITY_ROLES)[number];

export interface SyntheticRegistry {
  readonly regions: readonly Region[];
  readonly asls: readonly Asl[];
  readonly provinces: readonly Province[];
  readonly municipalities: readonly Municipality[];
  readonly doctors: readonly SyntheticDoctor[];
  readonly persons: readonly SyntheticPerson[];
  readonly listedPersons: readonly SyntheticListing[];
  readonly accounts: readonly SyntheticAccount[];
  readonly identities: Readonly<Record<IdentityRole, SyntheticDoctor>>;
  /** Acts for the ASL of `doctor`. */
  readonly aslOperator: SyntheticAccount;
}
