/**
 * TLS of a listener that asks for client certificates without demanding them: who has none signs in another way, who
 * has a bad one is told why in the answer. Chains and revocation are OpenSSL's to check [S-1].
 */
import { constants } from 'node:crypto';
import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import { DEFAULT_CIPHERS, createSecureContext } from 'node:tls';
import type { SecureContextOptions, TlsOptions } from 'node:tls';
import { pemBlocks } from './pem.js';

export interface CardTlsFiles {
  /** Server certificate followed by its intermediates, and its key. */
  readonly certificate: string;
  readonly key: string;
  /** CAs of the cards. */
  readonly anchors: string;
  /** CRLs of all these CAs; undefined switches the check off. */
  readonly revocationList: string | undefined;
  /** Also RSA-1024 and SHA-1, which field cards still have. */
  readonly legacy: boolean;
}

const HANDSHAKE_TIMEOUT_MS = 10_000;
const WATCH_MS = 5_000;

/** @throws Error naming the file that cannot be used, and why */
export function cardTlsOptions(files: CardTlsFiles): TlsOptions {
  const anchors = blocksOf(files.anchors, 'CERTIFICATE');
  const context: SecureContextOptions = {
    cert: readNamed(files.certificate),
    key: readNamed(files.key),
    ca: anchors,
    // An issuing CA may be configured without the root above it.
    allowPartialTrustChain: true,
    minVersion: 'TLSv1.2',
    // No caller needs to renegotiate; each time costs us ten times what it costs him.
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
    // Level 2 refuses keys under 112 bits of security and SHA-1 (OpenSSL, SSL_CTX_set_security_level).
    ciphers: `${DEFAULT_CIPHERS}:@SECLEVEL=${files.legacy ? 0 : 2}`,
    ...(files.revocationList === undefined ? {} : { crl: blocksOf(files.revocationList, 'X509 CRL') }),
  };
  try {
    createSecureContext(context);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : '';
    throw new Error(`${files.certificate}, ${files.key}, ${files.anchors}: not usable together for TLS (${reason})`, {
      cause,
    });
  }
  return {
    ...context,
    requestCert: true,
    rejectUnauthorized: false,
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    honorCipherOrder: true,
  };
}

/** The certificates of the anchors' file. @throws Error naming the file */
export function anchorsOf(files: Pick<CardTlsFiles, 'anchors'>): string[] {
  return blocksOf(files.anchors, 'CERTIFICATE');
}

/**
 * Calls back when one of the files changes: revocation lists are renewed every few days, certificates every few months.
 * Polls, since the files are often replaced by rename or mounted from elsewhere.
 * @returns ends the watch
 */
export function watchTlsFiles(files: CardTlsFiles, onChange: () => void): () => void {
  const watched = [files.certificate, files.key, files.anchors, files.revocationList].filter(
    (file) => file !== undefined,
  );
  for (const file of watched) {
    watchFile(file, { interval: WATCH_MS, persistent: false }, (now, before) => {
      if (now.mtimeMs !== before.mtimeMs || now.size !== before.size) onChange();
    });
  }
  return () => {
    for (const file of watched) unwatchFile(file);
  };
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
