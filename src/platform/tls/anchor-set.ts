/**
 * The authorities of one kind of caller. A listener that trusts several kinds at once has OpenSSL check each chain
 * against all of them together; this file decides to which kind a certificate belongs. Checks neither dates nor
 * revocation: OpenSSL does, and without its verdict an answer of this file means nothing.
 */
import { X509Certificate } from 'node:crypto';

/** Longest chain that is followed; chains in use have three links. */
const MAX_CHAIN = 10;
/** How many leaves are remembered for resumed sessions: only a full handshake sends intermediates. */
const MAX_REMEMBERED = 50_000;

/**
 * The CAs above a certificate, the nearest first, without the root at the end: RFC 5280 does not count it as part of a
 * path.
 */
export type Path = readonly X509Certificate[];

export interface AnchorSet {
  /** The path from a certificate that one of these authorities signed directly; undefined when none did. */
  issued(certificate: X509Certificate): Path | undefined;
  /** The path to one of them, through intermediates that the peer sent; undefined when there is none. */
  descends(certificate: X509Certificate): Path | undefined;
  /** Replaces the authorities. @throws Error when one of them is not a certificate; then the former ones stay */
  replace(anchors: readonly string[]): void;
}

/**
 * @param anchors PEM of the authorities, roots and intermediates
 * @throws Error when one of them is not a certificate
 */
export function createAnchorSet(anchors: readonly string[]): AnchorSet {
  let issuers = anchors.map((pem) => new X509Certificate(pem));
  const remembered = new Map<string, Path>();

  const issuerOf = (certificate: X509Certificate): X509Certificate | undefined =>
    issuers.find((issuer) => isIssuedBy(certificate, issuer));

  /** An authority in the file may itself be below another one in it. */
  function issued(certificate: X509Certificate): Path | undefined {
    let issuer = issuerOf(certificate);
    if (issuer === undefined) return undefined;
    const path: X509Certificate[] = [];
    while (issuer !== undefined && !isIssuedBy(issuer, issuer) && path.length < MAX_CHAIN) {
      path.push(issuer);
      issuer = issuerOf(issuer);
    }
    return path;
  }

  /** Every link is a CA with a verified signature: a leaf that signs in an authority's name is not followed. */
  function descendsThrough(certificate: X509Certificate, sent: readonly X509Certificate[]): Path | undefined {
    const links = [certificate];
    for (let depth = 0; depth < MAX_CHAIN && links.length <= sent.length + 1; depth++) {
      const link = links.at(-1);
      if (link === undefined) return undefined;
      const above = issued(link);
      if (above !== undefined) return [...links.slice(1), ...above];
      const next = sent.find((candidate) => candidate.ca && !links.includes(candidate) && isIssuedBy(link, candidate));
      if (next === undefined) return undefined;
      links.push(next);
    }
    return undefined;
  }

  return {
    issued,
    descends(certificate) {
      const known = issued(certificate) ?? remembered.get(certificate.fingerprint256);
      if (known !== undefined) return known;
      const found = descendsThrough(certificate, sentWith(certificate));
      if (found !== undefined) {
        const [oldest] = remembered.keys();
        if (remembered.size >= MAX_REMEMBERED && oldest !== undefined) remembered.delete(oldest);
        remembered.set(certificate.fingerprint256, found);
      }
      return found;
    },
    replace(other) {
      issuers = other.map((pem) => new X509Certificate(pem));
      remembered.clear();
    },
  };
}

/** What the peer sent after its own certificate, in any order; not trusted yet. */
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

/** Authorities that two lists share, by key: a shared one would not show which kind of caller it vouches for. */
export function sharedAuthorities(some: readonly string[], others: readonly string[]): string[] {
  const keyOf = (certificate: X509Certificate) => certificate.publicKey.export({ type: 'spki', format: 'der' });
  const keys = others.map((pem) => keyOf(new X509Certificate(pem)));
  return some
    .map((pem) => new X509Certificate(pem))
    .filter((certificate) => keys.some((key) => key.equals(keyOf(certificate))))
    .map(({ subject }) => subject.replaceAll('\n', ', '));
}
