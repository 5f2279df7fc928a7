/**
 * Systems that feed the record (chapter 6) [B-1]: from the certificate of a handshake to a configured system. This
 * third way to sign in is separate from the other two: no account, no card, no password, and separate authorities. The
 * reader of peers checks that one of those issued the certificate; OpenSSL has already verified the chain.
 */
import type { RefusalLog } from '../audit/index.js';
import { printable } from '../platform/printable.js';
import { CLIENT_AUTH } from '../platform/tls/index.js';
import type { Peer, PresentedCertificate } from '../platform/tls/index.js';
import { Call } from './call.js';
import type { FeedingSystem } from './caller.js';
import { demandTrusted, isVouchedFor } from './card.js';
import { SignInError } from './errors.js';
import type { SignInCode } from './errors.js';
import { accessOfNobody } from './operation.js';
import type { SignIn } from './service.js';

export type SystemSignIn = SignIn<Peer['certificate']>;

/**
 * @param now a connection may outlive the certificate: validity is checked again for each call
 * @throws SignInError
 */
function systemOf(certificate: PresentedCertificate, systems: readonly FeedingSystem[], now: Date): FeedingSystem {
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

/** Maximum length for an account or a system; a certificate may contain more. */
const LONGEST_NAME = 64;

/** The refused system, as stated by its issuer; undefined: no trusted issuer vouches for one. */
function refusedName(certificate: PresentedCertificate, refusal: SignInCode): string | undefined {
  const [commonName, ...others] = certificate.facts.commonNames;
  if (commonName === undefined || others.length > 0 || !isVouchedFor(certificate, refusal)) return undefined;
  return printable(commonName, LONGEST_NAME);
}

/** @param systems permitted callers */
export function createSystemSignIn(systems: readonly FeedingSystem[], refusals: RefusalLog): SystemSignIn {
  return async (certificate, operation, arrival) => {
    try {
      if (certificate === undefined) throw new SignInError('none-presented');
      if (certificate === 'unreadable') throw new SignInError('certificate-unreadable');
      const { name, region } = systemOf(certificate, systems, arrival.at);
      return new Call({ kind: 'system', method: 'system', name, region }, arrival);
    } catch (error) {
      if (error instanceof SignInError) {
        const name = typeof certificate === 'object' ? refusedName(certificate, error.code) : undefined;
        const method = certificate === undefined ? undefined : 'system';
        const isKnown = systems.some((system) => system.name === name);
        await refusals.refused(accessOfNobody(arrival, operation, method, name), `sign-in:${error.code}`, isKnown);
      }
      throw error;
    }
  };
}
