/**
 * What the sandbox needs for SPID and CIE: the service's certificate, a development provider of each, and the pair of keys
 * of the register. Nothing here is a real key, and no production metadata names one.
 */
import { X509Certificate, createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SigningIdentity } from '../../auth/saml/index.js';
import { DAY_MS } from '../../platform/clock.js';
import { providerMetadata } from '../identity/metadata.js';
import type { CertificateAndKey } from './certificates.js';
import { PkiDirectory } from './pki-directory.js';
import type { PkiFile } from './pki-directory.js';
import { issueProviderCertificate, issueServiceCertificate } from './service-certificate.js';

export const SANDBOX_ORGANISATION = {
  organisationName: 'Ente di prova',
  organisationDisplayName: 'Passerella, ambiente di prova',
  organisationUrl: 'https://www.example.it',
  organisationIpaCode: 'entep',
  organisationEmail: 'spid@example.it',
  organisationPhone: '+390612345678',
  organisationMunicipality: 'H501',
} as const;

const LIFE_DAYS = 730;
const RENEWED_DAYS_BEFORE = 90;

export interface IdentityPki {
  readonly directory: string;
  readonly providers: Readonly<Record<'spid' | 'cie', SigningIdentity>>;
  /** Settings that name the files. */
  readonly settings: {
    readonly identityCertificate: string;
    readonly identityKey: string;
    readonly identityRegisterKey: string;
    readonly spidProviders: string;
    readonly spidFederation: string;
    readonly cieProviders: string;
    readonly cieFederation: string;
  };
}

/** @param origin of the portal: the certificate names it @param providersOrigin where the development providers are */
export async function ensureIdentityPki(options: {
  readonly directory: string;
  readonly origin: string;
  readonly providersOrigin: string;
  readonly now: Date;
}): Promise<IdentityPki> {
  const { directory, origin, providersOrigin, now } = options;
  const validity = {
    notBefore: new Date(now.getTime() - DAY_MS),
    notAfter: new Date(now.getTime() + LIFE_DAYS * DAY_MS),
  };
  const term = {
    goodFrom: validity.notBefore,
    renewAt: new Date(validity.notAfter.getTime() - RENEWED_DAYS_BEFORE * DAY_MS),
  };
  const { organisationName, organisationIpaCode } = SANDBOX_ORGANISATION;
  const subject = {
    ...{ commonName: SANDBOX_ORGANISATION.organisationDisplayName, organisation: organisationName, entityId: origin },
    ...{ ipaCode: organisationIpaCode, locality: 'Roma' },
  };
  return PkiDirectory.use(directory, now, async (pki) => {
    const pairs: Record<string, () => Promise<CertificateAndKey>> = {
      service: () => issueServiceCertificate(subject, validity),
      spid: () => issueProviderCertificate('SPID di prova', validity),
      cie: () => issueProviderCertificate('CIE di prova', validity),
    };
    for (const [name, make] of Object.entries(pairs)) {
      const recipe = JSON.stringify(name === 'service' ? subject : name);
      await pki.keepOrMake(name, { ...term, recipe, make: async () => filesOf(name, await make()) });
    }
    await pki.keepOrMake('register', { ...term, recipe: 'rsa3072', make: () => Promise.resolve(registerFiles()) });
    const providers = { spid: await identityIn(pki, 'spid'), cie: await identityIn(pki, 'cie') };
    for (const name of ['spid', 'cie'] as const) {
      const entityId = `${providersOrigin}/${name}`;
      const title = name === 'spid' ? 'Gestore di prova' : 'CIE di prova';
      const xml = providerMetadata({ entityId, title, singleSignOn: `${entityId}/accesso` }, providers[name]);
      writeFileSync(pki.path(`${name}-metadata.xml`), xml);
    }
    const file = (name: string): string => join(directory, name);
    return {
      directory,
      providers,
      settings: {
        identityCertificate: file('service.pem'),
        identityKey: file('service.key'),
        identityRegisterKey: file('register.pub.pem'),
        spidProviders: file('spid-metadata.xml'),
        spidFederation: file('spid.pem'),
        cieProviders: file('cie-metadata.xml'),
        cieFederation: file('cie.pem'),
      },
    };
  });
}

function filesOf(name: string, { certificate, key }: CertificateAndKey): Record<string, PkiFile> {
  return { [`${name}.pem`]: { content: certificate, secret: false }, [`${name}.key`]: { content: key, secret: true } };
}

function registerFiles(): Record<string, PkiFile> {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 3072,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  return {
    'register.pub.pem': { content: publicKey, secret: false },
    'register.key': { content: privateKey, secret: true },
  };
}

async function identityIn(pki: PkiDirectory, name: string): Promise<SigningIdentity> {
  return {
    certificate: new X509Certificate(await pki.read(`${name}.pem`)),
    key: createPrivateKey(await pki.read(`${name}.key`)),
  };
}
