/**
 * Systems that feed the record (chapter 6) [B-1]: from the certificate of a handshake to a configured system. The third
 * way to sign in, apart from the other two: no account, no card, no password, and authorities of its own. Whether one of
 * those issued the certificate is the certificate source's to say, the chain was checked by OpenSSL before.
 */
import type { RefusalLog } from '../audit/index.js';
import type { Clock } from '../platform/clock.js';
import { CLIENT_AUTH } from '../platform/tls/index.js';
import type { PresentedCertificate } from '../platform/tls/index.js';
import { demandTrusted } from './card.js';
import { SignInError } from './errors.js';
import type { SystemOperation } from './policy.js';

export interface FeedingSystem {
  /** The common name of its certificates, whole and as written. */
  readonly name: string;
  /** Three digits, or SASN. */
  readonly region: string;
}

/** A system that is calling, once it is certain. Not a Principal: what a doctor may do is not even asked of it. */
export interface SystemPrincipal extends FeedingSystem {
  readonly method: 'system';
  /** Network address the call came from, for the access log. */
  readonly clientAddress: string;
}

export interface SystemSignInContext {
  readonly operation: SystemOperation;
  readonly clientAddress: string;
  readonly requestId: string;
}

/**
 * @param certificate what was presented; undefined when nothing was, an error when it cannot be used at all
 * @throws SignInError, after it was recorded in the access log, or counted for it
 */
export type SystemSignIn = (
  certificate: PresentedCertificate | SignInError | undefined,
  context: SystemSignInContext,
) => Promise<SystemPrincipal>;

/**
 * @param now a connection may outlive the certificate: validity is looked at again for each call
 * @throws SignInError
 */
export function systemOf(
  certificate: PresentedCertificate,
  systems: readonly FeedingSystem[],
  now: Date,
): FeedingSystem {
  const { facts } = certificate;
  demandTrusted(certificate, now);
  if (facts.extendedKeyUsage?.includes(CLIENT_AUTH) !== true || facts.digitalSignature === false) {
    throw new SignInError('certificate-not-cns');
  }
  const [commonName, ...others] = facts.commonNames;
  if (commonName === undefined || others.length > 0) throw new SignInError('certificate-identity');
  const system = systems.find(({ name }) => name === commonName);
  if (system === undefined) throw new SignInError('not-enabled');
  return system;
}

/** @param systems who may call */
export function createSystemSignIn(
  systems: readonly FeedingSystem[],
  refusals: RefusalLog,
  clock: Clock,
): SystemSignIn {
  return async (certificate, { operation, clientAddress, requestId }) => {
    try {
      if (certificate === undefined) throw new SignInError('none-presented');
      if (certificate instanceof SignInError) throw certificate;
      return { ...systemOf(certificate, systems, clock.now()), method: 'system', clientAddress };
    } catch (error) {
      if (error instanceof SignInError) {
        const nobody = { userId: undefined, doctor: undefined, titular: undefined };
        const method = certificate === undefined ? undefined : ('system' as const);
        const access = { at: clock.now(), operation, ...nobody, method, clientAddress, requestId };
        await refusals.refused(access, `sign-in:${error.code}`, false);
      }
      throw error;
    }
  };
}
