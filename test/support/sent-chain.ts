/**
 * Whether this Node shows a server the intermediates that a client sends. 24.21 does not (nodejs/node#65579): there a
 * card is trusted only if its issuer is configured. Tests of such chains ask here which of the two to expect.
 */
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import { issueCa, issueCard } from '../../src/dev/sandbox/pki.js';
import { testPki } from './people.js';

const DAY_MS = 86_400_000;

/** Makes one handshake on loopback. */
export async function showsSentChain(): Promise<boolean> {
  const { server: own } = await testPki();
  const validity = { notBefore: new Date(Date.now() - DAY_MS), notAfter: new Date(Date.now() + DAY_MS) };
  const root = await issueCa(undefined, { commonName: 'Root', ...validity });
  const sent = await issueCa(root, { commonName: 'Intermediate', ...validity });
  const leaf = await issueCard(sent, { commonName: 'Leaf' });
  const server = createServer({
    cert: readFileSync(own.certificate),
    key: readFileSync(own.key),
    ca: root.certificate,
    requestCert: true,
    rejectUnauthorized: false,
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = connect({
    port: (server.address() as AddressInfo).port,
    host: '127.0.0.1',
    rejectUnauthorized: false,
    cert: leaf.certificate + sent.certificate,
    key: leaf.key,
  });
  try {
    const socket = await new Promise<TLSSocket>((resolve, reject) => {
      server.once('secureConnection', resolve).once('tlsClientError', reject);
      client.once('error', reject);
    });
    // A certificate that is refused shows its chain in any case.
    if (!socket.authorized) throw new Error(`the probe is refused: ${String(socket.authorizationError)}`);
    return socket.getPeerX509Certificate()?.issuerCertificate !== undefined;
  } finally {
    client.destroy();
    server.close();
  }
}
