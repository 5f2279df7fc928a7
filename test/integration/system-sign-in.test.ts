/**
 * [B-1] Feeding systems and cards on one listener: neither is accepted as the other, whatever its certificate states.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { connect } from 'node:tls';
import type { ConnectionOptions } from 'node:tls';
import forge from 'node-forge';
import { configSchema } from '../../src/config/index.js';
import type { Config } from '../../src/config/index.js';
import { gatewaySettings } from '../../src/roles/settings.js';
import { CNS_CA_NAME, CNS_POLICY, issueCa, issueCard, makeCrl } from '../../src/dev/sandbox/pki.js';
import type { CertificateAndKey } from '../../src/dev/sandbox/pki.js';
import { cardName } from '../security/cards.js';
import { envelope, startTestGateway, textOf } from '../support/gateway.js';
import type { Reply } from '../support/gateway.js';
import { testPeople, testPki } from '../support/people.js';
import { postSoap } from '../support/post.js';
import { showsSentChain } from '../support/sent-chain.js';
import {
  OTHER_SYSTEM,
  QUESTION,
  SYSTEM,
  day,
  issueSystem,
  metadataEnvelope,
  metadataPlace,
} from './metadata-fixture.js';
import type { MetadataPlace } from './metadata-fixture.js';

const holder = testPeople.identities.doctor.codiceFiscale;

let place: MetadataPlace;
let cnsCa: CertificateAndKey;

beforeAll(async () => {
  const { cns } = await testPki();
  cnsCa = { certificate: readFileSync(cns.ca, 'utf8'), key: readFileSync(cns.caKey, 'utf8') };
  place = await metadataPlace();
});

afterAll(() => place.close());

const codeOf = (reply: Reply) => textOf(reply, 'esito') ?? textOf(reply, 'codice');
const askAs = async (pair: CertificateAndKey) => codeOf(await place.ask({}, place.present(pair)));

const holdersList = envelope('scaricoElencoAssistiti', {
  ...{ codiceFiscaleMedico: holder, codiceFiscaleMedicoTitolare: holder },
});

/** The doctors' endpoint, with any certificate. */
const list = (agent: Agent): Promise<Reply> => postSoap(place.gateway.endpoint, holdersList, agent);

const listAs = async (pair: CertificateAndKey) => codeOf(await list(place.present(pair)));

test('a system signs in with its certificate, a card with its own', async () => {
  expect(await askAs(await issueSystem(place.feedingCa))).toBe('0000');
  expect(await askAs(await issueSystem(place.feedingCa, { commonName: OTHER_SYSTEM }))).toBe('0000');
  expect(await listAs(await issueCard(cnsCa, { commonName: cardName(holder) }))).toBe('0000');
});

test('a card is not accepted as a system, whatever its name', async () => {
  expect(codeOf(await place.ask({}, place.gateway.card('doctor').agent))).toBe('CERTIFICATO_NON_ATTENDIBILE');
  expect(await askAs(await issueCard(cnsCa, { commonName: SYSTEM }))).toBe('CERTIFICATO_NON_ATTENDIBILE');
});

test('a system is not accepted as a card, whatever its name and policy', async () => {
  expect(await listAs(await issueSystem(place.feedingCa))).toBe('CERTIFICATO_NON_ATTENDIBILE');
  const cardLike = { commonName: cardName(holder), policies: [CNS_POLICY] };
  expect(await listAs(await issueSystem(place.feedingCa, cardLike))).toBe('CERTIFICATO_NON_ATTENDIBILE');
});

test('a connection of one kind is refused at the other endpoint', async () => {
  const agent = place.present(await issueSystem(place.feedingCa));
  for (let round = 0; round < 2; round++) {
    expect(codeOf(await place.ask({}, agent))).toBe('0000');
    expect(codeOf(await list(agent))).toBe('CERTIFICATO_NON_ATTENDIBILE');
  }
});

test('a system cannot sign in with user id, password and pincode', async () => {
  const ca = readFileSync((await testPki()).server.ca);
  expect(codeOf(await place.ask({}, new Agent({ ca })))).toBe('AUTENTICAZIONE_ASSENTE');
});

test.each([
  ['expired', { notBefore: day(-20), notAfter: day(-1) }, 'CERTIFICATO_SCADUTO'],
  ['not yet valid', { notBefore: day(1), notAfter: day(20) }, 'CERTIFICATO_NON_ANCORA_VALIDO'],
  ['of a server', { extendedKeyUsage: ['serverAuth'] }, 'CERTIFICATO_NON_ATTENDIBILE'],
  ['without extended key usage', { extendedKeyUsage: [] }, 'CERTIFICATO_NON_ATTENDIBILE'],
  ['of a system that is not enabled', { commonName: 'altro.example.it' }, 'UTENTE_NON_ABILITATO'],
  ['of a name with the same beginning', { commonName: `${SYSTEM}.evil.example` }, 'UTENTE_NON_ABILITATO'],
  ['of a name in capitals', { commonName: SYSTEM.toUpperCase() }, 'UTENTE_NON_ABILITATO'],
])('refused: a certificate %s', async (_title, options, codice) => {
  expect(await askAs(await issueSystem(place.feedingCa, options))).toBe(codice);
});

test('refused: a foreign CA of the same name, and an unknown one', async () => {
  for (const commonName of ['Feeding systems', 'Somebody']) {
    const foreign = await issueCa(undefined, { commonName, notBefore: day(-2), notAfter: day(30) });
    expect(await askAs(await issueSystem(foreign))).toBe('CERTIFICATO_NON_ATTENDIBILE');
  }
});

test('a refused sign-in writes a row without a name', async () => {
  place.gateway.setNow(new Date(place.gateway.now().getTime() + 120_000)); // the first of its kind in its minute
  const reply = await place.ask({}, place.gateway.card('doctor').agent);
  const rows: unknown = await place.gateway.db.query(
    'SELECT operation, outcome, method, user_id, doctor FROM audit.access_log WHERE request_id = $1',
    [reply.headers['x-request-id']],
  );
  const outcome = 'sign-in:certificate-untrusted';
  expect(rows).toEqual([
    { operation: 'metadata-communication', outcome, method: 'system', user_id: null, doctor: null },
  ]);
});

test.each([
  ['expired', { notBefore: day(-20), notAfter: day(-1) }, SYSTEM],
  ['not enabled', { commonName: 'altro.example.it' }, 'altro.example.it'],
])('a refused system of our CA is named: %s', async (_title, options, name) => {
  place.gateway.setNow(new Date(place.gateway.now().getTime() + 120_000));
  const agent = place.present(await issueSystem(place.feedingCa, options));
  const reply = await place.ask({}, agent);
  expect(
    await place.gateway.db.query('SELECT user_id FROM audit.access_log WHERE request_id = $1', [
      reply.headers['x-request-id'],
    ]),
  ).toEqual([{ user_id: name }]);
});

test('through an intermediate that is sent: also when the TLS session is resumed, which sends nothing', async () => {
  const issuer = await issueCa(place.feedingCa, { commonName: 'Region', notBefore: day(-2), notAfter: day(30) });
  const leaf = await issueSystem(issuer);
  const chain = { cert: leaf.certificate + issuer.certificate, key: leaf.key };
  // With the check on, the intermediate would have to be configured, with its list.
  const noCheck = { cardRevocationCheck: false, cardRevocationList: undefined, feedingSystemRevocationList: undefined };
  const at = await startTestGateway({ ...place.settings, ...noCheck });
  try {
    const { port } = new URL(at.endpoint);
    expect(await overTls(port, { cert: leaf.certificate, key: leaf.key })).toMatchObject({
      code: 'CERTIFICATO_NON_ATTENDIBILE',
    });
    const first = await overTls(port, chain);
    const code = (await showsSentChain()) ? '0000' : 'CERTIFICATO_NON_ATTENDIBILE';
    expect(first).toMatchObject({ resumed: false, code });
    expect(await overTls(port, { ...chain, session: first.session })).toMatchObject({ resumed: true, code });
    const asCard = await postSoap(at.endpoint, holdersList, place.present({ certificate: chain.cert, key: chain.key }));
    expect(codeOf(asCard)).toBe('CERTIFICATO_NON_ATTENDIBILE');
  } finally {
    await at.stop();
  }
});

test('through an intermediate that is configured, which need not be sent', async () => {
  const issuer = await issueCa(place.feedingCa, { commonName: 'Region', notBefore: day(-2), notAfter: day(30) });
  const lists = [
    readFileSync(String(place.settings.feedingSystemRevocationList), 'utf8'),
    makeCrl(issuer, { revoked: [], number: 1, thisUpdate: day(-1), nextUpdate: day(7) }),
  ];
  const at = await startTestGateway({
    ...place.settings,
    feedingSystemAnchors: place.file('with-issuer.pem', place.feedingCa.certificate + issuer.certificate),
    feedingSystemRevocationList: place.file('with-issuer.crl', lists.join('\n')),
  });
  try {
    const { certificate: cert, key } = await issueSystem(issuer);
    expect(await overTls(new URL(at.endpoint).port, { cert, key })).toMatchObject({ code: '0000' });
  } finally {
    await at.stop();
  }
});

/** One question on a separate TLS connection, so that the session can be observed and kept. */
async function overTls(
  port: string,
  options: ConnectionOptions,
): Promise<{ resumed: boolean; code: string; session: Buffer }> {
  const ca = readFileSync((await testPki()).server.ca);
  const body = metadataEnvelope(QUESTION);
  return new Promise((resolve, reject) => {
    let session = Buffer.alloc(0);
    let text = '';
    const socket = connect({ ...options, ca, port: Number(port), host: '127.0.0.1', servername: 'localhost' });
    socket.on('session', (ticket) => (session = ticket));
    socket.setEncoding('utf8').on('data', (part: string) => (text += part));
    socket.on('error', reject).on('end', () => {
      const code = /<(?:\w+:)?(?:esito|codice)>(\w+)</.exec(text)?.[1] ?? text;
      resolve({ resumed: socket.isSessionReused(), code, session });
    });
    socket.write(
      `POST ${new URL(place.endpoint).pathname} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n` +
        `Content-Type: text/xml; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
  });
}

test('a system that signs in the name of the cards’ authority does not turn a system into a card', async () => {
  // A certificate with the authority's name and key, issued by a feeding system's leaf: every signature of the chain is
  // valid. It has no key usage, which alone would forbid it to sign: that it is not a CA must suffice.
  const thief = await issueSystem(place.feedingCa, { keyUsage: [] });
  const authority = forge.pki.certificateFromPem(cnsCa.certificate);
  const bridge = forge.pki.createCertificate();
  bridge.publicKey = authority.publicKey;
  bridge.serialNumber = '4e01';
  bridge.validity.notBefore = day(-1);
  bridge.validity.notAfter = day(10);
  bridge.setSubject(authority.subject.attributes);
  bridge.setIssuer(forge.pki.certificateFromPem(thief.certificate).subject.attributes);
  bridge.setExtensions([
    { name: 'basicConstraints', cA: true },
    { name: 'keyUsage', keyCertSign: true },
  ]);
  bridge.sign(forge.pki.privateKeyFromPem(thief.key), forge.md.sha256.create());
  const bridgePem = forge.pki.certificateToPem(bridge);
  const card = await issueCard(cnsCa, { commonName: SYSTEM });
  expect(new X509Certificate(bridgePem).verify(new X509Certificate(thief.certificate).publicKey)).toBe(true);
  expect(new X509Certificate(card.certificate).verify(new X509Certificate(bridgePem).publicKey)).toBe(true);
  const chain = { certificate: card.certificate + bridgePem + thief.certificate, key: card.key };
  expect(await askAs(chain)).toBe('CERTIFICATO_NON_ATTENDIBILE');
});

test('forwarded by a trusted proxy, the kinds are distinguished as well', async () => {
  const at = await startTestGateway({ ...place.settings, trustedProxies: ['127.0.0.1'] });
  try {
    const forwarded = ({ certificate }: CertificateAndKey) => ({
      'Client-Cert': `:${new X509Certificate(certificate).raw.toString('base64')}:`,
    });
    const fields = { codiceFiscaleMedico: holder, codiceFiscaleMedicoTitolare: holder };
    const post = async (pair: CertificateAndKey) =>
      codeOf(await at.post(envelope('scaricoElencoAssistiti', fields), undefined, forwarded(pair)));
    const cardLike = { commonName: cardName(holder), policies: [CNS_POLICY] };
    expect(await post(await issueCard(cnsCa, cardLike))).toBe('0000');
    expect(await post(await issueSystem(place.feedingCa, cardLike))).toBe('CERTIFICATO_NON_ATTENDIBILE');
  } finally {
    await at.stop();
  }
});

test.each<[string, () => Partial<Config>, RegExp]>([
  [
    'anchors without a consent database',
    () => ({ consentDatabaseUrl: undefined }),
    /consentDatabaseUrl .*: required by/,
  ],
  ['anchors without a system', () => ({ feedingSystems: [] }), /feedingSystems .*: required by/],
  ['a system twice', () => ({ feedingSystems: ['080:a', '090:a'] }), /feedingSystems .*: «a» is there twice/],
  ['systems without anchors', () => ({ feedingSystemAnchors: undefined }), /feedingSystemAnchors .*: required/],
  [
    'no revocation list',
    () => ({ feedingSystemRevocationList: undefined }),
    /feedingSystemRevocationList .*: required/,
  ],
  [
    'a list although the check is off',
    () => ({ cardRevocationCheck: false, cardRevocationList: undefined }),
    /feedingSystemRevocationList .*: given although/,
  ],
  [
    'an authority of both kinds',
    () => ({ feedingSystemAnchors: place.file('both.pem', place.feedingCa.certificate + cnsCa.certificate) }),
    new RegExp(`both\\.pem: «.*${CNS_CA_NAME}.*» is in .* too`),
  ],
])('said at start: %s', (_title, changes, problem) => {
  const { server, cns, pincode } = place.gateway.pki;
  const whole = {
    databaseUrl: 'postgres://somewhere/else',
    tlsCertificate: server.certificate,
    tlsKey: server.key,
    cardAnchors: cns.ca,
    cardRevocationList: cns.crl,
    pincodeKey: pincode.key,
    ...place.settings,
  };
  const settingsOf = (config: Partial<Config>) => gatewaySettings(configSchema.parse(config));
  expect(settingsOf(whole).feeding?.systems).toContainEqual({ region: '080', name: SYSTEM });
  expect(() => settingsOf({ ...whole, ...changes() })).toThrow(problem);
});

test.each(['fse.example.it', '80:fse.example.it', '080:', '080: fse'])('«%s» names no system', (system) => {
  expect(configSchema.safeParse({ feedingSystems: [system] }).success).toBe(false);
});
