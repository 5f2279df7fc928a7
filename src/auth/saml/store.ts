/** Requests to identity providers in PostgreSQL, and the register of messages. */
import { statement } from '../../platform/db/index.js';
import type { DataSource } from '../../platform/db/index.js';

/** How long a person may take at his provider, ms. */
export const REQUEST_LIFE_MS = 10 * 60_000;

export interface StoredRequest {
  readonly id: string;
  readonly provider: string;
  readonly issuedAt: Date;
}

export interface NewRequest extends StoredRequest {
  readonly scheme: string;
  readonly browserHash: Buffer;
  readonly relayHash: Buffer;
}

export interface IdentityStore {
  add(request: NewRequest): Promise<void>;
  /**
   * Takes a request, which nobody can take again.
   * @returns undefined: there is none of that id, scheme, browser and RelayState within its ten minutes
   */
  take(
    request: Pick<NewRequest, 'id' | 'scheme' | 'browserHash' | 'relayHash'>,
    now: Date,
  ): Promise<StoredRequest | undefined>;
  /** Adds to the register what was sealed. */
  register(at: Date, sealed: Buffer): Promise<void>;
}

export function createIdentityStore(db: DataSource): IdentityStore {
  const add = statement(
    db,
    'auth.addIdentityRequest',
    `INSERT INTO auth.identity_request (id, scheme, provider, browser_hash, relay_hash, issued_at)
     VALUES ($1, $2, $3, $4, $5, $6)`,
  );
  const take = statement<StoredRequest>(
    db,
    'auth.takeIdentityRequest',
    `DELETE FROM auth.identity_request
     WHERE id = $1 AND scheme = $2 AND browser_hash = $3 AND relay_hash = $4
       AND issued_at > $5::timestamptz - interval '${REQUEST_LIFE_MS} ms'
     RETURNING id, provider, issued_at AS "issuedAt"`,
  );
  const register = statement(
    db,
    'auth.registerIdentityMessage',
    'INSERT INTO auth.identity_register (at, sealed) VALUES ($1, $2)',
  );
  return {
    async add({ id, scheme, provider, browserHash, relayHash, issuedAt }) {
      await add([id, scheme, provider, browserHash, relayHash, issuedAt]);
    },
    take: async ({ id, scheme, browserHash, relayHash }, now) =>
      (await take([id, scheme, browserHash, relayHash, now]))[0],
    async register(at, sealed) {
      await register([at, sealed]);
    },
  };
}
