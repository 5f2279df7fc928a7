/**
 * The authorities of one kind of caller. A listener that trusts several kinds at once has OpenSSL check each chain
 * against all of them together; this file tells to which kind a certificate belongs. Checks no dates and no revocation:
 * that is OpenSSL's part, and without its verdict an answer of this file means nothing.
 */
import { X509Certificate } from 'node:crypto';

/** Longest chain that is followed; those of the field have three links. */
const MAX_CHAIN = 10;
/** Intermediates are sent with a full handshake only: how many leaves are remembered for resumed sessions. */
const MAX_REMEMBERED = 50_000;

/**
 * The CAs above a certificate, the nearest first, without the root at the end: RFC 5280 does not count it as part of a
 * path.
 */
export type Path = readonly X509Certificate[];

export interface AnchorSet {
  /** The way up from a certificate that one of these authorities signed itself; undefined when none did. */
  issued(certificate: X509Certificate): Path | undefined;
  /** The way up to one of them, through intermediates that the peer sent; undefined when there is none. */
  descends(certificate: X509Certificate): Path | undefined;
  /** Replaces the authorities. @throws Error when one of them is not a certificate; the former ones then stay */
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

  /** An authority of the file may itself be below another one of it. */
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

  /** Every link is a CA whose signature was verified: a leaf that signs in an authority's name leads nowhere. */
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

/** Authorities that two lists share, by key: a shared one would not tell which kind of caller it vouches for. */
export function sharedAuthorities(some: readonly string[], others: readonly string[]): string[] {
  const keyOf = (certificate: X509Certificate) => certificate.publicKey.export({ type: 'spki', format: 'der' });
  const keys = others.map((pem) => keyOf(new X509Certificate(pem)));
  return some
    .map((pem) => new X509Certificate(pem))
    .filter((certificate) => keys.some((key) => key.equals(keyOf(certificate))))
    .map(({ subject }) => subject.replaceAll('\n', ', '));
}
