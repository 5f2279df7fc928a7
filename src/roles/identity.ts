/** SPID and CIE for the portal, from its settings: keys, providers, our metadata. Whole or not at all. */
import { X509Certificate, createPrivateKey, createPublicKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { CIE, SPID, createSamlSignIn, expiriesOf, readFederation, serviceMetadata } from '../auth/saml/index.js';
import type { Federation, SamlScheme, SigningIdentity } from '../auth/saml/index.js';
import { ConfigError, REQUIRED_BY_IDENTITY, environmentName } from '../config/index.js';
import type { Config } from '../config/index.js';
import type { Clock } from '../platform/clock.js';
import type { DataSource } from '../platform/db/index.js';
import type { Logger } from '../platform/log.js';
import { Counter } from '../platform/metrics.js';
import type { Registry } from '../platform/metrics.js';
import { pemBlocks } from '../platform/pem.js';
import type { IdentityServices } from '../portal/index.js';
import { keepFederation } from './identity-files.js';
import type { KeptFederation } from './identity-files.js';
import type { Expiries } from './listener-trust.js';

type Setting = keyof Config;

export interface IdentitySchemes {
  /** Empty: neither SPID nor CIE is configured. */
  readonly services: IdentityServices;
  /** When our certificate ends, and the metadata of providers. */
  readonly expiries: () => Expiries;
  stop(): void;
}

export interface IdentitySchemesOptions {
  /** Of the portal in the browser. */
  readonly origin: string;
  readonly db: DataSource;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Registry;
}

/** @throws ConfigError that names each setting that is missing or whose file is not what it must be */
export function identitySchemes(config: Config, options: IdentitySchemesOptions): IdentitySchemes {
  const { origin, db, clock, log, metrics } = options;
  const configured = [
    ...(config.spidProviders === undefined ? [] : [{ scheme: SPID, entityId: config.spidEntityId ?? origin }]),
    ...(config.cieProviders === undefined
      ? []
      : [{ scheme: CIE, entityId: config.cieEntityId ?? `${origin}/metadata/cie` }]),
  ];
  if (configured.length === 0) return { services: {}, expiries: () => ({}), stop: () => undefined };
  refuseIncomplete(config);
  const identity = signingIdentity(config);
  const registerKey = config.identityRegister ? publicKey('identityRegisterKey', config) : undefined;
  const organisation = {
    name: config.organisationName ?? '',
    displayName: config.organisationDisplayName ?? config.organisationName ?? '',
    url: config.organisationUrl ?? origin,
    ipaCode: config.organisationIpaCode ?? '',
    email: config.organisationEmail ?? '',
    phone: config.organisationPhone ?? '',
    municipality: config.organisationMunicipality ?? '',
  };
  const own = { title: 'identityCertificate', certificates: [identity.certificate] };
  const refused = new Counter({
    ...{ name: 'passerella_identity_metadata_refused_total', registers: [metrics], labelNames: ['scheme'] },
    help: 'Metadata files of identity providers that were changed and could not be used: the former stay in force.',
  });
  const kept: Record<string, KeptFederation> = {};
  const services = configured.map(({ scheme, entityId }) => {
    const federation = keepFederation({
      ...{ scheme, log, files: filesOf(scheme).map((setting) => String(config[setting])) },
      read: () => federationOf(scheme, config, clock.now()),
      refused: () => {
        refused.inc({ scheme: scheme.name });
      },
      tell: ({ providers }) => {
        for (const warning of expiriesOf([own, ...providers], clock.now()))
          log.warn('certificate ends', { scheme: scheme.name, warning });
      },
    });
    kept[`${scheme.name}-providers`] = federation;
    const addresses = {
      entityId,
      assertionConsumer: `${origin}/accesso/${scheme.name}/risposta`,
      logout: `${origin}/accesso/${scheme.name}/uscita`,
    };
    const { providers } = federation;
    return {
      [scheme.name]: {
        signIn: createSamlSignIn({ db, scheme, addresses, providers, key: identity.key, registerKey }),
        metadata: serviceMetadata(scheme, addresses, organisation, identity),
      },
    };
  });
  return {
    services: Object.assign({}, ...services) as IdentityServices,
    expiries: () => ({
      'identity-certificate': new Date(identity.certificate.validTo),
      ...Object.fromEntries(Object.entries(kept).map(([file, { end }]) => [file, end()])),
    }),
    stop() {
      for (const federation of Object.values(kept)) federation.stop();
    },
  };
}

function refuseIncomplete(config: Config): void {
  const needed: Setting[] = [...REQUIRED_BY_IDENTITY];
  if (config.spidProviders !== undefined) needed.push('spidFederation');
  if (config.cieProviders !== undefined) needed.push('cieFederation', 'organisationMunicipality');
  if (config.identityRegister) needed.push('identityRegisterKey');
  const missing = needed.filter((key) => config[key] === undefined);
  if (missing.length === 0) return;
  const lines = missing.map((key) => `${key} (${environmentName(key)}): required with spidProviders or cieProviders`);
  throw new ConfigError(`configuration:\n  ${lines.join('\n  ')}`);
}

const filesOf = ({ name }: SamlScheme) =>
  name === 'spid' ? (['spidProviders', 'spidFederation'] as const) : (['cieProviders', 'cieFederation'] as const);

function federationOf(scheme: SamlScheme, config: Config, now: Date): Federation {
  const [file, federation] = filesOf(scheme);
  const signers = readWith(federation, config, (pem) =>
    pemBlocks(pem, 'CERTIFICATE').map((each) => new X509Certificate(each)),
  );
  return readWith(file, config, (xml) => readFederation(xml, signers, now));
}

function signingIdentity(config: Config): SigningIdentity {
  const certificate = readWith('identityCertificate', config, (pem) => new X509Certificate(pem));
  const key = readWith('identityKey', config, (pem) => createPrivateKey(pem));
  if (!certificate.checkPrivateKey(key)) throw new ConfigError('identityKey: is not the key of identityCertificate');
  return { certificate, key };
}

function publicKey(setting: Setting, config: Config): KeyObject {
  const key = readWith(setting, config, (pem) => {
    if (pem.includes('PRIVATE KEY')) throw new Error('is a private key: the portal must not hold it');
    return createPublicKey(pem);
  });
  if (key.asymmetricKeyType !== 'rsa') throw new ConfigError(`${setting} (${environmentName(setting)}): is no RSA key`);
  return key;
}

function readWith<Value>(setting: Setting, config: Config, read: (text: string) => Value): Value {
  const file = String(config[setting]);
  try {
    return read(readFileSync(file, 'utf8'));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : 'cannot be read';
    throw new ConfigError(`${setting} (${environmentName(setting)}): ${file}: ${why}`, { cause });
  }
}
