/** Why a mail server could not be used, in words for the operator, and whether the message may have been sent. */
import { types } from 'node:util';
import { printable } from '../printable.js';

/**
 * `transient`: nothing was sent, a retry may succeed. `permanent`: refused, and a retry would be too. `uncertain`: the
 * message was sent and no answer came, so the server may have accepted it: only its receipts show.
 */
export type MailFailureKind = 'transient' | 'permanent' | 'uncertain';

const LONGEST = 1_000;

/** For the operator only, not for the log: the message may quote the server, hence an address. */
export class MailFailure extends Error {
  constructor(
    readonly kind: MailFailureKind,
    message: string,
    /** For the log: the reply code or the system's name of the error. */
    readonly code: string,
    options?: ErrorOptions,
  ) {
    super(printable(message, LONGEST), options);
  }
}

const UNTRUSTED =
  /CERT|SELF_SIGNED|UNABLE_TO_(?:VERIFY|GET)|ERR_TLS_CERT_ALTNAME_INVALID|HOSTNAME_MISMATCH|INVALID_PURPOSE/;
const OLD_TLS = /UNSUPPORTED_PROTOCOL|WRONG_VERSION|PROTOCOL_VERSION|ERR_SSL_TLSV1_ALERT/i;
const SILENT = /TIMED?OUT|TIMEOUT/i;

/** What went wrong with the connection itself, in the operator's words. */
export function explain(error: unknown): { readonly text: string; readonly code: string } {
  const codes = codesOf(error);
  const code = codes[0] ?? 'UNKNOWN';
  const said = codes.join(' ');
  if (UNTRUSTED.test(said)) return { text: `the server's certificate is not trusted (${code})`, code };
  if (OLD_TLS.test(said)) return { text: `the server offers no TLS 1.2 or later (${code})`, code };
  if (SILENT.test(said)) return { text: 'the server did not answer in time', code };
  if (/EAUTH|AUTHENTICATIONFAILED/.test(said)) return { text: 'the server refuses user or password', code };
  const words = types.isNativeError(error) ? error.message.split('\n', 1)[0] : undefined;
  return { text: `${words ?? 'unknown failure'} (${code})`, code };
}

/** The most specific first: the codes of OpenSSL or the system are in the cause or next to the library's own code. */
function codesOf(error: unknown, depth = 0): string[] {
  if (!types.isNativeError(error) || depth > 3) return [];
  const own = [
    'originalCode' in error ? error.originalCode : undefined,
    'code' in error ? error.code : undefined,
    'serverResponseCode' in error ? error.serverResponseCode : undefined,
  ].filter((code) => typeof code === 'string');
  return [...codesOf(error.cause, depth + 1), ...own];
}
