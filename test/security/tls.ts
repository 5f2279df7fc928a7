/** Attacks on TLS, and certificates that must not open. */
import { connect as connectPlain } from 'node:net';
import { CNS_CA_NAME, issueCard } from '../../src/sandbox/pki.js';
import { attack, dropped, either, fault, served, status } from './attack.js';
import type { Attack, Expectation, Family } from './attack.js';
import { forgedCard, oddCards } from './cards.js';
import { goodMessage } from './messages.js';
import type { Seen, Target } from './target.js';

const PATH = '/ws/TestSierologici';
const get = `GET ${PATH}?wsdl HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`;

/** Level 0: the client must not be what refuses. */
function version(title: string, expectation: Expectation, options: object): Attack {
  return attack(title, expectation, (target) => target.exchange(get, 3_000, options));
}

export const tlsFamily: Family = {
  name: 'TLS',
  attacks: (target) => [
    version('TLS 1.0', dropped, { minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: 'DEFAULT:@SECLEVEL=0' }),
    version('TLS 1.1', dropped, { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT:@SECLEVEL=0' }),
    version('TLS 1.2', status(200), { maxVersion: 'TLSv1.2' }),
    ...[
      'AES128-SHA',
      'AES128-GCM-SHA256',
      'ECDHE-RSA-AES128-SHA',
      'ADH-AES128-SHA256',
      'NULL-SHA256',
      'ECDHE-RSA-NULL-SHA',
    ].map((cipher) =>
      version(`cipher ${cipher}`, dropped, { maxVersion: 'TLSv1.2', ciphers: `${cipher}:@SECLEVEL=0` }),
    ),
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

/** One card for each way to be refused: test/integration/card-sign-in has them all. */
function certificates(target: Target, issuer: NonNullable<Target['cardIssuer']>): Attack[] {
  const holder = target.identity('secondDoctor').codiceFiscale;
  const all = oddCards(holder, target.identity('doctor').codiceFiscale, new Date());
  return [...new Map(all.map((card) => [card.codice, card])).values()].map(({ title, codice, options }) =>
    attack(`card: ${title}`, codice === undefined ? served() : fault(codice), async (at) =>
      at.post(goodMessage(at), { card: await issueCard(issuer, options), tls: { ciphers: 'DEFAULT:@SECLEVEL=0' } }),
    ),
  );
}

/** An answer after the second handshake would show as status 200. */
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
