/**
 * One-time links of accounts (decision 0097): requesting one, choosing new secrets, confirming an address. The entrance
 * of people who are not signed in; they present the token of a link, and database functions decide.
 */
import { changedIn } from '../audit/index.js';
import type { Place, RefusalLog } from '../audit/index.js';
import { networkOf } from '../platform/address.js';
import { statement } from '../platform/db/index.js';
import type { DataSource } from '../platform/db/index.js';
import { faultOfPassword, faultOfPincode } from './account-model.js';
import type { SecretFault, Secrets } from './account-model.js';
import type { Arrival } from './call.js';
import { hashSecrets } from './hashing.js';
import { accessOfNobody } from './operation.js';
import { LONGEST_USER_ID } from './service.js';
import { hashOf, isToken } from './token.js';
import type { LinkPurpose } from './token.js';
import { createTypedUserId } from './typed-user-id.js';

export interface OpenLink {
  readonly userId: string;
  readonly purpose: LinkPurpose;
  /** The address that the link confirms. */
  readonly address: string | null;
}

export interface Links {
  /**
   * Queues the mail with a recovery link if the account exists and may have one. The caller cannot observe whether it
   * does.
   */
  ask(userId: string, arrival: Arrival): Promise<void>;
  /**
   * @returns undefined: no such link; it was used, has expired, or was invalidated by a later link or a change of the
   *   account
   */
  find(token: string, arrival: Arrival): Promise<OpenLink | undefined>;
  /**
   * Consumes the link with the change and ends every session.
   * @returns what is wrong; `unknown-link`: it is no longer valid
   */
  setSecrets(token: string, secrets: Secrets, arrival: Arrival): Promise<readonly (SecretFault | 'unknown-link')[]>;
  /** @returns whether the link was valid */
  confirmAddress(token: string, arrival: Arrival): Promise<boolean>;
}

export interface LinksOptions {
  readonly db: DataSource;
  readonly refusals: RefusalLog;
}

export function createLinks({ db, refusals }: LinksOptions): Links {
  const userIdOf = createTypedUserId(db);
  const find = statement<OpenLink>(
    db,
    'auth.findLink',
    'SELECT user_id AS "userId", purpose, address FROM auth.find_link($1, $2)',
  );
  const unknown = (arrival: Arrival, operation: 'secrets-set' | 'address-confirm'): Promise<void> =>
    refusals.refused(accessOfNobody(arrival, operation, undefined), 'unknown-link', false);

  const links: Links = {
    async ask(typed, arrival) {
      const userId = await userIdOf(typed);
      const access = accessOfNobody(arrival, 'secrets-ask', undefined, userId.slice(0, LONGEST_USER_ID));
      const queued = await changedIn(
        ...([db, access, 'changed'] as const),
        (place) =>
          `SELECT holder FROM auth.ask_for_recovery(${place(1)}::text, ${place(2)}::text, ${place(3)}::timestamptz)`,
        [userId, networkOf(arrival.clientAddress), arrival.at],
      );
      if (queued === undefined) await refusals.refused(access, 'nothing-sent', false);
    },

    async find(token, { at }) {
      return isToken(token) ? (await find([hashOf(token), at]))[0] : undefined;
    },

    async setSecrets(token, { password, pincode }, arrival) {
      const link = await links.find(token, arrival);
      if (link !== undefined && link.purpose !== 'address') {
        const faults = [faultOfPassword(password, link.userId), faultOfPincode(pincode)].filter(
          (one) => one !== undefined,
        );
        if (faults.length > 0) return faults;
        const done = await changed(
          ...([link, arrival, 'secrets-set'] as const),
          (place) => `auth.set_secrets_by_link(${place(1)}::bytea, ${place(2)}::text, ${place(3)}::timestamptz)`,
          [hashOf(token), await hashSecrets(password, pincode), arrival.at],
        );
        if (done) return [];
      }
      await unknown(arrival, 'secrets-set');
      return ['unknown-link'];
    },

    async confirmAddress(token, arrival) {
      const link = await links.find(token, arrival);
      if (link?.purpose === 'address') {
        const done = await changed(
          ...([link, arrival, 'address-confirm'] as const),
          (place) => `auth.confirm_address(${place(1)}::bytea, ${place(2)}::timestamptz)`,
          [hashOf(token), arrival.at],
        );
        if (done) return true;
      }
      await unknown(arrival, 'address-confirm');
      return false;
    },
  };
  return links;

  /**
   * Calls a database function that consumes the link, and writes the access-log row.
   * @returns false: the link is not valid
   */
  async function changed(
    link: OpenLink,
    arrival: Arrival,
    event: 'secrets-set' | 'address-confirm',
    call: (place: Place) => string,
    values: readonly unknown[],
  ): Promise<boolean> {
    const access = { ...accessOfNobody(arrival, event, 'link', link.userId), subjectKind: 'account' } as const;
    const done = await changedIn(db, access, 'changed', (place) => `SELECT holder FROM ${call(place)}`, values);
    return done !== undefined;
  }
}
