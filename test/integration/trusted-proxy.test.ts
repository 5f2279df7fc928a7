/** Certificates and addresses forwarded by a proxy (RFC 9440): accepted from trusted proxies only. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { CNS_CA_NAME, issueCard } from '../../src/dev/sandbox/pki.js';
import { cardName, forgedCard } from '../security/cards.js';
import { envelope, startTestGateway, textOf } from '../support/gateway.js';
import type { Credentials, Reply, TestGateway } from '../support/gateway.js';

const now = new Date();
const day = (count: number) => new Date(now.getTime() + count * 86_400_000);

let trusting: TestGateway;
let plain: TestGateway;

beforeAll(async () => {
  trusting = await startTestGateway({ trustedProxies: ['10.0.0.1', '::ffff:127.0.0.1'] });
  plain = await startTestGateway({ trustedProxies: ['10.0.0.1'] });
});

afterAll(async () => {
  await trusting.stop();
  await plain.stop();
});

const forwarded = (pem: string) => `:${new X509Certificate(pem).raw.toString('base64')}:`;
const pemOf = (at: TestGateway, role: 'doctor' | 'secondDoctor' | 'expired') =>
  readFileSync(at.pki.cards[role].certificate, 'utf8');

function list(at: TestGateway, headers: Record<string, string>, credentials?: Credentials): Promise<Reply> {
  const { codiceFiscale } = at.account('doctor');
  const fields = { codiceFiscaleMedico: codiceFiscale, codiceFiscaleMedicoTitolare: codiceFiscale };
  return at.post(envelope('scaricoElencoAssistiti', fields), credentials, headers);
}

const codeOf = async (reply: Promise<Reply>) => textOf(await reply, 'codice');

async function addressLogged(at: TestGateway, reply: Reply): Promise<unknown> {
  const rows: { address: string }[] = await at.db.query(
    'SELECT host(client_address) AS address FROM audit.access_log WHERE request_id = $1',
    [reply.headers['x-request-id']],
  );
  return rows[0]?.address;
}

describe('from a trusted address', () => {
  test('a card is accepted', async () => {
    const reply = await list(trusting, { 'Client-Cert': forwarded(pemOf(trusting, 'doctor')) });
    expect(textOf(reply, 'esito')).toBe('0000');
  });

  test.each([
    ['no certificate at all', () => ({})],
    ['an empty header', () => ({ 'Client-Cert': '' })],
  ])('%s is no sign-in', async (_title, headers) => {
    expect(await codeOf(list(trusting, headers()))).toBe('AUTENTICAZIONE_ASSENTE');
  });

  test.each([
    ['PEM', () => encodeURIComponent(pemOf(trusting, 'doctor'))],
    ['bare base64', () => new X509Certificate(pemOf(trusting, 'doctor')).raw.toString('base64')],
    ['no bytes', () => '::'],
    ['bytes that are not a certificate', () => ':AAECAwQF:'],
    ['a truncated certificate', () => `${forwarded(pemOf(trusting, 'doctor')).slice(0, 400)}:`],
    [
      'two certificates',
      () => `${forwarded(pemOf(trusting, 'doctor'))}, ${forwarded(pemOf(trusting, 'secondDoctor'))}`,
    ],
  ])('%s is unreadable', async (_title, header) => {
    expect(await codeOf(list(trusting, { 'Client-Cert': header() }))).toBe('CERTIFICATO_ILLEGGIBILE');
  });

  test('an issuer that only has the name of ours is not accepted', async () => {
    const forged = await forgedCard(CNS_CA_NAME, trusting.account('doctor').codiceFiscale, now);
    const reply = list(trusting, { 'Client-Cert': forwarded(forged.certificate) });
    expect(await codeOf(reply)).toBe('CERTIFICATO_NON_ATTENDIBILE');
  });

  test('the certificate’s content is checked as in a handshake', async () => {
    const { cns } = trusting.pki;
    const ca = { certificate: readFileSync(cns.ca, 'utf8'), key: readFileSync(cns.caKey, 'utf8') };
    const commonName = cardName(trusting.account('doctor').codiceFiscale);
    const withoutPolicy = await issueCard(ca, { commonName, policies: [] });
    const future = await issueCard(ca, { commonName, notBefore: day(1), notAfter: day(9) });
    const codes = [];
    for (const pem of [pemOf(trusting, 'expired'), withoutPolicy.certificate, future.certificate]) {
      codes.push(await codeOf(list(trusting, { 'Client-Cert': forwarded(pem) })));
    }
    expect(codes).toEqual(['CERTIFICATO_SCADUTO', 'CERTIFICATO_NON_CNS', 'CERTIFICATO_NON_ANCORA_VALIDO']);
  });

  test('the proxy’s own certificate is not its callers’', async () => {
    expect(await codeOf(list(trusting, {}, trusting.card('doctor')))).toBe('AUTENTICAZIONE_ASSENTE');
  });

  test.each([
    ['203.0.113.5', '203.0.113.5'],
    ['6.6.6.6, 203.0.113.5', '203.0.113.5'], // the part that the caller wrote comes first
    ['::ffff:203.0.113.5', '203.0.113.5'],
    ['2001:db8::7', '2001:db8::7'],
    ['203.0.113.5:4711', '127.0.0.1'],
    ['unknown', '127.0.0.1'],
    ["'; DROP TABLE audit.access_log; --", '127.0.0.1'],
    ['', '127.0.0.1'],
  ])('X-Forwarded-For «%s» is logged as %s', async (header, address) => {
    const reply = await list(trusting, {
      'X-Forwarded-For': header,
      'Client-Cert': forwarded(pemOf(trusting, 'doctor')),
    });
    expect(reply.status).toBe(200);
    expect(await addressLogged(trusting, reply)).toBe(address);
  });
});

describe('from other addresses', () => {
  test('a forwarded card is ignored', async () => {
    const headers = { 'Client-Cert': forwarded(pemOf(plain, 'doctor')) };
    expect(await codeOf(list(plain, headers))).toBe('AUTENTICAZIONE_ASSENTE');
  });

  test('the card of the handshake counts, whatever is forwarded', async () => {
    const reply = await list(plain, { 'Client-Cert': forwarded(pemOf(plain, 'doctor')) }, plain.card('secondDoctor'));
    expect(textOf(reply, 'esito')).toBe('1002');
  });

  test('a forwarded address is ignored', async () => {
    const reply = await list(plain, { 'X-Forwarded-For': '203.0.113.5' }, plain.card('doctor'));
    expect(await addressLogged(plain, reply)).toBe('127.0.0.1');
  });
});
