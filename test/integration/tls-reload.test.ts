/** TLS files that change while the gateway runs [S-1]: in force for the next request, without a restart. */
import { copyFile, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { X509Certificate } from 'node:crypto';
import { connect } from 'node:tls';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { issueServer, makeCrl } from '../../src/dev/sandbox/pki.js';
import { DONE_VERDICT, doctorByCard, doctorByPassword, verdictOf } from '../support/doctors.js';
import type { Doctor } from '../support/doctors.js';
import { startTestGateway, textOf } from '../support/gateway.js';
import type { Reply, TestGateway } from '../support/gateway.js';
import { testPki } from '../support/people.js';
import { eventually } from '../support/post.js';

const DAY_MS = 86_400_000;

let directory: string;
let revocationList: string;
let tlsCertificate: string;
let tlsKey: string;
let gateway: TestGateway;
let doctor: Doctor;

beforeAll(async () => {
  const pki = await testPki();
  directory = await mkdtemp(join(tmpdir(), 'passerella-reload-'));
  revocationList = join(directory, 'crl.pem');
  tlsCertificate = join(directory, 'server.pem');
  tlsKey = join(directory, 'server.key');
  await copyFile(pki.cns.crl, revocationList);
  await copyFile(pki.server.certificate, tlsCertificate);
  await copyFile(pki.server.key, tlsKey);
  gateway = await startTestGateway({ cardRevocationList: revocationList, tlsCertificate, tlsKey });
  doctor = doctorByCard(gateway, 'doctor');
});

afterAll(async () => {
  await gateway.stop();
  await rm(directory, { recursive: true, force: true });
});

const timesLogged = (message: string) => gateway.logged.filter((line) => line['message'] === message).length;

/** Replaces by rename, as tools do: nobody reads half a file. */
async function replace(file: string, text: string): Promise<void> {
  await writeFile(`${file}.new`, text);
  await rename(`${file}.new`, file);
}

/** Replaces a file and waits until the gateway has logged whether it can use it. */
async function replaceAndWait(file: string, text: string, message: string): Promise<void> {
  const before = timesLogged(message);
  await replace(file, text);
  await eventually(message, () => timesLogged(message) > before);
}

/** The kept-alive connection may be closing while we write on it: a client then sends again, on a new one. */
const sendAgain = (call: () => Promise<Reply>) => call().catch(call);

const READ_AGAIN = 'TLS files read again';
const UNUSABLE = 'TLS files changed but cannot be used: the former ones stay in force';

async function crlOf(...revoked: readonly string[]): Promise<string> {
  const { cns } = gateway.pki;
  const ca = { certificate: await readFile(cns.ca, 'utf8'), key: await readFile(cns.caKey, 'utf8') };
  const now = Date.now();
  return makeCrl(ca, {
    revoked: revoked.map((pem) => ({
      serialNumber: new X509Certificate(pem).serialNumber,
      revokedAt: new Date(now - DAY_MS),
    })),
    number: Math.floor(now / 1000) + 1,
    thisUpdate: new Date(now - 60_000),
    nextUpdate: new Date(now + DAY_MS),
  });
}

const serialOfServer = () =>
  new Promise<string | undefined>((resolve, reject) => {
    const { port } = new URL(gateway.endpoint);
    const socket = connect({
      port: Number(port),
      host: '127.0.0.1',
      servername: 'localhost',
      rejectUnauthorized: false,
    });
    socket.on('error', reject).on('secureConnect', () => {
      resolve(socket.getPeerX509Certificate()?.serialNumber);
      socket.destroy();
    });
  });

test('[S-1] a card revoked while its connection is kept alive is refused at the next request', async () => {
  expect(verdictOf(await doctor.patientList())).toEqual(DONE_VERDICT);
  expect(verdictOf(await doctor.patientList())).toEqual(DONE_VERDICT); // on the kept-alive connection
  await replaceAndWait(revocationList, await crlOf(gateway.card('doctor').certificate ?? ''), READ_AGAIN);
  await expectRevoked();
  await expectRevoked(); // nor by resuming a session
  // Callers not on the list are unaffected: another card, and the same doctor by password.
  const second = doctorByCard(gateway, 'secondDoctor');
  expect(verdictOf(await sendAgain(() => second.patientList()))).toEqual(DONE_VERDICT);
  const byPassword = doctorByPassword(gateway, 'doctor');
  expect(verdictOf(await sendAgain(() => byPassword.patientList()))).toEqual(DONE_VERDICT);
});

async function expectRevoked(): Promise<void> {
  const reply = await sendAgain(() => doctor.patientList());
  expect(reply.status).toBe(500);
  expect(textOf(reply, 'codice')).toBe('CERTIFICATO_REVOCATO');
}

test('[S-1] an unusable file leaves the previous one in force, and is reported to the operator', async () => {
  await replaceAndWait(revocationList, 'half a fi', UNUSABLE);
  await expectRevoked();
});

test('[S-1] a suspension lifted and a renewed server certificate are in force without a restart', async () => {
  const names = ['localhost', '127.0.0.1'];
  const validity = { notBefore: new Date(Date.now() - DAY_MS), notAfter: new Date(Date.now() + DAY_MS) };
  const renewed = await issueServer(await serverCa(), { names, ...validity });
  await replace(revocationList, await crlOf());
  await replace(tlsCertificate, renewed.certificate);
  await replace(tlsKey, renewed.key);
  const { serialNumber } = new X509Certificate(renewed.certificate);
  await eventually('the new certificate is served', async () => (await serialOfServer()) === serialNumber);
  expect(verdictOf(await sendAgain(() => doctor.patientList()))).toEqual(DONE_VERDICT);
});

async function serverCa(): Promise<{ certificate: string; key: string }> {
  const { directory: pki } = gateway.pki;
  return {
    certificate: await readFile(join(pki, 'server-ca.pem'), 'utf8'),
    key: await readFile(join(pki, 'server-ca.key'), 'utf8'),
  };
}
