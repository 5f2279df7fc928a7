/**
 * Sign-in with user id, password and pincode [T-1]. Unknown user, wrong password, wrong pincode, undecryptable
 * pincode, suspended or locked account: one refusal, after the same work. Its answer waits for the beat (soap.ts).
 */
import { areaOf } from '../platform/address.js';
import { DAY_MS } from '../platform/clock.js';
import type { Clock } from '../platform/clock.js';
import type { DataSource } from '../platform/db/index.js';
import { SignInError } from './errors.js';
import { hashSecrets, unmatchableHash, verifySecrets } from './hashing.js';
import { isKnownOrigin, isLocked, standingOf } from './lockout.js';
import { KEEP_MS, createCredentialMemory } from './memory.js';
import type { DecryptPincode, PincodeAlgorithm } from './pincode.js';
import { createAccountStore } from './store.js';
import type { StoredAccount, StoredCredentials } from './store.js';
import { createDoor, createSignInTurns } from './sign-in-turns.js';

export interface PasswordCredentials {
  readonly userId: string;
  readonly password: string;
  /** As sent: base64 of the encryption. */
  readonly encryptedPincode: string;
  readonly algorithm: PincodeAlgorithm;
}

/**
 * Two hashes at work, of libuv's four threads and 19 MiB each: files, names and new connections keep the other threads. A
 * sign-in that waits is a message in work: both rooms together stay below the 256 that a process may have.
 */
const TURNS = { atWork: 2, waiting: 96, perKey: 16 };
/** With so many sign-ins under way, from the look-up to the answer, an area has no second one. */
const CROWDED = 128;
/** How long a former release, running still or again, finds the hashes that it knows (decision 0060). */
const KEEP_PAIR_MS = 7 * DAY_MS;

/** @throws SignInError `credentials` or `busy` */
export type PasswordSignIn = (credentials: PasswordCredentials, origin: string) => Promise<StoredAccount>;

/** What an attempt came to: the account, or whether it was counted as a failure of an account. */
type Verdict = { readonly account: StoredAccount } | { readonly account: undefined; readonly isCounted: boolean };

const NOT_COUNTED: Verdict = { account: undefined, isCounted: false };

export function createPasswordSignIn(db: DataSource, decrypt: DecryptPincode, clock: Clock): PasswordSignIn {
  const store = createAccountStore(db);
  // Nothing that depends on a decrypted pincode is looked up, joined or ordered outside a turn, where every wrong attempt
  // is counted first and refused alike: what a caller can watch is the same for every pincode (decision 0060).
  const memory = createCredentialMemory();
  // Most clients encrypt the pincode once: the same message from the same network needs no turn.
  const asSent = createCredentialMemory();
  const nobody = { secretHash: unmatchableHash(), pair: undefined };
  const underway = new Map<string, Promise<Verdict>>();
  const turns = createSignInTurns(TURNS);
  const door = createDoor(CROWDED);
  // Pairs of address and account that signed in lately pass the door.
  const lately = createCredentialMemory();

  async function verify(credentials: PasswordCredentials, origin: string, isAccount: boolean): Promise<Verdict> {
    const { userId, password, encryptedPincode, algorithm } = credentials;
    // Read again: the account may have changed during the wait. An unknown user id stays unknown.
    const account = isAccount ? await store.withCredentials(userId, origin) : undefined;
    const now = clock.now();
    const isOpen = isOpenTo(account, now);
    const pincode = decrypt(encryptedPincode, algorithm);
    const mark = memory.markOf(userId, password, pincode);
    const markAsSent = asSent.markOf(origin, userId, password, algorithm, encryptedPincode);
    // A sign-in from memory clears no failures: a guesser behind the owner's address would have free guesses while he works.
    const until = isOpen ? memory.verifiedUntil(mark, versionOf(account), now) : undefined;
    if (isOpen && until !== undefined) {
      asSent.remember(markAsSent, versionOf(account), until);
      return { account };
    }
    const standing = standingOf(account?.address, account?.anywhere, now);
    const isCounted = isOpen && (await store.claimAttempt(userId, origin, standing, now));
    const refused = { account: undefined, isCounted };
    // An attempt that cannot succeed costs what an unknown user id costs: a former release's pair is a hundred times dearer.
    const matches = await verifySecrets(password, pincode, isCounted ? account.secrets : nobody);
    if (!isCounted || !matches) return refused;
    await store.succeeded(userId, origin, standing, clock.now());
    await renew(account, password, pincode);
    const fresh = await store.withCredentials(userId, origin);
    lately.remember(lately.markOf(origin, userId), '', clock.now().getTime() + KEEP_MS);
    // A change since the account was read makes another version, and voids this success.
    if (fresh?.suspended !== false || fresh.credentialVersion !== account.credentialVersion) return refused;
    memory.remember(mark, versionOf(fresh), clock.now().getTime() + KEEP_MS);
    asSent.remember(markAsSent, versionOf(fresh), clock.now().getTime() + KEEP_MS);
    return { account: fresh };
  }

  /** The former pair of hashes is replaced by the one at the first success, and forgotten at the first a week later. */
  async function renew(account: StoredCredentials, password: string, pincode: string): Promise<void> {
    if (account.secrets.pair === undefined) return;
    const now = clock.now();
    if (account.secrets.secretHash === null) {
      await store.replacePair(account, await hashSecrets(password, pincode), now);
    } else await store.dropPair(account, new Date(now.getTime() - KEEP_PAIR_MS));
  }

  /**
   * Equal messages from one address at the same moment, as a client's first burst, are verified once; never against another
   * version of the credentials than this caller's. Messages are compared as sent: compared by the decrypted pincode, the
   * room that is left would tell whether two encryptions are of one pincode.
   */
  function verifyOnce(key: string, turn: { key: string; isKnown: boolean }, work: () => Promise<Verdict>) {
    const running = underway.get(key);
    if (running !== undefined) {
      // The attempt is one, and the other caller's.
      return running.then(({ account }): Verdict => (account === undefined ? NOT_COUNTED : { account }));
    }
    const started = turns.take(turn.key, turn.isKnown, work).finally(() => underway.delete(key));
    underway.set(key, started);
    return started;
  }

  return async (credentials, origin) => {
    const wasHere = lately.verifiedUntil(lately.markOf(origin, credentials.userId), '', clock.now()) !== undefined;
    const leave = door.enter(areaOf(origin), wasHere);
    try {
      return await signIn(credentials, origin);
    } finally {
      leave();
    }
  };

  async function signIn(credentials: PasswordCredentials, origin: string): Promise<StoredAccount> {
    const { userId, password, encryptedPincode, algorithm } = credentials;
    const account = await store.withCredentials(userId, origin);
    const now = clock.now();
    const isOpen = isOpenTo(account, now);
    const mark = asSent.markOf(origin, userId, password, algorithm, encryptedPincode);
    if (isOpen && asSent.verifiedUntil(mark, versionOf(account), now) !== undefined) return account;
    const isKnown = isOpen && isKnownOrigin(account.address, now);
    // The pair of a former release takes a hundred times the work: those who try one account from many networks are one then.
    const stranger = account?.secrets.secretHash === null ? `account ${userId}` : areaOf(origin);
    const turn = { key: isKnown ? `${origin} ${userId}` : stranger, isKnown };
    const verdict = await verifyOnce(`${String(account?.credentialVersion)} ${mark}`, turn, () =>
      verify(credentials, origin, account !== undefined),
    );
    if (verdict.account !== undefined) return verdict.account;
    throw new SignInError('credentials', verdict.isCounted);
  }
}

function isOpenTo(account: StoredCredentials | undefined, now: Date): account is StoredCredentials {
  return account?.suspended === false && !isLocked(account.address, account.anywhere, now);
}

/** Changes with every change of the account's secrets or suspension, and with every lock that bound this address. */
function versionOf(account: StoredCredentials): string {
  return `${account.credentialVersion}/${Number(account.address?.lockedUntil ?? 0)}`;
}
