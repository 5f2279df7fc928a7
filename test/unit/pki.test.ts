/** The development PKI: created once, repaired in parts, and verified by the TLS library that uses it. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { constants, privateDecrypt, publicEncrypt, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { createLogger } from '../../src/platform/log.js';
import {
  CNS_CA_NAME,
  ensureDevelopmentPki,
  issueCa,
  issueCard,
  makeCrl,
  PKCS12_PASSWORD,
  type CertificateAndKey,
  type DevelopmentPki,
  type DevelopmentPkiOptions,
} from '../../src/dev/sandbox/pki.js';

/** OpenSSL checks certificates at the present instant, so this test must use it too. */
const NOW = new Date();
const DAY_MS = 86_400_000;
const person = (codiceFiscale: string): { codiceFiscale: string } => ({ codiceFiscale });
const PEOPLE = {
  doctor: person('RSSMRA80A01H501U'),
  secondDoctor: person('MRTMTT25D09F205Z'),
  substitute: person('MLLSNT82P65Z404U'),
  revoked: person('RSSMRA85T10A562S'),
  expired: person('BNZVCN32S10E573Z'),
  aslOperator: person('VRDLGU70A01H501F'),
};

let directory: string;
let pki: DevelopmentPki;

function options(changes: Partial<DevelopmentPkiOptions> = {}): DevelopmentPkiOptions {
  return {
    directory,
    people: PEOPLE,
    now: NOW,
    serverNames: ['gateway.test'],
    log: createLogger('silent'),
    ...changes,
  };
}

async function snapshot(): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for (const file of (await readdir(directory)).sort()) {
    if (file !== 'manifest.json') files[file] = (await readFile(join(directory, file))).toString('base64');
  }
  return files;
}

/** The files that differ after a second run on the directory. */
async function changedBy(changes: Partial<DevelopmentPkiOptions>): Promise<string[]> {
  const before = await snapshot();
  await ensureDevelopmentPki(options(changes));
  const after = await snapshot();
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((file) => before[file] !== after[file]);
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pki-'));
  // Two programs that start together: the second waits, and finds everything created.
  const [first] = await Promise.all([ensureDevelopmentPki(options()), ensureDevelopmentPki(options())]);
  pki = first;
}, 120_000);

afterAll(async () => {
  await rm(directory, { recursive: true });
});

test('only the owner can read private keys; the rest is as documented', async () => {
  const files = await readdir(directory);
  const secrets = files.filter((file) => /\.(key|p12)$/.test(file));
  expect(secrets).toHaveLength(16);
  for (const file of secrets) expect([file, (await stat(join(directory, file))).mode & 0o777]).toEqual([file, 0o600]);
  expect(files.filter((file) => file.startsWith('.'))).toEqual([]);
});

test('the server certificate is for the given names, and valid no longer than browsers allow', async () => {
  const server = new X509Certificate(await readFile(pki.server.certificate));
  for (const name of ['localhost', 'carta.localhost', 'gateway.test']) expect(server.checkHost(name)).toBe(name);
  for (const address of ['127.0.0.1', '::1']) expect(server.checkIP(address)).toBeDefined();
  expect(server.checkHost('elsewhere.test')).toBeUndefined();
  expect(Date.parse(server.validTo) - Date.parse(server.validFrom)).toBeLessThanOrEqual(398 * DAY_MS);
});

test('a card names its holder before the first slash, and one hash contains both slash and plus', async () => {
  for (const role of ['doctor', 'secondDoctor', 'substitute', 'revoked', 'expired'] as const) {
    const certificate = new X509Certificate(await readFile(pki.cards[role].certificate));
    const CN = String(certificate.toLegacyObject().subject.CN);
    expect(CN).toMatch(/^[A-Z0-9]{16}\/[0-9]{16}\.[A-Za-z0-9+/]{27}=$/);
    expect(CN.split('/')[0]).toBe(PEOPLE[role].codiceFiscale);
    if (role === 'doctor') expect(CN.split('.')[1]).toMatch(/(?=.*\/)(?=.*\+)/);
  }
});

test('the pincode certificate’s key decrypts what was encrypted for it, and both encodings are one certificate', async () => {
  const certificate = await readFile(pki.pincode.certificate);
  const encrypted = publicEncrypt(
    { key: certificate, padding: constants.RSA_PKCS1_OAEP_PADDING },
    Buffer.from('0123456789'),
  );
  const key = { key: await readFile(pki.pincode.key), padding: constants.RSA_PKCS1_OAEP_PADDING };
  expect(privateDecrypt(key, encrypted).toString()).toBe('0123456789');
  expect(new X509Certificate(certificate).raw).toEqual(await readFile(pki.pincode.der));
});

describe('the verdict of a TLS server that trusts the CNS authority on a card', () => {
  const HOLDER = 'RSSMRA80A01H501U/1234567890123456.aaaaaaaaaaaaaaaaaaaaaaaaaaa=';
  let authority: CertificateAndKey;

  beforeAll(async () => {
    authority = { certificate: await readFile(pki.cns.ca, 'utf8'), key: await readFile(pki.cns.caKey, 'utf8') };
  });

  /** `authorized`, or OpenSSL's reason. */
  async function verdict(client: ConnectionOptions, moreCrls: readonly string[] = []): Promise<string> {
    const server = createServer({
      cert: await readFile(pki.server.certificate),
      key: await readFile(pki.server.key),
      ca: await readFile(pki.cns.ca),
      crl: [await readFile(pki.cns.crl, 'utf8'), ...moreCrls],
      requestCert: true,
      rejectUnauthorized: false,
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const accepted = new Promise<TLSSocket>((resolve) => server.once('secureConnection', resolve));
    const socket = connect({ ...client, port: address.port, host: '127.0.0.1', ca: await readFile(pki.server.ca) });
    await once(socket, 'secureConnect'); // rejects unless the server's own chain and name are right
    const peer = await accepted;
    const answer = peer.authorized ? 'authorized' : String(peer.authorizationError);
    socket.destroy();
    peer.destroy();
    server.close();
    await once(server, 'close');
    return answer;
  }

  const presented = ({ certificate, key }: CertificateAndKey): ConnectionOptions => ({ cert: certificate, key });

  test('doctor, from the PKCS#12 file: accepted', async () => {
    const card = { pfx: await readFile(pki.cards.doctor.pkcs12), passphrase: PKCS12_PASSWORD };
    expect(await verdict(card)).toBe('authorized');
  });

  test.each([
    ['secondDoctor', 'authorized'],
    ['substitute', 'authorized'],
    ['revoked', 'CERT_REVOKED'],
    ['expired', 'CERT_HAS_EXPIRED'],
  ] as const)('%s: %s', async (role, expected) => {
    const { certificate, key } = pki.cards[role];
    expect(await verdict({ cert: await readFile(certificate), key: await readFile(key) })).toBe(expected);
  });

  test('intentionally invalid cards are invalid in exactly that way', async () => {
    const good = await issueCard(authority, { commonName: HOLDER });
    const notYet = await issueCard(authority, { commonName: HOLDER, notBefore: new Date(NOW.getTime() + DAY_MS) });
    const wrongUse = await issueCard(authority, { commonName: HOLDER, extendedKeyUsage: ['serverAuth'] });
    expect(await verdict(presented(good))).toBe('authorized');
    expect(await verdict(presented(notYet))).toBe('CERT_NOT_YET_VALID');
    expect(await verdict(presented(wrongUse))).toBe('INVALID_PURPOSE');
  });

  test('a foreign authority with the same name is not trusted', async () => {
    const validity = { notBefore: new Date(NOW.getTime() - DAY_MS), notAfter: new Date(NOW.getTime() + DAY_MS) };
    const foreign = await issueCa(undefined, { commonName: CNS_CA_NAME, ...validity });
    expect(await verdict(presented(await issueCard(foreign, { commonName: HOLDER })))).not.toBe('authorized');
  });

  test('an intermediate authority is trusted only if the card sends it along', async () => {
    const validity = { notBefore: new Date(NOW.getTime() - DAY_MS), notAfter: new Date(NOW.getTime() + DAY_MS) };
    const intermediate = await issueCa(authority, { commonName: 'Development CNS intermediate', ...validity });
    const card = await issueCard(intermediate, { commonName: HOLDER });
    const crl = makeCrl(intermediate, {
      revoked: [],
      number: 1,
      thisUpdate: validity.notBefore,
      nextUpdate: validity.notAfter,
    });
    const chain = { ...presented(card), cert: card.certificate + intermediate.certificate };
    expect(await verdict(chain, [crl])).toBe('authorized');
    expect(await verdict(presented(card), [crl])).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
  });

  test('policy, subject serial number and key size are as requested', async () => {
    const wanted = {
      commonName: HOLDER,
      serialNumber: 'TINIT-RSSMRA80A01H501U',
      keyType: 'rsa1024',
      policies: [],
    } as const;
    const card = new X509Certificate((await issueCard(authority, wanted)).certificate);
    const plain = new X509Certificate((await issueCard(authority, { commonName: HOLDER })).certificate);
    expect(card.subject).toContain('serialNumber=TINIT-RSSMRA80A01H501U');
    expect(card.publicKey.asymmetricKeyDetails?.modulusLength).toBe(1024);
    const cnsPolicy = Buffer.from('06052b4c100201', 'hex'); // 1.3.76.16.2.1 as DER
    expect(card.raw.includes(cnsPolicy)).toBe(false);
    expect(plain.raw.includes(cnsPolicy)).toBe(true);
  });
});

describe('a later start', () => {
  test('creates nothing if everything is valid', async () => {
    expect(await changedBy({})).toEqual([]);
  });

  test('recreates the revocation list after a day', async () => {
    expect(await changedBy({ now: new Date(NOW.getTime() + DAY_MS) })).toEqual(['cns-ca.crl.pem']);
    await ensureDevelopmentPki(options());
  });

  test('repairs the state after a kill: half-written files, a lock, a key that fits nothing', async () => {
    const dead = spawnSync(process.execPath, ['-e', '']).pid;
    await writeFile(join(directory, '.lock'), String(dead));
    await writeFile(join(directory, '.00000000-0000-4000-8000-000000000000.tmp'), 'half');
    await writeFile(pki.server.key, await readFile(pki.pincode.key));
    await rm(pki.cards.doctor.pkcs12);
    const leftOvers = ['.00000000-0000-4000-8000-000000000000.tmp', '.lock'];
    const remade = ['doctor.key', 'doctor.p12', 'doctor.pem', 'server.key', 'server.pem'];
    expect((await changedBy({})).sort()).toEqual([...leftOvers, ...remade]);
  });

  test('is not blocked by a stale lock of a predecessor with the same process id, as in a container', async () => {
    await writeFile(join(directory, '.lock'), String(process.pid));
    expect(await changedBy({})).toEqual(['.lock']);
  });

  test('recreates only what was created for other names or people', async () => {
    expect(await changedBy({ serverNames: ['other.test'] })).toEqual(['server.key', 'server.pem']);
    const people = { ...PEOPLE, revoked: person('BNZVCN32S10E57PV') };
    const changed = await changedBy({ serverNames: ['other.test'], people });
    expect(changed).toEqual(['cns-ca.crl.pem', 'revoked.key', 'revoked.p12', 'revoked.pem']);
  });

  test('recreates what expires within 30 days, and everything below a lost authority', async () => {
    const people = { ...PEOPLE, revoked: person('BNZVCN32S10E57PV') };
    const later = { serverNames: ['other.test'], people, now: new Date(NOW.getTime() + 370 * DAY_MS) };
    expect(await changedBy(later)).toEqual(['cns-ca.crl.pem', 'server.key', 'server.pem']);
    await rm(pki.cns.caKey);
    const changed = await changedBy(later);
    const untouched = [
      'pincode.cer',
      'pincode.key',
      'pincode.pem',
      'server-ca.key',
      'server-ca.pem',
      'server.key',
      'server.pem',
    ];
    const all = await readdir(directory);
    expect(changed.sort()).toEqual(all.filter((file) => ![...untouched, 'manifest.json'].includes(file)).sort());
  }, 60_000);
});
