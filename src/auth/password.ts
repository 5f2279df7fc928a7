/**
 * Sign-in with user id, password and pincode [T-1]. Unknown user, wrong password, wrong pincode, undecryptable
 * pincode, suspended or locked account: one refusal, after the same work and at the same beat of time.
 */
import { performance } from 'node:perf_hooks';
import type { Clock } from '../platform/clock.js';
import { SignInError } from './errors.js';
import { unmatchableHash, verifySecret } from './hashing.js';
import { isKnownOrigin, isLocked } from './lockout.js';
import { KEEP_MS, createCredentialMemory } from './memory.js';
import type { DecryptPincode, PincodeAlgorithm } from './pincode.js';
import type { AccountStore, StoredAccount, StoredCredentials } from './store.js';

export interface PasswordCredentials {
  readonly userId: string;
  readonly password: string;
  /** As sent: base64 of the encryption. */
  readonly encryptedPincode: string;
  readonly algorithm: PincodeAlgorithm;
}

/** Hashes at work at once: each holds 16 MiB and a core for some 100 ms. */
const MAX_HASHING = 2;
/** Sign-ins that may wait for the hash; one more is told to come back. */
const MAX_WAITING = 64;
/** Of which from one address: a flood of guesses must not keep the others out. */
const MAX_PER_ORIGIN = 8;
/** Refusals leave at multiples of this: what little the work differs does not show. */
const REFUSAL_BEAT_MS = 250;

/** @throws SignInError `credentials` or `busy` */
export type PasswordSignIn = (credentials: PasswordCredentials, origin: string) => Promise<StoredAccount>;

export function createPasswordSignIn(store: AccountStore, decrypt: DecryptPincode, clock: Clock): PasswordSignIn {
  const memory = createCredentialMemory();
  // Most clients encrypt the pincode once: as it was sent before, it is not decrypted again, 1 ms of the process each. Apart,
  // since one that encrypts anew for each message fills this memory, and no other's.
  const asSent = createCredentialMemory();
  const nobody = { passwordHash: unmatchableHash(), pincodeHash: unmatchableHash() };
  const underway = new Map<string, Promise<boolean>>();
  const queue = createQueue();

  async function verify(account: StoredCredentials | undefined, password: string, pincode: string, origin: string) {
    const now = clock.now();
    const known = isKnownOrigin(account?.address, now);
    const open =
      account !== undefined &&
      !isLocked(account.address, account.anywhere, now) &&
      (await store.claimAttempt(account.userId, origin, known, now));
    const { passwordHash, pincodeHash } = account ?? nobody;
    const passwordMatches = await verifySecret(password, passwordHash);
    const pincodeMatches = await verifySecret(pincode, pincodeHash);
    if (!open || account.suspended || !passwordMatches || !pincodeMatches) return false;
    await store.succeeded(account.userId, origin, known, clock.now());
    return true;
  }

  /**
   * Equal credentials from one address at the same moment, as a client's first burst, are verified once; never against
   * another version of them than the one that this caller was read with.
   */
  function verifyOnce(mark: string, version: string, origin: string, work: () => Promise<boolean>): Promise<boolean> {
    const key = `${origin} ${version} ${mark}`;
    const running = underway.get(key);
    if (running !== undefined) return running;
    const started = queue.run(origin, work).finally(() => underway.delete(key));
    underway.set(key, started);
    return started;
  }

  return async ({ userId, password, encryptedPincode, algorithm }, origin) => {
    const started = performance.now();
    const account = await store.withCredentials(userId, origin);
    const now = clock.now();
    const isOpen = account?.suspended === false && !isLocked(account.address, account.anywhere, now);
    const open = isOpen ? { account, version: versionOf(account) } : undefined;
    // From memory no slips are forgiven: a guesser behind the owner's address would have free guesses while he works.
    const markAsSent = asSent.markOf(userId, password, algorithm, encryptedPincode);
    if (open !== undefined && asSent.verifiedUntil(markAsSent, open.version, now) !== undefined) return open.account;
    const pincode = decrypt(encryptedPincode, algorithm);
    const mark = memory.markOf(userId, password, pincode);
    const until = open && memory.verifiedUntil(mark, open.version, now);
    if (open !== undefined && until !== undefined) {
      asSent.remember(markAsSent, open.version, until);
      return open.account;
    }
    const credentials = String(account?.credentialVersion);
    if (await verifyOnce(mark, credentials, origin, () => verify(account, password, pincode, origin))) {
      const fresh = await store.withCredentials(userId, origin);
      // What was verified is what was read: a change in between makes another version, and this memory void.
      if (fresh !== undefined && fresh.credentialVersion === account?.credentialVersion) {
        memory.remember(mark, versionOf(fresh), clock.now().getTime() + KEEP_MS);
        return fresh;
      }
    }
    await nextBeat(started);
    throw new SignInError('credentials');
  };
}

/** Changes with every change of the account's secrets or suspension, and with every lock that bound this address. */
function versionOf(account: StoredCredentials): string {
  return `${account.credentialVersion}/${Number(account.address?.lockedUntil ?? 0)}`;
}

function nextBeat(started: number): Promise<void> {
  const elapsed = performance.now() - started;
  return new Promise((resolve) => setTimeout(resolve, REFUSAL_BEAT_MS - (elapsed % REFUSAL_BEAT_MS)));
}

/** Lets a few hash at a time, a bounded number wait, and no address fill the room. */
function createQueue(): { run(origin: string, work: () => Promise<boolean>): Promise<boolean> } {
  const waiting: (() => void)[] = [];
  const perOrigin = new Map<string, number>();
  let working = 0;
  return {
    async run(origin, work) {
      const mine = perOrigin.get(origin) ?? 0;
      if (waiting.length >= MAX_WAITING || mine >= MAX_PER_ORIGIN) throw new SignInError('busy');
      perOrigin.set(origin, mine + 1);
      try {
        if (working >= MAX_HASHING) await new Promise<void>((resolve) => waiting.push(resolve));
        else working++;
        try {
          return await work();
        } finally {
          const next = waiting.shift(); // who waits longest takes over the place
          if (next === undefined) working--;
          else next();
        }
      } finally {
        const left = (perOrigin.get(origin) ?? 1) - 1;
        if (left > 0) perOrigin.set(origin, left);
        else perOrigin.delete(origin);
      }
    },
  };
}
