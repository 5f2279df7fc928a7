/**
 * Takes the parameters out of a database's URL: the driver lets the URL win over its other settings, hence over the
 * role and the TLS policy.
 */
import type { ConnectionOptions } from 'node:tls';
import pg from 'pg';
import { clientTls } from '../tls/index.js';

export interface DatabaseUrl {
  /** Without the parameters below. */
  readonly url: string;
  /** Values of `options=`, to be followed by ours. */
  readonly startup: readonly string[];
  /** For the driver's configuration; `ssl` is false where neither the URL nor PGSSLMODE requests TLS. */
  readonly tls: { readonly ssl: false | ConnectionOptions; readonly sslnegotiation: 'postgres' | 'direct' };
}

const TLS_PARAMETERS = ['ssl', 'sslmode', 'sslcert', 'sslkey', 'sslrootcert', 'sslnegotiation', 'uselibpqcompat'];

/** @throws Error when a certificate file that the URL names cannot be read */
export function readDatabaseUrl(full: string): DatabaseUrl {
  const mark = full.indexOf('?');
  const query = new URLSearchParams(mark < 0 ? '' : full.slice(mark + 1));
  const startup = query.getAll('options');
  for (const name of ['options', ...TLS_PARAMETERS]) query.delete(name);
  const address = mark < 0 ? full : full.slice(0, mark);
  return {
    url: query.size === 0 ? address : `${address}?${query.toString()}`,
    startup,
    tls: tlsOf(full),
  };
}

/**
 * The driver reads `sslmode` and related parameters as usual; the policy decides which TLS is acceptable. Read from a
 * client that never connects.
 */
function tlsOf(url: string): DatabaseUrl['tls'] {
  const { ssl, sslNegotiation } = new pg.Client({ connectionString: url }) as unknown as {
    readonly ssl: boolean | ConnectionOptions;
    readonly sslNegotiation: 'postgres' | 'direct';
  };
  if (ssl === false) return { ssl, sslnegotiation: sslNegotiation };
  const asked = ssl === true ? {} : ssl;
  // The driver hides the key from copies.
  return { ssl: { ...clientTls(), ...asked, key: asked.key }, sslnegotiation: sslNegotiation };
}
