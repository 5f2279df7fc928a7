/**
 * The certificate that a caller presented: in the TLS handshake, or through a trusted proxy in RFC 9440's Client-Cert
 * header.
 */
import { X509Certificate } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import { plainAddress } from '../address.js';
import type { AnchorSet, Path } from './anchor-set.js';
import { readCertificate } from './certificate.js';
import type { CertificateFacts, PolicyRules } from './certificate.js';

export interface PresentedCertificate {
  readonly facts: CertificateFacts;
  /** Hexadecimal. */
  readonly serialNumber: string;
  /**
   * Why the chain is not trusted, in OpenSSL's words, e.g. CERT_HAS_EXPIRED, CERT_REVOKED, or VERDICT_OVER; undefined
   * when one of the reader's own authorities vouches for it.
   */
  readonly untrusted: string | undefined;
  /**
   * Whether one of the reader's own authorities signed it, directly or through intermediates: then that authority
   * vouches for what it says about its holder, even when it is expired or revoked.
   */
  readonly isOurs: boolean;
  /** The policies of the CAs between the root and the certificate, the nearest to the root first. */
  readonly authorities: readonly PolicyRules[];
}

const UNKNOWN_ISSUER = 'UNABLE_TO_GET_ISSUER_CERT';
/** Not a code of OpenSSL: its verdict is no longer current. */
const VERDICT_OVER = 'VERDICT_OVER';

/** The other end of a request, whether it is connected directly or through a proxy that ends TLS in front of us. */
export interface Peer {
  /** The caller's network address: the peer's, or the one given by a trusted proxy; empty when the peer is gone. */
  readonly address: string;
  /** undefined when the caller presented none; `unreadable` when it is not a certificate. */
  readonly certificate: PresentedCertificate | 'unreadable' | undefined;
}

export type PeerReader = (request: IncomingMessage) => Peer;

/**
 * @param trustedProxies addresses whose Client-Cert and X-Forwarded-For headers count; from others they are ignored
 * @param anchors CAs of this kind of caller: certificates of other CAs that the listener trusts are not trusted here.
 * The proxy checks chain and revocation of a forwarded certificate
 * @param isCurrent whether the verdict of a message's handshake is still valid: lists may have arrived or expired since
 */
export function createPeerReader(
  trustedProxies: readonly string[],
  anchors: AnchorSet,
  isCurrent: (request: IncomingMessage) => boolean,
): PeerReader {
  const proxies = new Set(trustedProxies.map((address) => plainAddress(address) ?? address));
  const ofConnection = new WeakMap<TLSSocket, PresentedCertificate | 'none'>();

  function onHandshake(socket: TLSSocket): PresentedCertificate | undefined {
    let known = ofConnection.get(socket);
    if (known === undefined) {
      const certificate = socket.getPeerX509Certificate();
      known =
        certificate === undefined
          ? 'none'
          : judged(certificate, socket.authorized ? undefined : reason(socket), anchors.descends(certificate));
      ofConnection.set(socket, known);
    }
    return known === 'none' ? undefined : known;
  }

  function forwarded(header: string): PresentedCertificate {
    // RFC 9440, 2.1: a structured-field byte sequence, base64 between colons.
    const base64 = /^:([A-Za-z0-9+/=]+):$/.exec(header.trim())?.[1];
    if (base64 === undefined) throw new Error('Client-Cert is not a byte sequence');
    const certificate = new X509Certificate(Buffer.from(base64, 'base64'));
    return judged(certificate, undefined, anchors.issued(certificate));
  }

  function certificateOf(request: IncomingMessage, isProxy: boolean): PresentedCertificate | undefined {
    const header = request.headers['client-cert'];
    // Proxies that cannot omit a header send it empty when there was no certificate.
    if (typeof header === 'string' && header !== '' && isProxy) return forwarded(header);
    if (!(request.socket instanceof TLSSocket) || isProxy) return undefined;
    const presented = onHandshake(request.socket);
    if (presented === undefined || presented.untrusted !== undefined || isCurrent(request)) return presented;
    return { ...presented, untrusted: VERDICT_OVER };
  }

  return (request) => {
    const nearest = plainAddress(request.socket.remoteAddress) ?? '';
    const isProxy = proxies.has(nearest);
    const said = isProxy ? request.headers['x-forwarded-for'] : undefined;
    const last = typeof said === 'string' ? said.split(',').at(-1)?.trim() : undefined;
    const address = plainAddress(last) ?? nearest;
    try {
      return { address, certificate: certificateOf(request, isProxy) };
    } catch {
      return { address, certificate: 'unreadable' };
    }
  };
}

/**
 * OpenSSL knows the authorities of all kinds of caller together: the path shows which kind a certificate belongs to. It
 * reports only the last flaw: a missing CRL hides that no authority here is the issuer.
 * @param said OpenSSL's verdict, undefined when it trusts the chain
 * @param path to an authority of this kind of caller
 */
function judged(certificate: X509Certificate, said: string | undefined, path: Path | undefined): PresentedCertificate {
  const isSettled = said !== undefined && said !== 'UNABLE_TO_GET_CRL';
  return {
    facts: readCertificate(certificate.raw),
    serialNumber: certificate.serialNumber,
    untrusted: isSettled || path !== undefined ? said : UNKNOWN_ISSUER,
    isOurs: path !== undefined,
    authorities: (path ?? []).toReversed().map(({ raw }) => readCertificate(raw)),
  };
}

function reason(socket: TLSSocket): string {
  // Declared as Error by Node's types; a code such as 'CERT_HAS_EXPIRED' at run time.
  const error: unknown = socket.authorizationError;
  return typeof error === 'string' ? error : error instanceof Error ? error.message : 'UNTRUSTED';
}
