/**
 * Network addresses as text: one spelling for each, and the network that each counts for. Knows no protocol above IP.
 */
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/**
 * One spelling per address, that of RFC 5952: IPv4 mapped into IPv6 is written as IPv4, the zone of a link-local
 * address is dropped.
 * @returns undefined if the text is not an address, e.g. `unknown` or `203.0.113.7:5123` from a proxy
 */
export function plainAddress(text: string | undefined): string | undefined {
  // Nearly every address of a request is one of these, and has one spelling: the library's parsing costs 50 times more.
  const ipv4 = text?.startsWith('::ffff:') === true ? text.slice('::ffff:'.length) : text;
  if (isIP(ipv4 ?? '') === 4) return ipv4;
  const address = (text ?? '').replace(/%.*$/, '');
  return isIP(address) === 0 ? undefined : ipaddr.process(address).toString(); // ipaddr would also take 127.1
}

/**
 * The network that an address counts for: an IPv4 address for itself, an IPv6 address for its /64, because a subscriber
 * with one address in such a network can use all 2^64 of them.
 */
export function networkOf(address: string): string {
  if (isIP(address) !== 6) return address;
  const groups = ipaddr.IPv6.parse(address).parts.slice(0, 4);
  return `${groups.map((group) => group.toString(16)).join(':')}::/64`;
}

/**
 * The networks among which strangers take turns: an IPv4 address for itself, a /64 for its /48, because a subscriber
 * with one such network often has all 65 536.
 * @param network as `networkOf` writes it
 */
export function areaOf(network: string): string {
  if (!network.endsWith('::/64')) return network;
  return `${network.split(':').slice(0, 3).join(':')}::/48`;
}
