/**
 * The development PKI: server certificate, CNS authority with cards and revocation list, pincode certificate. Defines
 * its items and their validity. Holds no real key.
 */
import { createHash, X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import type { Logger } from '../../platform/log.js';
import {
  issueCa,
  issueCard,
  issuePincodeCertificate,
  issueServer,
  toPkcs12,
  type CertificateAndKey,
  type Validity,
} from './certificates.js';
import { makeCrl } from './crl.js';
import { digestOf, PkiDirectory, type PkiFile } from './pki-directory.js';
import { DAY_MS } from '../../platform/clock.js';

export {
  CNS_POLICY,
  issueCa,
  issueCard,
  issueServer,
  type CardOptions,
  type CertificateAndKey,
} from './certificates.js';
export { makeCrl } from './crl.js';

/** Password of every `.p12`: protects nothing, but tools require one. */
export const PKCS12_PASSWORD = 'passerella';
/** Subject of the card authority; a foreign one with the same name must not be trusted. */
export const CNS_CA_NAME = 'Development CNS issuer';
const SERVER_CA_NAME = 'Passerella development server CA';

export const CARD_ROLES = ['doctor', 'secondDoctor', 'substitute', 'revoked', 'expired', 'aslOperator'] as const;
export type CardRole = (typeof CARD_ROLES)[number];

/** Paths of a certificate (PEM), its key (PEM) and both with the issuer (PKCS#12). */
export interface CardPaths {
  readonly certificate: string;
  readonly key: string;
  readonly pkcs12: string;
}

/** Paths, absolute or relative like the given directory. */
export interface DevelopmentPki {
  readonly directory: string;
  /** `certificate` is the complete chain that a server sends; `ca` is the trust anchor of its clients. */
  readonly server: { readonly ca: string; readonly certificate: string; readonly key: string };
  /** `ca` and `crl` are for the server that verifies cards; `caKey` lets tests issue more of them. */
  readonly cns: { readonly ca: string; readonly caKey: string; readonly crl: string };
  readonly cards: Readonly<Record<CardRole, CardPaths>>;
  /** `der` is `certificate` in the other encoding that vendors request. */
  readonly pincode: { readonly certificate: string; readonly der: string; readonly key: string };
}

export interface DevelopmentPkiOptions {
  readonly directory: string;
  readonly people: Readonly<Record<CardRole, { readonly codiceFiscale: string }>>;
  readonly now: Date;
  /** DNS names and IP addresses besides localhost, carta.localhost, 127.0.0.1 and ::1. */
  readonly serverNames: readonly string[];
  readonly log: Logger;
}

const RENEW_DAYS_AHEAD = 30;
const CA_YEARS_BACK = 8; // so that the authority's validity includes the expired card's
const CA_YEARS_AHEAD = 10;
const CARD_YEARS = 6;
const SERVER_DAYS = 397; // the longest that browsers accept
const PINCODE_YEARS = 3;
const CRL_DAYS = 7;

/**
 * Writes the PKI into the directory, or reads the existing one: a second call creates nothing. Creates again what is
 * missing or damaged, expires within 30 days, or was made for other names, people or authority; and the revocation
 * list, if it is older than a day.
 * @throws the file system's error when the directory cannot be written
 */
export async function ensureDevelopmentPki(options: DevelopmentPkiOptions): Promise<DevelopmentPki> {
  const { directory, now, log } = options;
  const made = await PkiDirectory.use(directory, now, (pki) => ensureItems(pki, options));
  if (made.length > 0) log.info('development certificates made', { directory, items: made });
  return pathsIn(directory);
}

async function ensureItems(pki: PkiDirectory, options: DevelopmentPkiOptions): Promise<string[]> {
  const { now, people } = options;
  const made: string[] = [];
  const ensure = async (
    name: string,
    recipe: string,
    validity: Validity,
    make: () => Promise<Record<string, PkiFile>>,
    renewAt = addDays(validity.notAfter, -RENEW_DAYS_AHEAD),
  ): Promise<void> => {
    if (await pki.keepOrMake(name, { recipe, goodFrom: validity.notBefore, renewAt, make })) made.push(name);
  };

  const caValidity = { notBefore: addYears(now, -CA_YEARS_BACK), notAfter: addYears(now, CA_YEARS_AHEAD) };
  await ensure('server-ca', SERVER_CA_NAME, caValidity, async () =>
    pairFiles('server-ca', await issueCa(undefined, { commonName: SERVER_CA_NAME, ...caValidity })),
  );
  await ensure('cns-ca', CNS_CA_NAME, caValidity, async () =>
    pairFiles('cns-ca', await issueCa(undefined, { commonName: CNS_CA_NAME, ...caValidity })),
  );
  const serverCa = await readPair(pki, 'server-ca');
  const cnsCa = await readPair(pki, 'cns-ca');

  const names = [...new Set(['localhost', 'carta.localhost', '127.0.0.1', '::1', ...options.serverNames])];
  const yesterday = addDays(now, -1); // clients whose clock is slow
  const serverValidity = { notBefore: yesterday, notAfter: addDays(now, SERVER_DAYS - 1) };
  await ensure('server', recipeOf(serverCa, names), serverValidity, async () =>
    pairFiles('server', await issueServer(serverCa, { names, ...serverValidity })),
  );

  for (const role of CARD_ROLES) {
    const commonName = cardCommonName(role, people[role].codiceFiscale);
    const notAfter = role === 'expired' ? addDays(now, -RENEW_DAYS_AHEAD) : addDays(addYears(now, CARD_YEARS), -1);
    const validity = { notBefore: addYears(notAfter, -CARD_YEARS), notAfter };
    const renewAt = role === 'expired' ? caValidity.notAfter : addDays(notAfter, -RENEW_DAYS_AHEAD);
    const make = async () => cardFiles(role, await issueCard(cnsCa, { commonName, ...validity }), cnsCa);
    await ensure(role, recipeOf(cnsCa, commonName), validity, make, renewAt);
  }

  const revoked = new X509Certificate(await pki.read('revoked.pem'));
  const crlValidity = { notBefore: now, notAfter: addDays(now, CRL_DAYS) };
  const makeRevocationList = () =>
    Promise.resolve({ 'cns-ca.crl.pem': publicFile(crlOf(cnsCa, revoked, crlValidity)) });
  const crlRecipe = recipeOf(cnsCa, revoked.serialNumber);
  await ensure('cns-ca.crl', crlRecipe, crlValidity, makeRevocationList, addDays(now, 1));

  const pincodeValidity = { notBefore: yesterday, notAfter: addYears(now, PINCODE_YEARS) };
  await ensure('pincode', 'self-signed', pincodeValidity, async () =>
    pincodeFiles(await issuePincodeCertificate(pincodeValidity)),
  );
  return made;
}

/**
 * `<codice fiscale>/<16-digit card id>.<base64 hash>`, the same at each call. The doctor's hash contains `/` and `+`,
 * which break parsers that treat the name as text.
 */
function cardCommonName(role: CardRole, codiceFiscale: string): string {
  const digest = createHash('sha256').update(`${role} ${codiceFiscale}`).digest('hex');
  const cardId = String(BigInt(`0x${digest}`) % 10n ** 16n).padStart(16, '0');
  for (let attempt = 0; ; attempt++) {
    const hash = createHash('sha1').update(`${digest} ${attempt}`).digest('base64');
    if (role !== 'doctor' || (hash.includes('/') && hash.includes('+'))) return `${codiceFiscale}/${cardId}.${hash}`;
  }
}

function crlOf(ca: CertificateAndKey, revoked: X509Certificate, validity: Validity): string {
  return makeCrl(ca, {
    revoked: [{ serialNumber: revoked.serialNumber, revokedAt: new Date(revoked.validFrom) }],
    number: Math.floor(validity.notBefore.getTime() / 1000),
    thisUpdate: validity.notBefore,
    nextUpdate: validity.notAfter,
  });
}

function pairFiles(name: string, pair: CertificateAndKey): Record<string, PkiFile> {
  return { [`${name}.pem`]: publicFile(pair.certificate), [`${name}.key`]: secretFile(pair.key) };
}

function cardFiles(role: CardRole, card: CertificateAndKey, ca: CertificateAndKey): Record<string, PkiFile> {
  const pkcs12 = toPkcs12(card, [ca.certificate], PKCS12_PASSWORD, `Passerella ${role}`);
  return { ...pairFiles(role, card), [`${role}.p12`]: secretFile(pkcs12) };
}

function pincodeFiles(pair: CertificateAndKey): Record<string, PkiFile> {
  return { ...pairFiles('pincode', pair), 'pincode.cer': publicFile(new X509Certificate(pair.certificate).raw) };
}

function publicFile(content: string | Buffer): PkiFile {
  return { content, secret: false };
}

function secretFile(content: string | Buffer): PkiFile {
  return { content, secret: true };
}

async function readPair(pki: PkiDirectory, name: string): Promise<CertificateAndKey> {
  return { certificate: await pki.read(`${name}.pem`), key: await pki.read(`${name}.key`) };
}

/** An item of another authority, or for another subject, has another recipe. */
function recipeOf(ca: CertificateAndKey, subject: string | readonly string[]): string {
  return JSON.stringify({ issuer: digestOf(ca.certificate), subject });
}

function pathsIn(directory: string): DevelopmentPki {
  const file = (name: string): string => join(directory, name);
  const card = (role: CardRole): CardPaths => ({
    certificate: file(`${role}.pem`),
    key: file(`${role}.key`),
    pkcs12: file(`${role}.p12`),
  });
  return {
    directory,
    server: { ca: file('server-ca.pem'), certificate: file('server.pem'), key: file('server.key') },
    cns: { ca: file('cns-ca.pem'), caKey: file('cns-ca.key'), crl: file('cns-ca.crl.pem') },
    cards: {
      doctor: card('doctor'),
      secondDoctor: card('secondDoctor'),
      substitute: card('substitute'),
      revoked: card('revoked'),
      expired: card('expired'),
      aslOperator: card('aslOperator'),
    },
    pincode: { certificate: file('pincode.pem'), der: file('pincode.cer'), key: file('pincode.key') },
  };
}

function addDays(instant: Date, days: number): Date {
  return new Date(instant.getTime() + days * DAY_MS);
}

function addYears(instant: Date, years: number): Date {
  const moved = new Date(instant);
  moved.setUTCFullYear(moved.getUTCFullYear() + years);
  return moved;
}
