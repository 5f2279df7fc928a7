/** Characters of XML text. What XML 1.0 cannot carry at all becomes U+FFFD, so that an answer is always well-formed. */

/* eslint-disable no-control-regex -- naming the characters that XML 1.0 forbids is the purpose */
const UNSAFE_TEXT = /[&<>\r\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff\ud800-\udfff]/;
const FORBIDDEN =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
/* eslint-enable no-control-regex */

export function escapeText(value: string): string {
  if (!UNSAFE_TEXT.test(value)) return value; // nearly always: one test instead of five replacements
  return value
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('\r', '&#13;')
    .replace(FORBIDDEN, '\ufffd');
}

/** Characters outside ASCII, and unsafe ones. */
const UNPLAIN = /[^\t\n -%'-;=?-~]/;

/**
 * Escaped text as UTF-8, one unit per byte, which `latin1` copies to bytes. Node 20 needs ten times as long to encode a
 * text with a single character outside ASCII, so only the values that have one are encoded.
 */
export function escapedUtf8(value: string): string {
  return UNPLAIN.test(value) ? utf8Units(escapeText(value)) : value;
}

/** A text as UTF-8, one unit per byte. */
export function utf8Units(text: string): string {
  return Buffer.from(text).toString('latin1');
}

export function escapeAttribute(value: string): string {
  return escapeText(value).replaceAll('"', '&quot;').replaceAll('\n', '&#10;').replaceAll('\t', '&#9;');
}
