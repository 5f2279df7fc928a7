/**
 * The authorities of one kind of caller. A listener that trusts several kinds at once has OpenSSL check each chain
 * against all of them together; whose kind a certificate is, is told here. Checks no dates and no revocation: that is
 * OpenSSL's part, and without its verdict an answer of this file means nothing.
 */
import { X509Certificate } from 'node:crypto';

/** Longest chain that is followed; those of the field have three links. */
const MAX_CHAIN = 10;
/** Intermediates are sent with a full handshake only: how many leaves are remembered for resumed sessions. */
const MAX_REMEMBERED = 10_000;

export interface AnchorSet {
  /** Whether one of these authorities signed the certificate itself. */
  issued(certificate: X509Certificate): boolean;
  /** Whether it descends from one of them, through intermediates that the peer sent. */
  descends(certificate: X509Certificate): boolean;
  /** Other authorities from now on. @throws Error when one of them is not a certificate; the former ones then stay */
  replace(anchors: readonly string[]): void;
}

/**
 * @param anchors PEM of the authorities, roots and intermediates
 * @throws Error when one of them is not a certificate
 */
export function createAnchorSet(anchors: readonly string[]): AnchorSet {
  let issuers = anchors.map((pem) => new X509Certificate(pem));
  const remembered = new Set<string>();

  const issued = (certificate: X509Certificate): boolean => issuers.some((issuer) => isIssuedBy(certificate, issuer));

  /** Every link is a CA whose signature was verified: a leaf that signs in an authority's name leads nowhere. */
  function descendsThrough(certificate: X509Certificate, sent: readonly X509Certificate[]): boolean {
    const links = [certificate];
    for (let depth = 0; depth < MAX_CHAIN && links.length <= sent.length + 1; depth++) {
      const link = links.at(-1);
      if (link === undefined) return false;
      if (issued(link)) return true;
      const next = sent.find((candidate) => candidate.ca && !links.includes(candidate) && isIssuedBy(link, candidate));
      if (next === undefined) return false;
      links.push(next);
    }
    return false;
  }

  return {
    issued,
    descends(certificate) {
      if (issued(certificate) || remembered.has(certificate.fingerprint256)) return true;
      const found = descendsThrough(certificate, sentWith(certificate));
      if (found) {
        if (remembered.size >= MAX_REMEMBERED) remembered.clear();
        remembered.add(certificate.fingerprint256);
      }
      return found;
    },
    replace(other) {
      issuers = other.map((pem) => new X509Certificate(pem));
      remembered.clear();
    },
  };
}

/** What the peer sent after its own certificate, in whatever order; nothing of it is believed yet. */
function sentWith(certificate: X509Certificate): X509Certificate[] {
  const sent: X509Certificate[] = [];
  let next = certificate.issuerCertificate;
  while (next !== undefined && sent.length < MAX_CHAIN) {
    sent.push(next);
    next = next.issuerCertificate;
  }
  return sent;
}

function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

/** Authorities that two lists share, by key: such a one could not tell which kind of caller it vouches for. */
export function sharedAuthorities(some: readonly string[], others: readonly string[]): string[] {
  const keyOf = (certificate: X509Certificate) => certificate.publicKey.export({ type: 'spki', format: 'der' });
  const keys = others.map((pem) => keyOf(new X509Certificate(pem)));
  return some
    .map((pem) => new X509Certificate(pem))
    .filter((certificate) => keys.some((key) => key.equals(keyOf(certificate))))
    .map(({ subject }) => subject.replaceAll('\n', ', '));
}
