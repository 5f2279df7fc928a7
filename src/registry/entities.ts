/**
 * TypeORM entities of the registry [G-1] [G-2]. Column types are explicit and there are no relations: the migrations
 * create the tables, and stores write joins where they need them.
 */
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { IsoDate } from '../platform/clock.js';

export type CareStatus = 'in_care' | 'deceased' | 'emigrated' | 'ended';

@Entity({ schema: 'registry', name: 'region' })
class RegionEntity {
  @PrimaryColumn({ type: 'text' })
  code!: string;

  @Column({ type: 'text' })
  name!: string;
}

@Entity({ schema: 'registry', name: 'asl' })
class AslEntity {
  /** Region (3 digits) + ASL (3 digits). */
  @PrimaryColumn({ type: 'text' })
  code!: string;

  @Column({ type: 'text', name: 'region_code' })
  regionCode!: string;

  @Column({ type: 'text' })
  name!: string;
}

@Entity({ schema: 'registry', name: 'province' })
class ProvinceEntity {
  /** Two letters. */
  @PrimaryColumn({ type: 'text' })
  code!: string;

  @Column({ type: 'text', name: 'region_code' })
  regionCode!: string;

  @Column({ type: 'text' })
  name!: string;
}

@Entity({ schema: 'registry', name: 'municipality' })
class MunicipalityEntity {
  /** Codice catastale. */
  @PrimaryColumn({ type: 'text' })
  code!: string;

  @Column({ type: 'text' })
  name!: string;

  @Column({ type: 'text', name: 'province_code' })
  provinceCode!: string;

  @Column({ type: 'text', name: 'asl_code' })
  aslCode!: string;
}

@Entity({ schema: 'registry', name: 'doctor' })
class DoctorEntity {
  @PrimaryColumn({ type: 'text', name: 'codice_fiscale' })
  codiceFiscale!: string;

  @Column({ type: 'text' })
  surname!: string;

  @Column({ type: 'text', name: 'given_name' })
  givenName!: string;

  @Column({ type: 'text', name: 'asl_code' })
  aslCode!: string;
}

@Entity({ schema: 'registry', name: 'person' })
class PersonEntity {
  /** Codice fiscale, provisional codice fiscale or STP code. */
  @PrimaryColumn({ type: 'text' })
  identifier!: string;

  @Column({ type: 'text' })
  surname!: string;

  @Column({ type: 'text', name: 'given_name' })
  givenName!: string;

  @Column({ type: 'date', name: 'birth_date' })
  birthDate!: IsoDate;

  @Column({ type: 'text', name: 'region_code' })
  regionCode!: string;

  @Column({ type: 'text', name: 'asl_code' })
  aslCode!: string;

  /** Codice fiscale of the doctor. */
  @Column({ type: 'text', nullable: true })
  doctor!: string | null;

  @Column({ type: 'text' })
  status!: CareStatus;

  /** Day on which care was activated or reactivated. */
  @Column({ type: 'date', name: 'care_since' })
  careSince!: IsoDate;

  /** In the care of the ministry's service for seafarers and airmen (SASN) instead of a region's. */
  @Column({ type: 'boolean', default: false })
  sasn!: boolean;

  /** Number of the TS card. */
  @Column({ type: 'text', name: 'card_number', nullable: true })
  cardNumber!: string | null;

  @Column({ type: 'date', name: 'card_expiry', nullable: true })
  cardExpiry!: IsoDate | null;

  @Column({ type: 'text', name: 'stp_region', nullable: true })
  stpRegion!: string | null;

  @Column({ type: 'date', name: 'stp_issued_on', nullable: true })
  stpIssuedOn!: IsoDate | null;

  /** Last day on which a column of this row changed. */
  @Column({ type: 'date', name: 'updated_on' })
  updatedOn!: IsoDate;
}

/** Entities that a data source needs for this feature's store. */
export const registryEntities = [
  RegionEntity,
  AslEntity,
  ProvinceEntity,
  MunicipalityEntity,
  DoctorEntity,
  PersonEntity,
] as const;
