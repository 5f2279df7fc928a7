/** PEM files with several blocks: Node reads all certificates of one, but of revocation lists only the first. */

/** The blocks of a kind. @param label such as `CERTIFICATE` or `X509 CRL` */
export function pemBlocks(text: string, label: string): string[] {
  return text.match(new RegExp(`-----BEGIN ${label}-----[\\s\\S]+?-----END ${label}-----`, 'g')) ?? [];
}
