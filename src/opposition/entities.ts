/**
 * TypeORM entities of the consent database. migrations.ts creates the tables and documents the columns; joins, claims
 * and guards are hand-written in the stores.
 */
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { IsoDate } from '../platform/clock.js';
import type { TlsMax } from './sending/region.js';

@Entity({ schema: 'consent', name: 'acquisition_window' })
export class AcquisitionWindow {
  @PrimaryColumn({ type: 'bigint', generated: 'identity', generatedIdentity: 'ALWAYS' }) id!: string;
  @Column({ name: 'opens_on', type: 'date' }) opensOn!: IsoDate;
  @Column({ name: 'closes_on', type: 'date' }) closesOn!: IsoDate;
  @Column({ name: 'created_at', type: 'timestamptz', precision: 3 }) createdAt!: Date;
  @Column({ name: 'planning_started_at', type: 'timestamptz', precision: 3, nullable: true })
  planningStartedAt!: Date | null;
  @Column({ name: 'planned_at', type: 'timestamptz', precision: 3, nullable: true }) plannedAt!: Date | null;
  @Column({ name: 'completed_at', type: 'timestamptz', precision: 3, nullable: true }) completedAt!: Date | null;
  @Column({ name: 'held_at', type: 'timestamptz', precision: 3, nullable: true }) heldAt!: Date | null;
}

/** [N-2] A region that receives notifications. */
@Entity({ schema: 'consent', name: 'region' })
export class ReceivingRegion {
  @PrimaryColumn({ type: 'text' }) code!: string;
  @Column({ type: 'text' }) endpoint!: string;
  @Column({ type: 'text' }) anchors!: string;
  @Column({ type: 'integer', default: 4 }) concurrency!: number;
  @Column({ name: 'rate_per_second', type: 'real', nullable: true }) ratePerSecond!: number | null;
  @Column({ name: 'patient_id_form', type: 'text', default: 'plain' }) patientIdForm!: 'plain' | 'cx';
  @Column({ type: 'boolean', default: false }) sign!: boolean;
  @Column({ name: 'tls_max', type: 'text', default: '1.3' }) tlsMax!: TlsMax;
  @Column({ name: 'paused_at', type: 'timestamptz', precision: 3, nullable: true }) pausedAt!: Date | null;
  @Column({ name: 'pause_reason', type: 'text', nullable: true }) pauseReason!: 'operator' | 'certificate' | null;
}

/** [O-7] An intermediary office of a region. */
@Entity({ schema: 'consent', name: 'intermediary_office' })
export class IntermediaryOffice {
  @PrimaryColumn({ type: 'text' }) code!: string;
  @PrimaryColumn({ type: 'text' }) region!: string;
  @Column({ type: 'text' }) kind!: 'asl' | 'usmaf_sasn';
  @Column({ type: 'text' }) name!: string;
}

/** [O-7] An operator of an office; one operator may belong to several. */
@Entity({ schema: 'consent', name: 'office_operator' })
class OfficeOperator {
  @PrimaryColumn({ type: 'text' }) operator!: string;
  @PrimaryColumn({ type: 'text' }) office!: string;
}

/** Entities of a data source of the consent database. */
export const consentEntities = [AcquisitionWindow, ReceivingRegion, IntermediaryOffice, OfficeOperator] as const;
