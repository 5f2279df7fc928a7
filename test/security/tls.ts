/** Attacks on TLS, and certificates that must be refused. */
import { connect as connectPlain } from 'node:net';
import { CNS_CA_NAME, issueCa, issueCard } from '../../src/dev/sandbox/pki.js';
import type { CertificateAndKey } from '../../src/dev/sandbox/pki.js';
import { attack, dropped, either, fault, refusedByAlert, served, status } from './attack.js';
import type { Attack, Expectation, Family } from './attack.js';
import { cardName, forgedCard, oddCards } from './cards.js';
import { goodMessage } from './messages.js';
import type { Seen, Target } from './target.js';

const PATH = '/ws/TestSierologici';
const untrusted = fault('CERTIFICATO_NON_ATTENDIBILE');
const get = `GET ${PATH}?wsdl HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`;

/** OpenSSL level 0: the client itself must not refuse. */
function version(title: string, expectation: Expectation, options: object): Attack {
  return attack(title, expectation, (target) => target.exchange(get, 3_000, options));
}

export const tlsFamily: Family = {
  name: 'TLS',
  attacks: (target) => [
    version('TLS 1.0', refusedByAlert, { minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: 'DEFAULT:@SECLEVEL=0' }),
    version('TLS 1.1', refusedByAlert, {
      minVersion: 'TLSv1.1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT:@SECLEVEL=0',
    }),
    version('TLS 1.2', status(200), { maxVersion: 'TLSv1.2' }),
    ...[
      'AES128-SHA',
      'AES128-GCM-SHA256',
      'ECDHE-RSA-AES128-SHA',
      'ECDHE-RSA-AES128-SHA256',
      'ECDHE-RSA-AES256-SHA384',
      'ADH-AES128-SHA256',
      'NULL-SHA256',
      'ECDHE-RSA-NULL-SHA',
      'DHE-RSA-AES128-SHA',
      'AECDH-AES128-SHA',
    ].map((cipher) =>
      version(`cipher ${cipher}`, refusedByAlert, { maxVersion: 'TLSv1.2', ciphers: `${cipher}:@SECLEVEL=0` }),
    ),
    version('signatures with SHA-1 only', refusedByAlert, {
      maxVersion: 'TLSv1.2',
      sigalgs: 'RSA+SHA1',
      ciphers: 'DEFAULT:@SECLEVEL=0',
    }),
    version('a curve of 192 bits', refusedByAlert, { maxVersion: 'TLSv1.2', ecdhCurve: 'prime192v1' }),
    version('another protocol by ALPN', refusedByAlert, { ALPNProtocols: ['h2'] }),
    version('server name of another', status(200), {
      servername: 'evil.example',
      checkServerIdentity: () => undefined,
    }),
    attack('renegotiation', dropped, renegotiate),
    attack('HTTP without TLS', either(dropped, status(400)), (at) => plain(at, get)),
    attack('random bytes', dropped, (at) => plain(at, Buffer.from('1603010fff'.repeat(200), 'hex'))),
    attack('a hello of 64 kB', dropped, (at) =>
      plain(at, Buffer.concat([Buffer.from('160301ffff01', 'hex'), Buffer.alloc(65_530, 1)])),
    ),
    ...(target.cardIssuer === undefined ? [] : certificates(target, target.cardIssuer)),
    ...['revoked', 'expired'].map((role) =>
      attack(
        `the sandbox’s ${role} card`,
        fault(role === 'revoked' ? 'CERTIFICATO_REVOCATO' : 'CERTIFICATO_SCADUTO'),
        (at) => at.post(goodMessage(at), { card: at.cardOf(role) }),
      ),
    ),
    attack('a CA of the same name', fault('CERTIFICATO_NON_ATTENDIBILE'), async (at) =>
      at.post(goodMessage(at), {
        card: await forgedCard(CNS_CA_NAME, at.identity('secondDoctor').codiceFiscale, new Date()),
      }),
    ),
    attack('a CA that nobody knows', fault('CERTIFICATO_NON_ATTENDIBILE'), async (at) =>
      at.post(goodMessage(at), {
        card: await forgedCard('Somebody', at.identity('secondDoctor').codiceFiscale, new Date()),
      }),
    ),
  ],
};

/** Every deviation of a card from a valid one, including harmless ones; then chains. */
function certificates(target: Target, issuer: NonNullable<Target['cardIssuer']>): Attack[] {
  const holder = target.identity('secondDoctor').codiceFiscale;
  const other = target.identity('doctor').codiceFiscale;
  const present = async (at: Target, card: Promise<CertificateAndKey>) =>
    at.post(goodMessage(at), { card: await card, tls: { ciphers: 'DEFAULT:@SECLEVEL=0' } });
  return [
    ...oddCards(holder, other, new Date()).map(({ title, codice, options }) =>
      attack(`card: ${title}`, codice === undefined ? served() : fault(codice), (at) =>
        present(at, issueCard(issuer, options)),
      ),
    ),
    attack('card: its issuer left out', untrusted, (at) =>
      present(
        at,
        chained(issuer, holder, () => ''),
      ),
    ),
    // If sent, the intermediate is trusted, but its revocation list is missing.
    attack('card: its issuer of no revocation list', fault('REVOCA_NON_VERIFICABILE'), (at) =>
      present(
        at,
        chained(issuer, holder, ({ certificate }) => certificate),
      ),
    ),
    attack('card: issued by another card', untrusted, (at) => present(at, issuedByCard(issuer, other, holder))),
    attack('card: signed by itself', untrusted, (at) =>
      present(at, issueCa(undefined, { commonName: cardName(holder), ...thisWeek() })),
    ),
    attack('card: a chain of 300 certificates', dropped, (at) => {
      const { certificate, key } = at.cardOf('secondDoctor');
      return at.exchange(get, 3_000, { cert: certificate + issuer.certificate.repeat(300), key });
    }),
  ];
}

const DAY_MS = 86_400_000;
const thisWeek = () => ({ notBefore: new Date(Date.now() - DAY_MS), notAfter: new Date(Date.now() + 6 * DAY_MS) });

/** A card by an intermediate of the trusted authority, and the part of the intermediate that is sent. */
async function chained(
  issuer: CertificateAndKey,
  holder: string,
  sent: (intermediate: CertificateAndKey) => string,
): Promise<CertificateAndKey> {
  const intermediate = await issueCa(issuer, { commonName: 'Issuer of cards', ...thisWeek() });
  const { certificate, key } = await issueCard(intermediate, { commonName: cardName(holder) });
  return { certificate: certificate + sent(intermediate), key };
}

async function issuedByCard(issuer: CertificateAndKey, thief: string, holder: string): Promise<CertificateAndKey> {
  const card = await issueCard(issuer, { commonName: cardName(thief) });
  const { certificate, key } = await issueCard(card, { commonName: cardName(holder) });
  return { certificate: certificate + card.certificate, key };
}

/** An answer after the second handshake would appear as status 200. */
function renegotiate(target: Target): Promise<Seen> {
  return new Promise((resolve) => {
    const socket = target.open({ maxVersion: 'TLSv1.2' });
    let text = '';
    socket
      .once('secureConnect', () => {
        socket.renegotiate({}, (error) => {
          if (error === null) socket.write(get);
          else socket.destroy();
        });
      })
      .on('data', (chunk: Buffer) => (text += chunk.toString('utf8')))
      .on('error', () => undefined)
      .on('close', () => {
        resolve({ status: text === '' ? 0 : 200, text, closed: true });
      });
    socket.setTimeout(5_000, () => socket.destroy());
  });
}

function plain(target: Target, bytes: string | Buffer): Promise<Seen> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connectPlain(Number(target.url.port), target.url.hostname, () => socket.write(bytes))
      .on('data', (chunk: Buffer) => (text += chunk.toString('latin1')))
      .on('error', () => undefined)
      .on('close', () => {
        // A TLS alert is no HTTP answer.
        resolve({ status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0), text: '', closed: true });
      });
    socket.setTimeout(12_000, () => {
      resolve({ status: 0, text: '', closed: false });
      socket.destroy();
    });
  });
}
