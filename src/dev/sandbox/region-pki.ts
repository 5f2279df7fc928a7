/**
 * The development PKI of the notifications: a regional FSE's server certificate, invalid ones for its misbehaviours,
 * and the certificate with which the sender authenticates and signs. Separate from the gateway's: regions trust other
 * authorities than doctors do. Holds no real key.
 */
import { join } from 'node:path';
import type { Logger } from '../../platform/log.js';
import { issueCa, issueCard, issueServer } from './certificates.js';
import type { CertificateAndKey, Validity } from './certificates.js';
import { digestOf, PkiDirectory } from './pki-directory.js';
import type { PkiFile } from './pki-directory.js';
import { DAY_MS } from '../../platform/clock.js';

/** Paths of PEM files: certificate and key. */
export interface PairPaths {
  readonly certificate: string;
  readonly key: string;
}

export interface RegionPki {
  readonly directory: string;
  /** CA of the regions' servers: the sender's anchors. */
  readonly regionCa: string;
  /** Lets tests issue more certificates. */
  readonly regionCaKey: string;
  /** The server certificate of a region, for the names given. */
  readonly region: PairPaths;
  /** For the same names: by an untrusted authority, and by the right one but expired. */
  readonly foreign: PairPaths;
  readonly expired: PairPaths;
  /** CA of the sender: the regions' anchors. */
  readonly senderCa: string;
  /** The sender's authentication certificate, also for WS-Security. */
  readonly sender: PairPaths;
  /** Like the sender's, by an authority that regions do not trust. */
  readonly impostor: PairPaths;
}

export interface RegionPkiOptions {
  readonly directory: string;
  readonly now: Date;
  /** DNS names and IP addresses besides localhost, 127.0.0.1 and ::1. */
  readonly serverNames: readonly string[];
  readonly log: Logger;
}

const RENEW_DAYS_AHEAD = 30;
const CA_DAYS = 3_650;
const LEAF_DAYS = 396;

/** The authorities: file name and common name. The foreign one has the name of the regions' own. */
const AUTHORITIES = {
  'region-ca': 'Development regional FSE CA',
  'sender-ca': 'Development INI CA',
  'foreign-ca': 'Development regional FSE CA',
} as const;
type Authority = keyof typeof AUTHORITIES;

/**
 * Writes the PKI into its own directory, or reads the existing one: a second call creates only what expires within 30
 * days, is damaged, or was made for other names.
 * @throws the file system's error when the directory cannot be written
 */
export async function ensureRegionPki(options: RegionPkiOptions): Promise<RegionPki> {
  const { directory, now, log } = options;
  const made = await PkiDirectory.use(directory, now, (pki) => ensureItems(pki, options));
  if (made.length > 0) log.info('development certificates of the notifications made', { directory, items: made });
  const file = (name: string): string => join(directory, name);
  const pair = (name: string): PairPaths => ({ certificate: file(`${name}.pem`), key: file(`${name}.key`) });
  return {
    directory,
    regionCa: file('region-ca.pem'),
    regionCaKey: file('region-ca.key'),
    region: pair('region'),
    foreign: pair('foreign'),
    expired: pair('expired'),
    senderCa: file('sender-ca.pem'),
    sender: pair('sender'),
    impostor: pair('impostor'),
  };
}

async function ensureItems(pki: PkiDirectory, { now, serverNames }: RegionPkiOptions): Promise<string[]> {
  const made: string[] = [];
  const ensure = async (
    name: string,
    recipe: string,
    validity: Validity,
    renewAt: Date,
    make: () => Promise<CertificateAndKey>,
  ): Promise<void> => {
    const item = { recipe, goodFrom: validity.notBefore, renewAt, make: async () => pairFiles(name, await make()) };
    if (await pki.keepOrMake(name, item)) made.push(name);
  };
  const caValidity = { notBefore: daysFrom(now, -CA_DAYS), notAfter: daysFrom(now, CA_DAYS) };
  const authorityOf = async (name: Authority): Promise<CertificateAndKey> => {
    const commonName = AUTHORITIES[name];
    const renewAt = daysFrom(caValidity.notAfter, -RENEW_DAYS_AHEAD);
    await ensure(name, commonName, caValidity, renewAt, () => issueCa(undefined, { commonName, ...caValidity }));
    return { certificate: await pki.read(`${name}.pem`), key: await pki.read(`${name}.key`) };
  };
  const regionCa = await authorityOf('region-ca');
  const senderCa = await authorityOf('sender-ca');
  const foreignCa = await authorityOf('foreign-ca');

  const names = [...new Set(['localhost', '127.0.0.1', '::1', ...serverNames])];
  const current = { notBefore: daysFrom(now, -1), notAfter: daysFrom(now, LEAF_DAYS) }; // slow clocks
  const past = { notBefore: daysFrom(now, -LEAF_DAYS), notAfter: daysFrom(now, -1) };
  const renewAt = daysFrom(current.notAfter, -RENEW_DAYS_AHEAD);
  for (const [name, ca, validity] of [
    ['region', regionCa, current],
    ['foreign', foreignCa, current],
    ['expired', regionCa, past],
  ] as const) {
    const until = name === 'expired' ? caValidity.notAfter : renewAt;
    await ensure(name, recipeOf(ca, names), validity, until, () => issueServer(ca, { names, ...validity }));
  }
  for (const [name, ca] of [
    ['sender', senderCa],
    ['impostor', foreignCa],
  ] as const) {
    const subject = { commonName: 'INI notifica opposizione (sviluppo)', policies: [], ...current };
    await ensure(name, recipeOf(ca, [subject.commonName]), current, renewAt, () => issueCard(ca, subject));
  }
  return made;
}

function pairFiles(name: string, pair: CertificateAndKey): Record<string, PkiFile> {
  return {
    [`${name}.pem`]: { content: pair.certificate, secret: false },
    [`${name}.key`]: { content: pair.key, secret: true },
  };
}

/** An item of another authority, or for other names, has another recipe. */
function recipeOf(ca: CertificateAndKey, names: readonly string[]): string {
  return JSON.stringify({ issuer: digestOf(ca.certificate), names });
}

function daysFrom(instant: Date, days: number): Date {
  return new Date(instant.getTime() + days * DAY_MS);
}
