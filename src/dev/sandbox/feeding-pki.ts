/**
 * The development PKI of the systems that feed the record [B-1]: their own authority, its revocation list, and one
 * system's certificate. Separate from the cards': the gateway refuses an authority of both kinds. Holds no real key.
 */
import { join } from 'node:path';
import type { Logger } from '../../platform/log.js';
import { issueCa, issueCard, toPkcs12 } from './certificates.js';
import type { CertificateAndKey, Validity } from './certificates.js';
import { makeCrl } from './crl.js';
import { PKCS12_PASSWORD } from './pki.js';
import type { CardPaths } from './pki.js';
import { digestOf, PkiDirectory } from './pki-directory.js';
import type { PkiFile } from './pki-directory.js';
import { DAY_MS } from '../../platform/clock.js';

/** The only system that the sandbox admits: its region, and the common name of its certificate. */
export const FEEDING_SYSTEM = { region: '080', name: 'fse.regione.example.it' } as const;

/** Paths, absolute or relative like the given directory. */
export interface FeedingPki {
  readonly ca: string;
  readonly crl: string;
  readonly system: CardPaths;
}

export interface FeedingPkiOptions {
  readonly directory: string;
  readonly now: Date;
  readonly log: Logger;
}

const CA_NAME = 'Development feeding systems CA';
const CA_DAYS = 3_650;
const SYSTEM_DAYS = 396;
const RENEW_DAYS_AHEAD = 30;
const CRL_DAYS = 7;

/**
 * Writes the PKI into its own directory, or reads the existing one: a second call creates only what is damaged or
 * expires within 30 days; and the revocation list, if it is older than a day.
 * @throws the file system's error when the directory cannot be written
 */
export async function ensureFeedingPki({ directory, now, log }: FeedingPkiOptions): Promise<FeedingPki> {
  const made = await PkiDirectory.use(directory, now, (pki) => ensureItems(pki, now));
  if (made.length > 0) log.info('development certificates of feeding systems made', { directory, items: made });
  const file = (name: string): string => join(directory, name);
  return {
    ca: file('feeding-ca.pem'),
    crl: file('feeding-ca.crl.pem'),
    system: { certificate: file('system.pem'), key: file('system.key'), pkcs12: file('system.p12') },
  };
}

async function ensureItems(pki: PkiDirectory, now: Date): Promise<string[]> {
  const made: string[] = [];
  const ensure = async (
    name: string,
    recipe: string,
    { notBefore, renewAt }: { notBefore: Date; renewAt: Date },
    make: () => Promise<Record<string, PkiFile>>,
  ): Promise<void> => {
    if (await pki.keepOrMake(name, { recipe, goodFrom: notBefore, renewAt, make })) made.push(name);
  };

  const caTerm = term(now, CA_DAYS);
  await ensure('feeding-ca', CA_NAME, caTerm, async () =>
    pairFiles('feeding-ca', await issueCa(undefined, { commonName: CA_NAME, ...caTerm })),
  );
  const ca = { certificate: await pki.read('feeding-ca.pem'), key: await pki.read('feeding-ca.key') };
  const issuer = digestOf(ca.certificate);

  const crlTerm = { notBefore: now, renewAt: daysFrom(now, 1) };
  await ensure('feeding-ca.crl', issuer, crlTerm, () =>
    Promise.resolve({ 'feeding-ca.crl.pem': { content: emptyList(ca, now), secret: false } }),
  );

  const systemTerm = term(now, SYSTEM_DAYS);
  await ensure('system', `${issuer} ${FEEDING_SYSTEM.name}`, systemTerm, async () => {
    // Not a card: the policy of cards would be wrong.
    const system = await issueCard(ca, { commonName: FEEDING_SYSTEM.name, policies: [], ...systemTerm });
    const pkcs12 = toPkcs12(system, [ca.certificate], PKCS12_PASSWORD, 'Passerella feeding system');
    return { ...pairFiles('system', system), 'system.p12': { content: pkcs12, secret: true } };
  });
  return made;
}

/** Nothing is revoked, but the gateway requires a list, and refuses certificates without one. */
function emptyList(ca: CertificateAndKey, now: Date): string {
  const number = Math.floor(now.getTime() / 1000);
  return makeCrl(ca, { revoked: [], number, thisUpdate: now, nextUpdate: daysFrom(now, CRL_DAYS) });
}

/** From yesterday, for slow clocks. */
function term(now: Date, days: number): Validity & { readonly renewAt: Date } {
  const notAfter = daysFrom(now, days);
  return { notBefore: daysFrom(now, -1), notAfter, renewAt: daysFrom(notAfter, -RENEW_DAYS_AHEAD) };
}

function pairFiles(name: string, pair: CertificateAndKey): Record<string, PkiFile> {
  return {
    [`${name}.pem`]: { content: pair.certificate, secret: false },
    [`${name}.key`]: { content: pair.key, secret: true },
  };
}

function daysFrom(instant: Date, days: number): Date {
  return new Date(instant.getTime() + days * DAY_MS);
}
