/** [T-1] Sign-in with a card, through real handshakes: every possible defect of a certificate, and its fault. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { X509Certificate } from 'node:crypto';
import type { SecureVersion } from 'node:tls';
import { isOf, readList } from '../../src/platform/tls/revocation-list.js';
import { cardTlsOptions } from '../../src/platform/tls/index.js';
import { CNS_CA_NAME, issueCa, issueCard, makeCrl } from '../../src/dev/sandbox/pki.js';
import type { CertificateAndKey } from '../../src/dev/sandbox/pki.js';
import { cardName, forgedCard, oddCards } from '../security/cards.js';
import { envelope, startTestGateway, textOf } from '../support/gateway.js';
import type { Credentials, Reply, TestGateway } from '../support/gateway.js';
import { testPeople, testPki } from '../support/people.js';

const now = new Date();
const DAY_MS = 86_400_000;
const holder = testPeople.identities.doctor.codiceFiscale;
const other = testPeople.identities.secondDoctor.codiceFiscale;
const cards = oddCards(holder, other, now);
const day = (count: number) => new Date(now.getTime() + count * DAY_MS);
const caValidity = { notBefore: day(-400), notAfter: day(400) };

let gateway: TestGateway;
let ca: CertificateAndKey;
let directory: string;

beforeAll(async () => {
  const pki = await testPki();
  ca = { certificate: readFileSync(pki.cns.ca, 'utf8'), key: readFileSync(pki.cns.caKey, 'utf8') };
  directory = mkdtempSync(join(tmpdir(), 'passerella-cards-'));
  gateway = await startTestGateway();
});

afterAll(async () => {
  await gateway.stop();
  rmSync(directory, { recursive: true });
});

/** The patient list of the card's holder, which every doctor may request. */
function list(at: TestGateway, credentials: Credentials, doctor = holder): Promise<Reply> {
  const fields = { codiceFiscaleMedico: doctor, codiceFiscaleMedicoTitolare: doctor };
  return at.call('scaricoElencoAssistiti', fields, credentials);
}

function refused(reply: Reply, codice: string): void {
  expect({ status: reply.status, codice: textOf(reply, 'codice') }).toEqual({ status: 500, codice });
  expect(textOf(reply, 'faultcode')).toBe('soap:Client');
}

/** OpenSSL level 0, which a client with an old card must set to use its own key. */
async function present({ certificate, key }: CertificateAndKey, version?: SecureVersion): Promise<Credentials> {
  const serverCa = readFileSync((await testPki()).server.ca);
  const versions = version === undefined ? {} : { minVersion: version, maxVersion: version };
  return { agent: new Agent({ ca: serverCa, cert: certificate, key, ciphers: 'DEFAULT:@SECLEVEL=0', ...versions }) };
}

function fileOf(name: string, ...blocks: string[]): string {
  const file = join(directory, name);
  writeFileSync(file, blocks.join('\n'));
  return file;
}

const crl = (issuer: CertificateAndKey, revoked: readonly string[] = [], nextUpdate = day(7)): string =>
  makeCrl(issuer, {
    revoked: revoked.map((serialNumber) => ({ serialNumber, revokedAt: day(-2) })),
    number: 1,
    thisUpdate: day(-3),
    nextUpdate,
  });

test.each(cards.filter(({ codice }) => codice === undefined))('accepted: $title', async ({ options }) => {
  const reply = await list(gateway, await present(await issueCard(ca, options)));
  expect(reply.status).toBe(200);
  expect(textOf(reply, 'esito')).toBe('0000');
});

test.each(cards.filter(({ codice }) => codice !== undefined))('refused: $title', async ({ options, codice = '' }) => {
  refused(await list(gateway, await present(await issueCard(ca, options))), codice);
});

test('refused: the sandbox’s revoked and expired cards', async () => {
  refused(await list(gateway, gateway.card('revoked')), 'CERTIFICATO_REVOCATO');
  refused(await list(gateway, gateway.card('expired')), 'CERTIFICATO_SCADUTO');
});

test('refused: a foreign CA of the same name', async () => {
  refused(
    await list(gateway, await present(await forgedCard(CNS_CA_NAME, holder, now))),
    'CERTIFICATO_NON_ATTENDIBILE',
  );
});

test('refused: a self-signed certificate', async () => {
  const own = await issueCa(undefined, { commonName: cardName(holder), ...caValidity });
  refused(await list(gateway, await present(own)), 'CERTIFICATO_NON_ATTENDIBILE');
});

test('refused: a CA that is not configured', async () => {
  refused(await list(gateway, await present(await forgedCard('Somebody', holder, now))), 'CERTIFICATO_NON_ATTENDIBILE');
});

test('refused: a suspended account, and accepted again when the suspension ends', async () => {
  const suspend = (value: string) =>
    gateway.db.query(`UPDATE auth.account SET suspended_at = ${value} WHERE codice_fiscale = $1`, [holder]);
  await suspend('now()');
  refused(await list(gateway, gateway.card('doctor')), 'UTENTE_NON_ABILITATO');
  await suspend('NULL');
  expect((await list(gateway, gateway.card('doctor'))).status).toBe(200);
});

test('a connection that outlives the certificate is refused', async () => {
  const kept = {
    agent: new Agent({
      keepAlive: true,
      ...(await pemOf(await issueCard(ca, { commonName: cardName(holder), notBefore: day(-1), notAfter: day(2) }))),
    }),
  };
  expect((await list(gateway, kept)).status).toBe(200);
  gateway.setNow(day(3));
  refused(await list(gateway, kept), 'CERTIFICATO_SCADUTO');
  gateway.setNow(new Date());
  kept.agent.destroy();
});

test('the card decides: additional Basic credentials do not help a bad one', async () => {
  const { basic = '' } = gateway.basic('doctor');
  const { pincode } = gateway.account('doctor');
  const fields = { codiceFiscaleMedico: holder, codiceFiscaleMedicoTitolare: holder };
  const body = envelope('scaricoElencoAssistiti', fields, gateway.pinCode(pincode));
  refused(await gateway.post(body, { ...gateway.card('revoked'), basic }), 'CERTIFICATO_REVOCATO');
});

test('the first refusal of its kind in a minute writes its row in the access log [T-60]', async () => {
  gateway.setNow(new Date(gateway.now().getTime() + 120_000));
  const reply = await list(gateway, gateway.card('revoked'));
  const rows: unknown = await gateway.db.query(
    'SELECT outcome, method, operation, user_id, doctor FROM audit.access_log WHERE request_id = $1',
    [reply.headers['x-request-id']],
  );
  expect(rows).toEqual([
    {
      ...{ outcome: 'sign-in:certificate-revoked', method: 'card', operation: 'patient-list' },
      ...{ user_id: gateway.account('revoked').userId, doctor: null },
    },
  ]);
});

test('[T-60] a refused card of our CAs is named in a row each time; another card is not named', async () => {
  const named = async (options: Credentials): Promise<(string | null)[]> => {
    const names: (string | null)[] = [];
    for (let time = 0; time < 2; time++) {
      const reply = await list(gateway, options);
      const rows = await gateway.db.query<{ user_id: string | null }[]>(
        'SELECT user_id FROM audit.access_log WHERE request_id = $1',
        [reply.headers['x-request-id']],
      );
      names.push(...rows.map(({ user_id }) => user_id));
    }
    return names;
  };
  gateway.setNow(new Date(gateway.now().getTime() + 240_000)); // rows of an earlier minute do not count
  const { userId } = gateway.account('doctor');
  const stranger = 'BNCLRA70B41F205X';
  const past = { notBefore: day(-20), notAfter: day(-1) };
  const expired = await issueCard(ca, { commonName: cardName(holder), ...past });
  const { userId: revoked } = gateway.account('revoked');
  expect(await named(gateway.card('revoked'))).toEqual([revoked, revoked]);
  expect(await named(await present(expired))).toEqual([userId, userId]);
  await gateway.db.query('UPDATE auth.account SET suspended_at = now() WHERE codice_fiscale = $1', [holder]);
  expect(await named(gateway.card('doctor'))).toEqual([userId, userId]);
  await gateway.db.query('UPDATE auth.account SET suspended_at = NULL WHERE codice_fiscale = $1', [holder]);

  // For a holder without an account only the first refusal of a minute has a row: a stranger, although identified.
  expect(await named(await present(await issueCard(ca, { commonName: cardName(stranger) })))).toEqual([stranger]);

  // OpenSSL reports these as expired too, but no authority here vouches for the name.
  for (const issuer of [CNS_CA_NAME, 'Somebody']) {
    const foreign = await issueCa(undefined, { commonName: issuer, ...caValidity });
    const forged = await issueCard(foreign, { commonName: cardName(holder), ...past });
    expect([...new Set(await named(await present(forged)))].filter((name) => name !== null)).toEqual([]);
  }
  const own = await issueCa(undefined, { commonName: cardName(holder), ...past });
  expect((await named(await present(own))).filter((name) => name !== null)).toEqual([]);
});

async function authorities() {
  const root = await issueCa(undefined, { commonName: 'Root of cards', ...caValidity });
  return { root, intermediate: await issueCa(root, { commonName: 'Issuer of cards', ...caValidity }) };
}

async function pemOf({ certificate, key }: CertificateAndKey) {
  return { ca: readFileSync((await testPki()).server.ca), cert: certificate, key };
}

describe('with old cards allowed', () => {
  test.each(['rsa1024', 'sha1'] as const)('%s is accepted, an expired one is not', async (kind) => {
    const legacy = await startTestGateway({ legacyCards: true });
    try {
      const old = kind === 'sha1' ? { signature: kind } : { keyType: kind };
      const commonName = cardName(holder);
      expect((await list(legacy, await present(await issueCard(ca, { commonName, ...old })))).status).toBe(200);
      const expired = await issueCard(ca, { commonName, ...old, notBefore: day(-20), notAfter: day(-1) });
      refused(await list(legacy, await present(expired)), 'CERTIFICATO_SCADUTO');
    } finally {
      await legacy.stop();
    }
  });
});

describe('chains', () => {
  test.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'an intermediate that is configured with its root need not be sent (%s)',
    async (version) => {
      const { root, intermediate } = await authorities();
      const card = await issueCard(intermediate, { commonName: cardName(holder) });
      const cardRevocationList = fileOf('chain.crl', crl(root), crl(intermediate));
      const rootFile = fileOf('root.pem', root.certificate);
      const byRoot = await startTestGateway({
        cardAnchors: rootFile,
        cardRevocationList: fileOf('root.crl', crl(root)),
      });
      const both = fileOf('both.pem', intermediate.certificate, root.certificate);
      const byBoth = await startTestGateway({ cardAnchors: both, cardRevocationList });
      try {
        refused(await list(byRoot, await present(card, version)), 'CERTIFICATO_NON_ATTENDIBILE');
        expect((await list(byBoth, await present(card, version))).status).toBe(200);
      } finally {
        await byRoot.stop();
        await byBoth.stop();
      }
    },
  );

  test('revoking an intermediate revokes its cards', async () => {
    const { root, intermediate } = await authorities();
    const card = await issueCard(intermediate, { commonName: cardName(holder) });
    const serial = new X509Certificate(intermediate.certificate).serialNumber;
    const at = await startTestGateway({
      cardAnchors: fileOf('both.pem', intermediate.certificate, root.certificate),
      cardRevocationList: fileOf('chain.crl', crl(root, [serial]), crl(intermediate)),
    });
    try {
      refused(await list(at, await present(card)), 'CERTIFICATO_REVOCATO');
    } finally {
      await at.stop();
    }
  });

  test('without the CRL of one link revocation is unknown', async () => {
    const { root, intermediate } = await authorities();
    const card = await issueCard(intermediate, { commonName: cardName(holder) });
    const at = await startTestGateway({
      cardAnchors: fileOf('root.pem', root.certificate),
      cardRevocationList: fileOf('chain.crl', crl(root)),
    });
    try {
      const chain = { certificate: card.certificate + intermediate.certificate, key: card.key };
      refused(await list(at, await present(chain)), 'REVOCA_NON_VERIFICABILE');
    } finally {
      await at.stop();
    }
  });

  test('an issuing CA without its root, which would refuse every card, is reported at start', async () => {
    const { intermediate } = await authorities();
    const { certificate, key } = gateway.pki.server;
    const anchors = fileOf('issuer.pem', intermediate.certificate);
    expect(() => cardTlsOptions({ certificate, key, anchors, revocationList: undefined, legacy: false })).toThrow(
      /issuer\.pem: .*Issuer of cards.* not in the file/,
    );
  });

  test('a card cannot issue another: its chain is refused', async () => {
    const thief = await issueCard(ca, { commonName: cardName(other) });
    const made = await issueCard(thief, { commonName: cardName(holder) });
    const chain = { certificate: made.certificate + thief.certificate, key: made.key };
    refused(await list(gateway, await present(chain)), 'CERTIFICATO_NON_ATTENDIBILE');
  });
});

describe('revocation lists', () => {
  test('expired: no card can be verified', async () => {
    const at = await startTestGateway({ cardRevocationList: fileOf('expired.crl', crl(ca, [], day(-1))) });
    try {
      refused(await list(at, at.card('doctor')), 'REVOCA_NON_VERIFICABILE');
    } finally {
      await at.stop();
    }
  });

  test('of a CA that encodes its name differently: the signature decides', async () => {
    const { certificate } = await issueCa(undefined, { commonName: 'DEVELOPMENT CNS ISSUER', ...caValidity });
    const list = readList(crl({ certificate, key: ca.key }));
    expect(isOf(list, new X509Certificate(ca.certificate))).toBe(true);
    expect(isOf(list, new X509Certificate(certificate))).toBe(false);
  });

  test.each([
    ['another CA', 'Somebody'],
    ['one that forged the CA’s name', CNS_CA_NAME],
  ])('of %s: refused at start, because OpenSSL would end connections over it', async (_title, commonName) => {
    const { certificate, key, anchors } = { ...gateway.pki.server, anchors: gateway.pki.cns.ca };
    const foreign = await issueCa(undefined, { commonName, ...caValidity });
    const revocationList = fileOf('foreign.crl', crl(ca), crl(foreign));
    expect(() => cardTlsOptions({ certificate, key, anchors, revocationList, legacy: false })).toThrow(
      `foreign.crl: the issuer of a revocation list, «IT, Passerella development, ${commonName}» is not in the file of the CAs, or did not sign it`,
    );
  });

  test('a new list reaches open connections and resumed TLS sessions', async () => {
    const card = await issueCard(ca, { commonName: cardName(holder) });
    const file = fileOf('renewed.crl', crl(ca));
    const at = await startTestGateway({ cardRevocationList: file });
    const agent = new Agent({ keepAlive: true, maxCachedSessions: 10, ...(await pemOf(card)) });
    try {
      expect((await list(at, { agent })).status).toBe(200);
      writeFileSync(file, crl(ca, [new X509Certificate(card.certificate).serialNumber]));
      const readAgain = () => at.logged.some(({ message }) => message === 'TLS files read again');
      while (!readAgain()) await pause(100); // bounded by jest's test timeout
      // The kept-alive connection may be closed under the request that was to use it: a client sends it again.
      const reply = await list(at, { agent }).catch(() => list(at, { agent }));
      refused(reply, 'CERTIFICATO_REVOCATO');
    } finally {
      agent.destroy();
      await at.stop();
    }
  });
});
