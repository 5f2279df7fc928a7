/** The regions that are notified, as the operator keeps them [N-2]: address, trust, pace, pause. */
import { X509Certificate } from 'node:crypto';
import type { Clock } from '../../platform/clock.js';
import { pemBlocks } from '../../platform/pem.js';
import { ReceivingRegion } from '../entities.js';
import type { TlsMax } from './region.js';
import type { ConsentTables } from '../tables.js';

/** What is not given stays as it is, or as the table's default for a new region. */
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

export interface ReceiverDesk {
  list(): Promise<readonly ReceivingRegion[]>;
  /** A new region needs endpoint and anchors. */
  set(code: string, change: ReceiverChange): Promise<'added' | 'changed' | 'incomplete'>;
  /** @returns whether it was running */
  pause(code: string): Promise<boolean>;
  /** @returns whether it was paused */
  resume(code: string): Promise<boolean>;
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

/** Whether a text is one or more PEM certificates that OpenSSL reads. */
export function areAnchors(pem: string): boolean {
  const blocks = pemBlocks(pem, 'CERTIFICATE');
  try {
    for (const block of blocks) new X509Certificate(block);
    return blocks.length > 0;
  } catch {
    return false;
  }
}

/** @param db the consent database, as its owner */
export function createReceiverDesk(db: ConsentTables, clock: Clock): ReceiverDesk {
  const changed = async (sql: string, values: readonly unknown[]): Promise<boolean> => {
    const [rows] = await db.query<[unknown[], number]>(`${sql} RETURNING 1`, [...values]);
    return rows.length === 1;
  };
  return {
    list: () => db.getRepository(ReceivingRegion).find({ order: { code: 'ASC' } }),
    async set(code, change) {
      const given = Object.entries(COLUMNS).flatMap(([key, column]) => {
        const value: unknown = Object.entries(change).find(([name]) => name === key)?.[1];
        return value === undefined ? [] : [{ column, value }];
      });
      const values = given.map(({ value }) => value);
      const place = (index: number): string => `$${index + 2}`;
      const assignments = given.map(({ column }, index) => `${column} = ${place(index)}`).join(', ');
      if (
        given.length > 0 &&
        (await changed(`UPDATE consent.region SET ${assignments} WHERE code = $1`, [code, ...values]))
      )
        return 'changed';
      if (change.endpoint === undefined || change.anchors === undefined) return 'incomplete';
      await db.query(
        `INSERT INTO consent.region (code, ${given.map(({ column }) => column).join(', ')})
         VALUES ($1, ${given.map((_, index) => place(index)).join(', ')})`,
        [code, ...values],
      );
      return 'added';
    },
    pause: (code) =>
      changed(
        `UPDATE consent.region SET paused_at = $2, pause_reason = 'operator' WHERE code = $1 AND paused_at IS NULL`,
        [code, clock.now()],
      ),
    resume: (code) =>
      changed(
        'UPDATE consent.region SET paused_at = NULL, pause_reason = NULL WHERE code = $1 AND paused_at IS NOT NULL',
        [code],
      ),
  };
}
