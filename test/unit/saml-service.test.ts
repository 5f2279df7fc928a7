/** What the service sends and publishes, and which providers it reads: requests, metadata, the federation's file. */
import { X509Certificate, createPrivateKey, verify } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { inflateRawSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  CIE,
  ProviderFileError,
  SPID,
  attributeOf,
  authnRequestXml,
  endOf,
  expiriesOf,
  keysOf,
  readFederation,
  readXml,
  redirectUrl,
  serviceMetadata,
  shuffled,
  signXml,
  verifiedPart,
} from '../../src/auth/saml/index.js';
import type { SigningIdentity } from '../../src/auth/saml/index.js';
import { providerMetadata } from '../../src/dev/identity/metadata.js';
import { issueCa } from '../../src/dev/sandbox/pki.js';
import { keepFederation } from '../../src/roles/identity-files.js';
import { capturingLogger } from '../support/gateway.js';

const NOW = new Date('2026-11-29T12:00:00Z');
const ADDRESSES = {
  entityId: 'https://servizi.example.it',
  assertionConsumer: 'https://servizi.example.it/accesso/spid/risposta',
  logout: 'https://servizi.example.it/accesso/spid/uscita',
};
const ORGANISATION = {
  name: 'Ente «di prova» & figli',
  displayName: 'Ente di prova',
  url: 'https://www.example.it',
  ipaCode: 'entep',
  email: 'spid@example.it',
  phone: '+390612345678',
  municipality: 'H501',
};

let service: SigningIdentity;
let federation: SigningIdentity;
let file: string;

beforeAll(async () => {
  const validity = { notBefore: new Date('2026-01-01T00:00:00Z'), notAfter: new Date('2027-01-15T00:00:00Z') };
  const make = async (commonName: string): Promise<SigningIdentity> => {
    const { certificate, key } = await issueCa(undefined, { commonName, ...validity });
    return { certificate: new X509Certificate(certificate), key: createPrivateKey(key) };
  };
  service = await make('service');
  federation = await make('federation');
  file = providerMetadata(
    { entityId: 'https://idp.example.it', title: 'Gestore «uno»', singleSignOn: 'https://idp.example.it/sso?a=1' },
    federation,
  );
}, 60_000);

const providers = (xml = file, by = federation, now = NOW) => readFederation(xml, [by.certificate], now).providers;

describe('request', () => {
  const request = () => {
    const [provider] = providers();
    if (provider === undefined) throw new Error('no provider');
    return authnRequestXml({ id: '_r', issuedAt: NOW, entityId: ADDRESSES.entityId, provider });
  };

  test('names the format of its issuer, which CIE allows and SPID demands; nothing of what the rules forbid', () => {
    expect(request()).toContain('Format="urn:oasis:names:tc:SAML:2.0:nameid-format:entity" NameQualifier=');
    for (const xml of [request()]) {
      const root = readXml(xml);
      expect(attributeOf(root, 'Destination')).toBe('https://idp.example.it/sso?a=1');
      expect(attributeOf(root, 'ForceAuthn')).toBe('true');
      expect(xml).not.toMatch(/IsPassive|AllowCreate|Scoping|SpidL[13]/);
    }
  });

  test('is signed over the transmitted octets, in the order of the binding', () => {
    const url = redirectUrl('https://idp.example.it/sso?a=1', request(), 'a+b/c=', service.key);
    const match =
      /^https:\/\/idp\.example\.it\/sso\?a=1&(SAMLRequest=([^&]*)&RelayState=a%2Bb%2Fc%3D&SigAlg=[^&]*)&Signature=(.*)$/.exec(
        url,
      );
    const [, signed = '', message = '', signature = ''] = match ?? [];
    const bytes = Buffer.from(decodeURIComponent(signature), 'base64');
    expect(verify('sha256', Buffer.from(signed), service.certificate.publicKey, bytes)).toBe(true);
    expect(inflateRawSync(Buffer.from(decodeURIComponent(message), 'base64')).toString()).toBe(request());
  });
});

describe('metadata of the service', () => {
  test('are signed by its key, the same at each start, and differ if the content does', () => {
    const xml = serviceMetadata(SPID, ADDRESSES, ORGANISATION, service);
    expect(serviceMetadata(SPID, ADDRESSES, ORGANISATION, service)).toBe(xml);
    const root = readXml(xml);
    expect(verifiedPart(xml, root, [service.certificate.publicKey])).toBeDefined();
    const other = readXml(serviceMetadata(SPID, ADDRESSES, { ...ORGANISATION, phone: '+3906' }, service));
    expect(attributeOf(other, 'ID')).not.toBe(attributeOf(root, 'ID'));
  });

  test('SPID is asked for the codice fiscale only, CIE for what it always sends', () => {
    const names = (xml: string) => [...xml.matchAll(/RequestedAttribute Name="([^"]*)"/g)].map((match) => match[1]);
    expect(names(serviceMetadata(SPID, ADDRESSES, ORGANISATION, service))).toEqual(['fiscalNumber']);
    expect(names(serviceMetadata(CIE, ADDRESSES, ORGANISATION, service))).toHaveLength(4);
  });
});

describe('the federation’s file', () => {
  test('lists the providers with their keys and titles', () => {
    expect(providers()).toMatchObject([
      { entityId: 'https://idp.example.it', title: 'Gestore «uno»', singleSignOn: 'https://idp.example.it/sso?a=1' },
    ]);
    expect(providers().map((provider) => keysOf(provider).length)).toEqual([1]);
  });

  test('may contain several, signed as a whole', () => {
    const inner = (host: string): string =>
      providerMetadata({ entityId: `https://${host}`, title: host, singleSignOn: `https://${host}/sso` }, federation)
        .replace(/<ds:Signature[^]*?<\/ds:Signature>/, '')
        .replace('ID="_metadata"', `ID="_${host.replaceAll('.', '-')}"`);
    const whole = (until: string, hosts = ['a.example.it', 'b.example.it']): string =>
      signXml(
        `<md:EntitiesDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" ID="_all" validUntil="${until}">${hosts.map(inner).join('')}</md:EntitiesDescriptor>`,
        '_all',
        federation,
        { reference: '/*', action: 'prepend' },
      );
    expect(providers(whole('2026-12-31T00:00:00Z')).map(({ title }) => title)).toEqual([
      'a.example.it',
      'b.example.it',
    ]);
    expect(() => providers(whole('2026-11-01T00:00:00Z'))).toThrow(ProviderFileError);
    expect(() => providers(whole('boh'))).toThrow(ProviderFileError);
  });

  test.each([
    ['from another signer', (xml: string) => xml, () => service],
    [
      'changed',
      (xml: string) => xml.replaceAll('https://idp.example.it/sso', 'https://altro.example.it/sso'),
      () => federation,
    ],
    ['unsigned', (xml: string) => xml.replace(/<ds:Signature[^]*?<\/ds:Signature>/, ''), () => federation],
    ['without https', (xml: string) => xml, () => federation],
  ])('is refused if it is %s', (what, change, by) => {
    const xml =
      what === 'without https'
        ? providerMetadata({ entityId: 'https://idp', title: 'x', singleSignOn: 'http://idp/sso' }, federation)
        : change(file);
    expect(() => providers(xml, by())).toThrow(ProviderFileError);
  });

  test('certificates that end within sixty days are named', () => {
    expect(expiriesOf(providers(), NOW)).toEqual(['Gestore «uno»: its certificate ends on 2027-01-15']);
    expect(expiriesOf(providers(), new Date('2026-06-01T00:00:00Z'))).toEqual([]);
  });

  test('the order is random', () => {
    const draws = [2, 0, 0];
    expect(shuffled(['a', 'b', 'c'], () => draws.shift() ?? 0)).toEqual(['c', 'a', 'b']);
  });
});

describe('the metadata file is replaced while we run', () => {
  const directory = mkdtempSync(join(tmpdir(), 'federation-'));
  afterAll(() => {
    rmSync(directory, { recursive: true });
  });

  test('a good one is used, a broken one is told and counted while the former stays', async () => {
    const path = join(directory, 'providers.xml');
    writeFileSync(path, file);
    const [told, logged]: [string[], Record<string, unknown>[]] = [[], []];
    let broken = 0;
    const kept = keepFederation({
      ...{ scheme: SPID, files: [path], pollMs: 20, log: capturingLogger(logged) },
      read: () => readFederation(readFileSync(path, 'utf8'), [federation.certificate], NOW),
      tell: ({ providers: read }) => told.push(read.map(({ entityId }) => entityId).join()),
      refused: () => broken++,
    });
    try {
      expect(told).toEqual(['https://idp.example.it']);
      expect(kept.end()).toEqual(new Date('2027-01-15T00:00:00Z'));
      writeFileSync(path, file.replace('idp.example.it', 'idp.example.com'));
      await until(() => broken === 1);
      expect(kept.providers().map(({ entityId }) => entityId)).toEqual(['https://idp.example.it']);
      expect(JSON.stringify(logged)).toContain('the former ones stay in force');
      const other = providerMetadata(
        { entityId: 'https://altro.example.it', title: 'Altro', singleSignOn: 'https://altro.example.it/sso' },
        federation,
      );
      writeFileSync(path, other);
      await until(() => told.length === 2);
      expect(kept.providers().map(({ entityId }) => entityId)).toEqual(['https://altro.example.it']);
    } finally {
      kept.stop();
    }
  });

  test('it ends with its validUntil, or with the last certificate of a provider', () => {
    const descriptor = readFederation(file, [federation.certificate], NOW);
    const validUntil = new Date('2026-12-24T00:00:00Z');
    expect(endOf({ ...descriptor, validUntil })).toEqual(validUntil);
  });
});

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await setTimeout(10);
}
