/**
 * Sign-in with user id, password and pincode [T-1]. Unknown user, wrong password, wrong pincode, undecryptable pincode,
 * suspended or locked account: all get the same refusal, after the same work. The answer is delayed to a fixed beat
 * (soap.ts).
 */
import { areaOf } from '../platform/address.js';
import { DAY_MS } from '../platform/clock.js';
import type { Clock } from '../platform/clock.js';
import type { DataSource } from '../platform/db/index.js';
import { SignInError } from './errors.js';
import { hashSecrets, unmatchableHash, verifySecrets } from './hashing.js';
import { isKnownOrigin, isLocked, standingOf } from './lockout.js';
import { KEEP_MS, createCredentialMemory } from './memory.js';
import { createAttemptOnNobody } from './nobody.js';
import type { PincodeAlgorithm } from './pincode.js';
import { createAccountStore } from './store.js';
import type { StoredCredentials } from './store.js';
import { createDoor, createSignInTurns } from './sign-in-turns.js';

/** @typeParam Algorithm how the pincode is protected in transit */
export interface PasswordCredentials<Algorithm extends string = PincodeAlgorithm> {
  readonly userId: string;
  readonly password: string;
  /** By SOAP base64 of the encryption; on a page as typed. */
  readonly sentPincode: string;
  readonly algorithm: Algorithm;
}

/**
 * Two hashes at a time, of 19 MiB each: files, names and new connections use the other two of libuv's four threads. A
 * waiting sign-in is a message in work: both queues together stay below the limit of 256 messages in work per process.
 */
const TURNS = { atWork: 2, waiting: 96, perKey: 16 };
/** With this many sign-ins under way, from the look-up to the answer, an area may not start a second one. */
const CROWDED = 128;
/** How long the hashes of a former release are kept, which may still be running or run again (decision 0060). */
const KEEP_PAIR_MS = 7 * DAY_MS;

/** @throws SignInError `credentials` or `busy` */
export type PasswordSignIn<Algorithm extends string = PincodeAlgorithm> = (
  credentials: PasswordCredentials<Algorithm>,
  origin: string,
) => Promise<StoredCredentials>;

/** The result of an attempt: the account, or whether the attempt counted as a failure of an account. */
type Verdict = { readonly account: StoredCredentials } | { readonly account: undefined; readonly isCounted: boolean };

const NOT_COUNTED: Verdict = { account: undefined, isCounted: false };

/** @param open decrypts the pincode as sent */
export function createPasswordSignIn<Algorithm extends string>(
  db: DataSource,
  open: (sentPincode: string, algorithm: Algorithm) => string,
  clock: Clock,
): PasswordSignIn<Algorithm> {
  const store = createAccountStore(db);
  // Nothing that depends on a decrypted pincode is looked up, joined or ordered outside a turn, where every wrong
  // attempt is counted first and refused in the same way: a caller observes the same behaviour for every pincode
  // (decision 0060).
  const memory = createCredentialMemory();
  // Most clients encrypt the pincode once: the same message from the same network needs no turn.
  const asSent = createCredentialMemory();
  const attemptOnNobody = createAttemptOnNobody(db);
  const nobody = { secretHash: unmatchableHash(), pair: undefined };
  const underway = new Map<string, Promise<Verdict>>();
  const turns = createSignInTurns(TURNS);
  const door = createDoor(CROWDED);
  // Pairs of address and account that recently signed in skip this limit.
  const lately = createCredentialMemory();

  async function verify(
    credentials: PasswordCredentials<Algorithm>,
    origin: string,
    isAccount: boolean,
  ): Promise<Verdict> {
    const { userId, password, sentPincode, algorithm } = credentials;
    // Read again: the account may have changed during the wait. An unknown user id stays unknown.
    const found = await store.withCredentials(userId, origin);
    const account = isAccount ? found : undefined;
    const now = clock.now();
    const isOpen = isOpenTo(account, now);
    const pincode = open(sentPincode, algorithm);
    const mark = memory.markOf(userId, password, pincode);
    const markAsSent = asSent.markOf(origin, userId, password, algorithm, sentPincode);
    // A sign-in from memory clears no failures: otherwise a guesser behind the owner's address would have free guesses
    // while the owner works.
    const until = isOpen ? memory.verifiedUntil(mark, versionOf(account), now) : undefined;
    if (isOpen && until !== undefined) {
      asSent.remember(markAsSent, versionOf(account), until);
      return { account };
    }
    const standing = standingOf(account?.address, account?.anywhere, now);
    const isCounted = isOpen && (await store.claimAttempt(userId, origin, standing, now));
    // Callers waiting behind this turn must not learn from its duration whether the account exists.
    if (account?.suspended !== false) await attemptOnNobody(userId, origin, now);
    const refused = { account: undefined, isCounted };
    // An attempt that cannot succeed costs as much as an unknown user id: the pair of a former release costs a hundred
    // times more.
    const matches = await verifySecrets(password, pincode, isCounted ? account.secrets : nobody);
    if (!isCounted || !matches) return refused;
    await store.succeeded(userId, origin, standing, clock.now());
    await renew(account, password, pincode);
    const fresh = await store.withCredentials(userId, origin);
    lately.remember(lately.markOf(origin, userId), '', clock.now().getTime() + KEEP_MS);
    // A change since the account was read created a new version: this success does not count.
    if (fresh?.suspended !== false || fresh.credentialVersion !== account.credentialVersion) return refused;
    memory.remember(mark, versionOf(fresh), clock.now().getTime() + KEEP_MS);
    asSent.remember(markAsSent, versionOf(fresh), clock.now().getTime() + KEEP_MS);
    return { account: fresh };
  }

  /**
   * The first success replaces the former pair of hashes by the single hash; the first success a week later deletes the
   * pair.
   */
  async function renew(account: StoredCredentials, password: string, pincode: string): Promise<void> {
    if (account.secrets.pair === undefined) return;
    const now = clock.now();
    if (account.secrets.secretHash === null) {
      await store.replacePair(account, await hashSecrets(password, pincode), now);
    } else await store.dropPair(account, new Date(now.getTime() - KEEP_PAIR_MS));
  }

  /**
   * Verifies equal messages from one address at the same moment once, as in a client's first burst, and only against
   * this caller's version of the credentials. Messages are compared as sent: with a comparison of decrypted pincodes,
   * the free places would show whether two encryptions are of the same pincode.
   */
  function verifyOnce(key: string, turn: { key: string; isKnown: boolean }, work: () => Promise<Verdict>) {
    const running = underway.get(key);
    if (running !== undefined) {
      // It is one attempt, counted for the other caller.
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

  async function signIn(credentials: PasswordCredentials<Algorithm>, origin: string): Promise<StoredCredentials> {
    const { userId, password, sentPincode, algorithm } = credentials;
    const account = await store.withCredentials(userId, origin);
    const now = clock.now();
    const isOpen = isOpenTo(account, now);
    const mark = asSent.markOf(origin, userId, password, algorithm, sentPincode);
    if (isOpen && asSent.verifiedUntil(mark, versionOf(account), now) !== undefined) return account;
    const isKnown = isOpen && isKnownOrigin(account.address, now);
    // The pair of a former release takes a hundred times the work, so attempts on one account from many networks share
    // a key.
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
