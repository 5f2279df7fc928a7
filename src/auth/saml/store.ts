/** Requests to identity providers in PostgreSQL, and the register of messages. */
import { statement } from '../../platform/db/index.js';
import type { DataSource } from '../../platform/db/index.js';

/** Time limit of a person at the provider, ms. */
const REQUEST_LIFE_MS = 10 * 60_000;

/** Maximum of unanswered requests of one network: anybody can start one, and each takes a row. */
const MOST_OPEN_REQUESTS = 60;

export interface StoredRequest {
  readonly id: string;
  readonly provider: string;
  readonly issuedAt: Date;
  /** The request as it was sent. */
  readonly xml: string;
}

export interface NewRequest extends StoredRequest {
  readonly scheme: string;
  readonly browserHash: Buffer;
  readonly relayHash: Buffer;
  /** The network that sent it. */
  readonly network: string;
}

export interface IdentityStore {
  /** @returns false: its network has reached the maximum of open requests, and nothing was added */
  add(request: NewRequest): Promise<boolean>;
  /**
   * Takes the request of a RelayState, which nobody can take again.
   * @returns undefined: there is none of that scheme, browser and RelayState within its ten minutes
   */
  take(
    request: Pick<NewRequest, 'scheme' | 'browserHash' | 'relayHash'>,
    now: Date,
  ): Promise<StoredRequest | undefined>;
  /** Adds sealed messages to the register. */
  register(at: Date, sealed: Buffer): Promise<void>;
}

export function createIdentityStore(db: DataSource): IdentityStore {
  const add = statement(
    db,
    'auth.addIdentityRequest',
    `INSERT INTO auth.identity_request (id, scheme, provider, browser_hash, relay_hash, issued_at, xml, network)
     SELECT $1::text, $2::text, $3::text, $4::bytea, $5::bytea, $6::timestamptz, $7::text, $8::text
     WHERE (SELECT count(*) FROM auth.identity_request
            WHERE network = $8::text AND issued_at > $6::timestamptz - interval '${REQUEST_LIFE_MS} ms')
           < ${MOST_OPEN_REQUESTS}
     RETURNING 1`,
  );
  const take = statement<StoredRequest>(
    db,
    'auth.takeIdentityRequest',
    `DELETE FROM auth.identity_request
     WHERE relay_hash = $1 AND browser_hash = $2 AND scheme = $3
       AND issued_at > $4::timestamptz - interval '${REQUEST_LIFE_MS} ms'
     RETURNING id, provider, issued_at AS "issuedAt", xml`,
  );
  const register = statement(
    db,
    'auth.registerIdentityMessage',
    'INSERT INTO auth.identity_register (at, sealed) VALUES ($1, $2)',
  );
  return {
    add: async ({ id, scheme, provider, browserHash, relayHash, issuedAt, xml, network }) =>
      (await add([id, scheme, provider, browserHash, relayHash, issuedAt, xml, network])).length > 0,
    take: async ({ scheme, browserHash, relayHash }, now) => (await take([relayHash, browserHash, scheme, now]))[0],
    async register(at, sealed) {
      await register([at, sealed]);
    },
  };
}
