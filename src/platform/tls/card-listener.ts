/**
 * TLS of a listener that requests client certificates without requiring them: a caller without one signs in by other
 * means, and the answer explains why a certificate is refused. OpenSSL checks chains and revocation [S-1].
 */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { SecureContextOptions, TlsOptions } from 'node:tls';
import { pemBlocks } from '../pem.js';
import { watchFiles } from '../watch.js';
import { isOf, readList } from './revocation-list.js';
import { serverTls } from './policy.js';

export interface ServerTlsFiles {
  /** Server certificate followed by its intermediates, and its key. */
  readonly certificate: string;
  readonly key: string;
  /** How often watchTlsFiles checks the files; 5 s by default. */
  readonly pollMs?: number;
}

export interface CardTlsFiles extends ServerTlsFiles {
  /** CAs of the cards. */
  readonly anchors: string;
  /** CRLs of all these CAs; undefined switches the check off. */
  readonly revocationList: string | undefined;
  /** Also accepts RSA-1024 and SHA-1, which cards in use still have. */
  readonly legacy: boolean;
  /** Newest version offered; undefined: the newest available. */
  readonly maxVersion?: 'TLSv1.2' | 'TLSv1.3' | undefined;
  /** CAs of another accepted kind of caller; with their CRLs if and only if the cards' CRLs are given. */
  readonly further?: { readonly anchors: string; readonly revocationList: string | undefined } | undefined;
}

const HANDSHAKE_TIMEOUT_MS = 10_000;
/** 1.0 for old toolkits that offer nothing else: answers are in 1.1, by RFC 9112, 2.3. */
const ALPN = ['http/1.1', 'http/1.0'];

/** @throws Error naming the file that cannot be used, and why */
export function cardTlsOptions(files: CardTlsFiles): TlsOptions {
  const anchors = blocksOf(files.anchors, 'CERTIFICATE');
  demandRoots(files.anchors, anchors);
  const { further } = files;
  const furtherAnchors = further === undefined ? [] : anchorsOf(further);
  if (further !== undefined) demandRoots(further.anchors, furtherAnchors);
  // One store for all: with lists for one kind of caller OpenSSL demands those of the other.
  const crl = listsOf(files);
  demandIssuers(files.revocationList, anchors);
  demandIssuers(further?.revocationList, furtherAnchors);
  const context: SecureContextOptions = {
    cert: readNamed(files.certificate),
    key: readNamed(files.key),
    ca: [...anchors, ...furtherAnchors],
    ...serverTls(files.legacy),
    ...(files.maxVersion === undefined ? {} : { maxVersion: files.maxVersion }),
    ...(crl.length === 0 ? {} : { crl }),
  };
  demandUsable(context, files.certificate, files.key, files.anchors);
  return {
    ...context,
    requestCert: true,
    rejectUnauthorized: false,
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    ALPNProtocols: ALPN,
  };
}

/**
 * TLS of a listener that requests no client certificate.
 * @throws Error naming the file that cannot be used, and why
 */
export function plainTlsOptions({ certificate, key }: ServerTlsFiles): TlsOptions {
  const context = { cert: readNamed(certificate), key: readNamed(key), ...serverTls() };
  demandUsable(context, certificate, key);
  return context;
}

function demandUsable(context: SecureContextOptions, ...files: readonly string[]): void {
  try {
    createSecureContext(context);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : '';
    throw new Error(`${files.join(', ')}: not usable together for TLS (${reason})`, { cause });
  }
}

/**
 * With an issuing CA but not its root every card would be refused: Node 20's servers drop allowPartialTrustChain, and
 * OpenSSL demands the revocation list of every link.
 */
function demandRoots(file: string, anchors: readonly string[]): void {
  const certificates = anchors.map((pem) => new X509Certificate(pem));
  const orphan = certificates.find((one) => !certificates.some((other) => one.checkIssued(other)));
  if (orphan !== undefined) {
    const name = orphan.subject.replaceAll('\n', ', ');
    throw new Error(`${file}: «${name}» is issued by a CA that is not in the file: add it, and its CRL`);
  }
}

/**
 * When a caller sends no intermediate, OpenSSL would check a list of an unconfigured CA with another certificate's key;
 * the error stays in its queue, and Node resets the connection instead of answering (seen with Node 20 to 24).
 */
function demandIssuers(file: string | undefined, anchors: readonly string[]): void {
  if (file === undefined) return;
  const certificates = anchors.map((pem) => new X509Certificate(pem));
  for (const pem of blocksOf(file, 'X509 CRL')) {
    const list = readList(pem);
    if (!certificates.some((one) => isOf(list, one))) {
      const problem = `«${list.issuer}» is not in the file of the CAs, or did not sign it`;
      throw new Error(`${file}: the issuer of a revocation list, ${problem}: add the CA, or leave the list out`);
    }
  }
}

/** The certificates of the anchors' file. @throws Error naming the file */
export function anchorsOf(files: Pick<CardTlsFiles, 'anchors'>): string[] {
  return blocksOf(files.anchors, 'CERTIFICATE');
}

/** When the server's certificate and its intermediates expire. @throws Error naming the file */
export function serverEnds({ certificate }: ServerTlsFiles): Date[] {
  return endsOf(blocksOf(certificate, 'CERTIFICATE'));
}

/** When the anchors of all callers expire. @throws Error naming the file */
export function anchorEnds({ anchors, further }: CardTlsFiles): Date[] {
  return endsOf([...anchorsOf({ anchors }), ...(further === undefined ? [] : anchorsOf(further))]);
}

const endsOf = (blocks: readonly string[]): Date[] => blocks.map((pem) => new Date(new X509Certificate(pem).validTo));

/** The CRLs of all kinds of caller; none when the check is off. @throws Error naming the file */
function listsOf({ revocationList, further }: CardTlsFiles): string[] {
  const files = [revocationList, further?.revocationList].filter((file) => file !== undefined);
  return files.flatMap((file) => blocksOf(file, 'X509 CRL'));
}

/** When each list of the files expires. @throws Error when a file cannot be read or is not a list */
export function listEnds(files: CardTlsFiles): Date[] {
  return listsOf(files)
    .map((pem) => readList(pem).end)
    .filter((end) => end !== undefined);
}

/**
 * Calls back when one of the files changes: revocation lists are renewed every few days, certificates every few months.
 * @returns a function that stops watching
 */
export function watchTlsFiles(
  files: ServerTlsFiles & Partial<Pick<CardTlsFiles, 'anchors' | 'revocationList' | 'further'>>,
  onChange: () => void,
): () => void {
  const { certificate, key, anchors, revocationList, further, pollMs } = files;
  const watched = [certificate, key, anchors, revocationList, further?.anchors, further?.revocationList].filter(
    (file) => file !== undefined,
  );
  return watchFiles(watched, onChange, pollMs);
}

function blocksOf(file: string, label: string): string[] {
  const blocks = pemBlocks(readNamed(file), label);
  if (blocks.length === 0) throw new Error(`${file}: no PEM block «${label}»`);
  return blocks;
}

function readNamed(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new Error(`${file}: cannot be read`, { cause });
  }
}
