import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { AccountRole, Citizen, NamedOffice, SessionMethod } from './caller.js';
import type { Kept } from './session-store.js';

/** A user of the system [S-2], 6.2. */
@Entity({ schema: 'auth', name: 'account' })
export class Account {
  @PrimaryColumn({ name: 'user_id', type: 'text' }) userId!: string;
  @Column({ name: 'codice_fiscale', type: 'text', unique: true }) codiceFiscale!: string;
  @Column({ type: 'text' }) role!: AccountRole;
  @Column({ name: 'secret_hash', type: 'text', nullable: true }) secretHash!: string | null;
  @Column({ name: 'password_hash', type: 'text', nullable: true }) passwordHash!: string | null;
  @Column({ name: 'pincode_hash', type: 'text', nullable: true }) pincodeHash!: string | null;
  @Column({ name: 'pair_replaced_at', type: 'timestamptz', nullable: true }) pairReplacedAt!: Date | null;
  @Column({ name: 'credential_version', type: 'integer', default: 1 }) credentialVersion!: number;
  @Column({ name: 'suspended_at', type: 'timestamptz', nullable: true }) suspendedAt!: Date | null;
  @Column({ name: 'created_at', type: 'timestamptz' }) createdAt!: Date;
  @Column({ name: 'card_only', type: 'boolean', default: false }) cardOnly!: boolean;
}

/** One of the capacities in which an account's holder may act. */
@Entity({ schema: 'auth', name: 'capacity' })
export class AccountCapacity {
  @PrimaryColumn({ name: 'user_id', type: 'text' }) userId!: string;
  @PrimaryColumn({ type: 'text' }) role!: AccountRole;
}

/** Attempts on an account from one origin: see lockout.ts. */
@Entity({ schema: 'auth', name: 'sign_in_attempt' })
export class SignInAttempt {
  @PrimaryColumn({ name: 'user_id', type: 'text' }) userId!: string;
  @PrimaryColumn({ type: 'text' }) origin!: string;
  @Column({ type: 'integer', default: 0 }) failures!: number;
  @Column({ name: 'locked_until', type: 'timestamptz', nullable: true }) lockedUntil!: Date | null;
  @Column({ name: 'last_success_at', type: 'timestamptz', nullable: true }) lastSuccessAt!: Date | null;
  @Column({ name: 'attempted_at', type: 'timestamptz', default: () => 'now()' }) attemptedAt!: Date;
}

/** A session of the portal: see sessions.ts. */
@Entity({ schema: 'auth', name: 'session' })
export class SessionRow {
  @PrimaryColumn({ type: 'bigint', generated: 'identity', generatedIdentity: 'ALWAYS' }) id!: string;
  @Column({ name: 'token_hash', type: 'bytea', unique: true }) tokenHash!: Buffer;
  @Column({ name: 'user_id', type: 'text' }) userId!: string;
  @Column({ type: 'text' }) method!: SessionMethod;
  @Column({ name: 'acting_as', type: 'text', nullable: true }) actingAs!: AccountRole | null;
  @Column({ type: 'jsonb', nullable: true }) office!: NamedOffice | null;
  @Column({ name: 'credential_version', type: 'integer' }) credentialVersion!: number;
  @Column({ name: 'started_at', type: 'timestamptz' }) startedAt!: Date;
  @Column({ name: 'last_seen_at', type: 'timestamptz' }) lastSeenAt!: Date;
  @Column({ name: 'client_address', type: 'inet', nullable: true }) clientAddress!: string | null;
  @Column({ type: 'text' }) device!: string;
  @Column({ name: 'card_ends_at', type: 'timestamptz', nullable: true }) cardEndsAt!: Date | null;
  @Column({ name: 'card_serial', type: 'text', nullable: true }) cardSerial!: string | null;
  @Column({ type: 'jsonb', default: () => "'{}'" }) kept!: Kept;
}

/** A person who has been identified and has no session yet: see passage.ts. */
@Entity({ schema: 'auth', name: 'passage' })
export class PassageRow {
  @PrimaryColumn({ name: 'codice_fiscale', type: 'text' }) codiceFiscale!: string;
  @Column({ type: 'text' }) method!: Citizen['method'];
  @Column({ name: 'ticket_hash', type: 'bytea' }) ticketHash!: Buffer;
  @Column({ name: 'code_hash', type: 'bytea', nullable: true }) codeHash!: Buffer | null;
  @Column({ name: 'card_ends_at', type: 'timestamptz', nullable: true }) cardEndsAt!: Date | null;
  @Column({ name: 'card_serial', type: 'text', nullable: true }) cardSerial!: string | null;
  @Column({ name: 'user_id', type: 'text', nullable: true }) userId!: string | null;
  @Column({ name: 'credential_version', type: 'text' }) credentialVersion!: string;
  @Column({ name: 'presented_at', type: 'timestamptz' }) presentedAt!: Date;
  @Column({ name: 'claimed_at', type: 'timestamptz', nullable: true }) claimedAt!: Date | null;
}
