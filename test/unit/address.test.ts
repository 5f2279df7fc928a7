/** One spelling per network address, and the network it is counted for. */
import { expect, test } from '@jest/globals';
import { areaOf, networkOf, plainAddress } from '../../src/platform/address.js';

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['::FFFF:192.0.2.1', '192.0.2.1'],
  ['fe80::1%eth0', 'fe80::1'],
  ['2001:db8::1', '2001:db8::1'],
  ['2001:0DB8:0:0:0:0:0:1', '2001:db8::1'],
  ['::ffff:c000:201', '192.0.2.1'],
  ['127.1', undefined],
  ['010.0.0.1', undefined],
  ['192.0.2.1:80', undefined],
  ['[2001:db8::1]', undefined],
  ['unknown', undefined],
  ['', undefined],
  [undefined, undefined],
])('%s is written %s', (text, expected) => {
  expect(plainAddress(text)).toBe(expected);
});

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:DB8:1:2::9', '2001:db8:1:2::/64'],
  ['2001:0db8:0001:0002:0:0:0:1', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['2001:db8:0:0::5', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['64:ff9b::192.0.2.1', '64:ff9b:0:0::/64'],
  ['1::3:4:5:6:7:8', '1:0:3:4::/64'],
  ['', ''],
])('%s counts for %s', (address, network) => {
  expect(networkOf(address)).toBe(network);
});

test.each([
  ['198.51.100.20', '198.51.100.20'],
  ['2001:db8:7:9::/64', '2001:db8:7::/48'],
  ['0:0:0:0::/64', '0:0:0::/48'],
])('the area of %s is %s', (network, area) => {
  expect(areaOf(network)).toBe(area);
});
