/** The portal does not start with settings of cards or proxies that cannot work, and says which. */
import { expect, test } from '@jest/globals';
import { configSchema } from '../../src/config/index.js';
import { portalSettings } from '../../src/roles/portal.js';
import { testPki } from '../support/people.js';

async function problemsOf(changed: Readonly<Record<string, unknown>>): Promise<string> {
  const { server, cns } = await testPki();
  const settings = {
    ...{ databaseUrl: 'postgres://localhost/ts', tlsCertificate: server.certificate, tlsKey: server.key },
    ...{ portalUrl: 'https://servizi.example.it', cardUrl: 'https://carta.servizi.example.it' },
    ...{ cardAnchors: cns.ca, cardRevocationList: cns.crl, ...changed },
  };
  const read = configSchema.safeParse(settings);
  if (!read.success) return read.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('\n');
  try {
    portalSettings(read.data);
    return '';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

test('with all of them it starts', async () => {
  expect(await problemsOf({})).toBe('');
  expect(await problemsOf({ trustedProxies: ['192.0.2.1', '2001:db8::1', '::ffff:192.0.2.1'] })).toBe('');
});

test.each([
  ['no CAs of cards', { cardAnchors: undefined }, 'cardAnchors (PASSERELLA_CARD_ANCHORS): required by cardUrl'],
  [
    'no revocation list',
    { cardRevocationList: undefined },
    'cardRevocationList (PASSERELLA_CARD_REVOCATION_LIST): required',
  ],
  [
    'the portal’s own host',
    { cardUrl: 'https://servizi.example.it:8443' },
    'must have another host name than portalUrl',
  ],
  ['CAs in a file that is not there', { cardAnchors: '/nowhere/ca.pem' }, '/nowhere/ca.pem'],
  ['a list in a file that is not there', { cardRevocationList: '/nowhere/crl.pem' }, '/nowhere/crl.pem'],
  ['a file of something else', { cardAnchors: new URL(import.meta.url).pathname }, 'portal-settings'],
  ['a network of proxies', { trustedProxies: ['192.0.2.0/24'] }, 'trustedProxies: must be addresses'],
  ['a name of a proxy', { trustedProxies: ['proxy.example.it'] }, 'trustedProxies: must be addresses'],
  ['an address that is none', { cardUrl: 'carta.servizi.example.it' }, 'cardUrl'],
])('%s: refused', async (_, changed, said) => {
  expect(await problemsOf(changed)).toContain(said);
});
