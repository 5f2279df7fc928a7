import { Column, Entity, PrimaryColumn, PrimaryGeneratedColumn } from 'typeorm';

/** [T-2] Who may act for which titular, between two days, both included. */
@Entity({ schema: 'screening', name: 'substitution' })
export class Substitution {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'ALWAYS' }) id!: string;
  @Column({ type: 'text' }) titular!: string;
  @Column({ type: 'text' }) substitute!: string;
  @Column({ name: 'valid_from', type: 'date' }) validFrom!: string;
  @Column({ name: 'valid_to', type: 'date' }) validTo!: string;
  @Column({ name: 'created_at', type: 'timestamptz' }) createdAt!: Date;
  @Column({ name: 'revoked_at', type: 'timestamptz', nullable: true }) revokedAt!: Date | null;
}

/** [T-20] A submitted test. */
@Entity({ schema: 'screening', name: 'test_submission' })
export class TestSubmission {
  @PrimaryColumn({ name: 'transaction_id', type: 'bigint' }) transactionId!: string;
  @Column({ type: 'text' }) person!: string;
  @Column({ type: 'text' }) titular!: string;
  @Column({ type: 'text' }) doctor!: string;
  @Column({ name: 'executed_on', type: 'date' }) executedOn!: string;
  @Column({ name: 'communicated_at', type: 'timestamptz', precision: 3 }) communicatedAt!: Date;
  @Column({ name: 'cancelled_by', type: 'bigint', nullable: true }) cancelledBy!: string | null;
}

/** [T-30] A cancellation. */
@Entity({ schema: 'screening', name: 'test_cancellation' })
export class TestCancellation {
  @PrimaryColumn({ name: 'transaction_id', type: 'bigint' }) transactionId!: string;
  @Column({ type: 'bigint', unique: true }) submission!: string;
  @Column({ type: 'text' }) doctor!: string;
  @Column({ name: 'cancelled_at', type: 'timestamptz', precision: 3 }) cancelledAt!: Date;
}
