/**
 * The TLS policy of every connection, incoming and outgoing [S-1]. Owns versions, suites and groups; each connection
 * decides which certificates it trusts. The architecture test makes every TLS server and client use it.
 */
import { constants } from 'node:crypto';
import type { SecureContextOptions } from 'node:tls';

/**
 * Elliptic curves only. Where no groups are named, OpenSSL 3 also takes finite fields up to ffdhe8192: then a hello
 * that costs its sender nothing costs 125 ms of the event loop (D(HE)at, CVE-2002-20001, CVE-2022-40735).
 */
const GROUPS = 'X25519:P-256:P-384';

/**
 * Forward secrecy and authenticated encryption: neither CBC nor SHA-1, and no finite-field key exchange. Windows before
 * 10 and Server 2016 has such suites only for ECDSA certificates; an installation that must serve it needs one.
 */
const SUITES = [
  'TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305',
];

/**
 * For foreign servers, last: Windows Server 2012 R2 with an RSA certificate has no other suite with forward secrecy.
 */
const SUITES_OF_OTHERS = [
  'ECDHE-ECDSA-AES128-SHA256:ECDHE-RSA-AES128-SHA256:ECDHE-ECDSA-AES256-SHA384:ECDHE-RSA-AES256-SHA384',
];

/**
 * For our listeners.
 * @param legacy accepts keys under 112 bits of security and SHA-1 (OpenSSL, SSL_CTX_set_security_level)
 */
export function serverTls(legacy = false): SecureContextOptions {
  return {
    minVersion: 'TLSv1.2',
    ciphers: `${SUITES.join(':')}:@SECLEVEL=${legacy ? 0 : 2}`,
    ecdhCurve: GROUPS,
    honorCipherOrder: true,
    // No caller needs to renegotiate; it costs us ten times as much as the caller.
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
  };
}

/** For our outgoing connections. Renegotiation stays: servers on Windows use it to request our certificate. */
export function clientTls(): SecureContextOptions {
  return {
    minVersion: 'TLSv1.2',
    ciphers: `${[...SUITES, ...SUITES_OF_OTHERS].join(':')}:@SECLEVEL=2`,
    ecdhCurve: GROUPS,
  };
}
