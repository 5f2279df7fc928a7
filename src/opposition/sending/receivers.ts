/** The regions that receive notifications, as the operator configures them [N-2]: address, trust, rate, pause. */
import { X509Certificate } from 'node:crypto';
import { changedIn, recordIn } from '../../audit/index.js';
import type { Place } from '../../audit/index.js';
import { Refused } from '../../auth/index.js';
import type { Entry, Operation } from '../../auth/index.js';
import type { Clock } from '../../platform/clock.js';
import { DONE } from '../../platform/outcome.js';
import { pemBlocks } from '../../platform/pem.js';
import { ReceivingRegion } from '../entities.js';
import { registerOperations } from '../operations.js';
import { RECEIVERS } from '../register/model.js';
import type { ConsentTables } from '../tables.js';
import type { TlsMax } from './region.js';

/** Absent fields stay unchanged, or take the table's default for a new region. */
export interface ReceiverChange {
  readonly endpoint?: string;
  /** PEM. */
  readonly anchors?: string;
  readonly concurrency?: number;
  /** null: no limit. */
  readonly ratePerSecond?: number | null;
  readonly patientIdForm?: 'plain' | 'cx';
  readonly sign?: boolean;
  readonly tlsMax?: TlsMax;
}

export type ReceiverRefusal = 'not-permitted' | 'unknown-region' | 'incomplete' | 'not-running' | 'not-paused';

interface OfRegion {
  readonly region: string;
}

export interface ReceiverDesk {
  readonly list: Operation<object, ReceiverRefusal, { readonly regions: readonly ReceivingRegion[] }>;
  /** A new region needs endpoint and anchors, an existing one at least one change: otherwise `incomplete`. */
  readonly set: Operation<OfRegion & { readonly change: ReceiverChange }, ReceiverRefusal, { readonly isNew: boolean }>;
  readonly pause: Operation<OfRegion, ReceiverRefusal>;
  readonly resume: Operation<OfRegion, ReceiverRefusal>;
}

const COLUMNS = {
  endpoint: 'endpoint',
  anchors: 'anchors',
  concurrency: 'concurrency',
  ratePerSecond: 'rate_per_second',
  patientIdForm: 'patient_id_form',
  sign: 'sign',
  tlsMax: 'tls_max',
} as const satisfies Record<keyof ReceiverChange, string>;

/** Whether a text consists of one or more PEM certificates that OpenSSL can read. */
export function areAnchors(pem: string): boolean {
  const blocks = pemBlocks(pem, 'CERTIFICATE');
  try {
    for (const block of blocks) new X509Certificate(block);
    return blocks.length > 0;
  } catch {
    return false;
  }
}

/** @param db the consent database as its owner, or the transaction of the operation */
export function createReceiverDesk(db: ConsentTables, clock: Clock): ReceiverDesk {
  const operation = registerOperations<ReceiverRefusal>(db, clock);
  return {
    list: operation('region-list', async (_call, _request: object, access) => {
      const regions = await db.getRepository(ReceivingRegion).find({ order: { code: 'ASC' } });
      return { transactionId: await recordIn(db, access, DONE.code), regions };
    }),

    set: operation(
      'region-set',
      async (_call, { region, change }: OfRegion & { change: ReceiverChange }, access) => {
        if (!RECEIVERS.includes(region)) return new Refused(['unknown-region']);
        const given = Object.entries(COLUMNS).flatMap(([key, column]) => {
          const value: unknown = Object.entries(change).find(([name]) => name === key)?.[1];
          return value === undefined ? [] : [{ column, value }];
        });
        if (given.length === 0) return new Refused(['incomplete']);
        const values = [region, ...given.map(({ value }) => value)];
        const columns = given.map(({ column }) => column);
        const update = (place: Place): string =>
          `UPDATE consent.region SET ${columns.map((column, index) => `${column} = ${place(index + 2)}`).join(', ')}
           WHERE code = ${place(1)} RETURNING code`;
        const done = await changedIn(db, access, 'changed', update, values);
        if (done !== undefined) return { ...done, isNew: false };
        if (change.endpoint === undefined || change.anchors === undefined) return new Refused(['incomplete']);
        const insert = (place: Place): string =>
          `INSERT INTO consent.region (code, ${columns.join(', ')})
           VALUES (${values.map((_, index) => place(index + 1)).join(', ')}) RETURNING code`;
        const added = await changedIn(db, access, 'changed', insert, values);
        if (added === undefined) throw new Error('a region was not added');
        return { ...added, isNew: true };
      },
      about,
    ),

    pause: operation(
      'region-pause',
      async ({ at }, { region }: OfRegion, access) => {
        const update = (place: Place): string =>
          `UPDATE consent.region SET paused_at = ${place(2)}, pause_reason = 'operator'
           WHERE code = ${place(1)} AND paused_at IS NULL RETURNING code`;
        return (await changedIn(db, access, 'changed', update, [region, at])) ?? new Refused(['not-running']);
      },
      about,
    ),

    resume: operation(
      'region-resume',
      async (_call, { region }: OfRegion, access) => {
        const update = (place: Place): string =>
          `UPDATE consent.region SET paused_at = NULL, pause_reason = NULL
           WHERE code = ${place(1)} AND paused_at IS NOT NULL RETURNING code`;
        return (await changedIn(db, access, 'changed', update, [region])) ?? new Refused(['not-paused']);
      },
      about,
    ),
  };
}

function about(): Entry {
  return { subjectKind: 'region' };
}
