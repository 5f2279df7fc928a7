/** Network addresses as text: one spelling for each, and whose they are taken for. Knows no protocol above IP. */
import { isIP } from 'node:net';

/**
 * One spelling per address: IPv4 mapped into IPv6 is written as IPv4, the zone of a link-local address is dropped.
 * @returns undefined when the text is no address, e.g. `unknown` or `203.0.113.7:5123` from a proxy
 */
export function plainAddress(text: string | undefined): string | undefined {
  const address = (text ?? '').replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
  return isIP(address) === 0 ? undefined : address;
}

/**
 * Whom an address is counted for: an IPv4 address for itself, an IPv6 address for its /64, since whoever has one
 * address of such a network can use all 2^64 of them.
 */
export function networkOf(address: string): string {
  if (isIP(address) !== 6) return address;
  const [head = '', tail] = address.toLowerCase().split('::');
  const groups = (part: string) => (part === '' ? [] : part.split(':'));
  const first = groups(head);
  const last = tail === undefined ? [] : groups(tail);
  // A dotted ending counts for two groups, and is never among the first four of an address with a gap.
  const written = first.length + last.length + (address.includes('.') ? 1 : 0);
  const gap = tail === undefined ? 0 : 8 - written;
  const all = [...first, ...Array<string>(gap).fill('0'), ...last];
  const network = all.slice(0, 4).map((group) => group.replace(/^0+(?=.)/, ''));
  return `${network.join(':')}::/64`;
}

/**
 * Among whom strangers take turns: an IPv4 address for itself, a /64 for its /48, since whoever has one such network often
 * has all 65 536.
 * @param network as `networkOf` writes it
 */
export function areaOf(network: string): string {
  if (!network.endsWith('::/64')) return network;
  return `${network.split(':').slice(0, 3).join(':')}::/48`;
}
