import { Column, Entity, PrimaryColumn } from 'typeorm';

/** One row of the access log [T-60]: see migrations.ts for the meaning of each column. */
@Entity({ schema: 'audit', name: 'access_log' })
export class AccessLogRow {
  @PrimaryColumn({ name: 'transaction_id', type: 'bigint' }) transactionId!: string;
  @Column({ type: 'timestamptz', precision: 3 }) at!: Date;
  @Column({ type: 'text' }) operation!: string;
  @Column({ type: 'text' }) outcome!: string;
  @Column({ name: 'user_id', type: 'text', nullable: true }) userId!: string | null;
  @Column({ type: 'text', nullable: true }) doctor!: string | null;
  @Column({ type: 'text', nullable: true }) titular!: string | null;
  @Column({ type: 'text', nullable: true }) method!: string | null;
  @Column({ name: 'client_address', type: 'inet', nullable: true }) clientAddress!: string | null;
  @Column({ name: 'request_id', type: 'uuid' }) requestId!: string;
  @Column({ type: 'bigint', nullable: true }) affected!: string | null;
  @Column({ type: 'integer', nullable: true }) times!: number | null;
  @Column({ type: 'text', nullable: true }) caller!: string | null;
  @Column({ type: 'text', nullable: true }) region!: string | null;
  @Column({ name: 'subject_kind', type: 'text', nullable: true }) subjectKind!: string | null;
  @Column({ name: 'database_login', type: 'text', nullable: true }) databaseLogin!: string | null;
  @Column({ name: 'written_at', type: 'timestamptz', precision: 3, nullable: true, default: () => 'clock_timestamp()' })
  writtenAt!: Date | null;
  @Column({ name: 'os_user', type: 'text', nullable: true }) systemUser!: string | null;
  @Column({ type: 'jsonb', nullable: true }) search!: object | null;
}
