/**
 * The mail suite, run by test/mail/run: statistics are sent by Postfix, receipts are read from Dovecot. Every check
 * prints a line; the last one sums up. Exit code 1 if anything failed.
 */
import { chmod, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { romeDate, systemClock } from '../../src/platform/clock.js';
import { openDatabase, workerRole } from '../../src/platform/db/index.js';
import { startEmbeddedPostgres } from '../../src/dev/embedded/index.js';
import { createMachineEntrance, jobCall } from '../../src/auth/index.js';
import { createJobQueue } from '../../src/platform/jobs/index.js';
import { createLogger } from '../../src/platform/log.js';
import { migrateTs } from '../../src/roles/migrations.js';
import { loadSyntheticRegistry, syntheticRegistry } from '../../src/dev/sandbox/people.js';
import { ensureDevelopmentPki } from '../../src/dev/sandbox/pki.js';
import { DELIVER_JOB, createStatisticsDesk } from '../../src/statistics/index.js';
import { createDeliveryService } from '../../src/statistics/sending/index.js';
import type { ShownDelivery } from '../../src/statistics/index.js';
import type { CertifiedMail } from '../../src/statistics/sending/index.js';
import { openedBySevenZip } from '../support/seven-zip.js';
import { arrivalsIn, openProviderMailbox } from './provider.js';
import { FOLDER, PASSWORD, RECIPIENT, SENDER, startMailServers } from './servers.js';
import { admin, startWorker } from './worker.js';

const log = createLogger('silent');
const PATIENCE_MS = 60_000;
const OTHER_MAILS = 400;

let passed = 0;
const failures: string[] = [];
function check(what: string, isSo: boolean, instead?: unknown): void {
  if (isSo) passed += 1;
  else failures.push(what);
  const said = isSo || instead === undefined ? '' : `: ${JSON.stringify(instead)}`;
  process.stdout.write(`${isSo ? 'ok' : 'not ok'} - ${what}${said}\n`);
}

const folder = await mkdtemp(join(tmpdir(), 'passerella-mail-'));
await chmod(folder, 0o711); // the servers' own users need access
const undo: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })];
try {
  await suite();
} catch (error) {
  check(`the suite ends: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`, false);
} finally {
  for (const step of undo.reverse()) await step();
}
process.stdout.write(`mail: ${passed} passed, ${failures.length} failed\n`);
process.exitCode = failures.length === 0 ? 0 : 1;

async function suite(): Promise<void> {
  const people = syntheticRegistry({ seed: 1, persons: 200, today: romeDate(systemClock.now()) });
  const pki = await ensureDevelopmentPki({
    ...{
      directory: join(folder, 'certs'),
      people: { ...people.identities, aslOperator: people.aslOperator },
      now: systemClock.now(),
      serverNames: [],
      log,
    },
  });
  const ca = await readFile(pki.server.ca, 'utf8');
  const servers = await startMailServers(folder, pki.server);
  undo.push(() => servers.stop());
  const cluster = await startEmbeddedPostgres({ dataDirectory: join(folder, 'postgres'), log, tuning: 'test' });
  undo.push(() => cluster.stop());
  await migrateTs(cluster.ownerUrl, log);
  const options = { url: cluster.ownerUrl, entities: [], poolSize: 4, statementTimeoutMs: 30_000, log };
  const owner = await openDatabase({ ...options, applicationName: 'mail suite' });
  undo.push(() => owner.destroy());
  const db = await openDatabase({ ...options, role: workerRole, applicationName: 'mail suite worker' });
  undo.push(() => db.destroy());
  await loadSyntheticRegistry(owner, people);

  const desk = createStatisticsDesk(owner, systemClock);
  const entrance = await createMachineEntrance(owner, systemClock);
  const latest = async (): Promise<ShownDelivery | undefined> =>
    (await desk.list(entrance.call, { limit: 1 })).deliveries?.[0];
  const states = async (): Promise<string> =>
    (await latest())?.mails.map(({ part, state }) => `${part} ${state}`).join(', ') ?? '';
  const idOf = async (part: string): Promise<string> =>
    (await latest())?.mails.find((mail) => mail.part === part)?.messageId ?? '';
  const until = async (
    what: string,
    isSo: () => Promise<boolean>,
    meanwhile: () => Promise<unknown>,
  ): Promise<void> => {
    for (const end = performance.now() + PATIENCE_MS; performance.now() < end && !(await isSo());) {
      await meanwhile();
      await pause(200);
    }
    check(what, await isSo(), await states());
  };

  const mailbox = await openProviderMailbox(servers.ports.imaps, ca);
  undo.push(() => mailbox.close());
  await mailbox.fill(OTHER_MAILS);

  // --- as in production: settings from the environment, a worker, the operator's command
  // -------------------------------
  await writeFile(join(folder, 'password'), `${PASSWORD}\n`);
  const environment = {
    DATABASE_URL: cluster.ownerUrl,
    PASSERELLA_OPS_PORT: '0',
    PASSERELLA_CERTIFIED_MAIL_HOST: 'localhost',
    PASSERELLA_CERTIFIED_MAIL_PORT: String(servers.ports.submission),
    PASSERELLA_CERTIFIED_MAIL_SECURITY: 'starttls',
    PASSERELLA_CERTIFIED_MAIL_USER: SENDER,
    PASSERELLA_CERTIFIED_MAIL_PASSWORD_FILE: join(folder, 'password'),
    PASSERELLA_CERTIFIED_MAIL_FROM: SENDER,
    PASSERELLA_CERTIFIED_MAIL_ANCHORS: pki.server.ca,
    PASSERELLA_CERTIFIED_MAILBOX_HOST: 'localhost',
    PASSERELLA_CERTIFIED_MAILBOX_PORT: String(servers.ports.imaps),
    PASSERELLA_CERTIFIED_MAILBOX_FOLDER: FOLDER,
    PASSERELLA_STATISTICS_RECIPIENT: RECIPIENT,
  };
  const queue = createJobQueue(owner, systemClock);
  const nudge = (): Promise<string> => queue.enqueue(DELIVER_JOB);
  const worker = await startWorker(environment);
  const asked = await admin(environment, ['statistics', '--send', '--apply']);
  check('the operator asks for a statistic', asked.code === 0, asked.text);
  const arrived = async (): Promise<number> => (await arrivalsIn(servers.arrivals)).length;
  await until('the archive leaves by STARTTLS and arrives', async () => (await arrived()) === 1, nudge);
  await nudge();
  await pause(1_000);
  check('no password before the archive is delivered', (await arrived()) === 1, await states());
  await mailbox.receipt('accettazione', await idOf('archive'));
  await until('the acceptance is read', async () => (await states()).startsWith('archive accepted'), nudge);
  check('no password before the archive is delivered, though accepted', (await arrived()) === 1);
  await mailbox.receipt('avvenuta-consegna', await idOf('archive'));
  await until('the password follows the delivery', async () => (await arrived()) === 2, nudge);
  await mailbox.receipt('accettazione', await idOf('password'));
  await mailbox.receipt('avvenuta-consegna', await idOf('password'));
  await until('the delivery is done', async () => (await latest())?.finishedAt instanceof Date, nudge);
  check('two mails in all', (await arrived()) === 2);
  const written = await worker.stop();
  check('nothing personal or secret in the log', !/pec\.governo|parola|@pec\.sistema/.test(written), written);
  check('nothing in the mailbox was touched', (await mailbox.seen()).length === 0);

  const [archive, second] = await arrivalsIn(servers.arrivals);
  const secret = /^[A-Za-z2-9]{24}$/m.exec(second?.text?.replaceAll('\r', '') ?? '')?.[0] ?? '';
  const content = archive?.attachments[0]?.content;
  const bytes = content instanceof ArrayBuffer ? new Uint8Array(content) : new Uint8Array();
  const opened = await openedBySevenZip(bytes, secret);
  check('7-Zip opens the archive with the password', opened.isWhole && Object.keys(opened.files).length === 3, opened);
  check('and not with another', !(await openedBySevenZip(bytes, secret.toUpperCase())).isWhole);
  const shown = await admin(environment, ['statistics-deliveries']);
  check('the operator sees that it is done', shown.text.includes('archive delivered, password delivered'), shown.text);
  check('and never the password', !shown.text.includes(secret));

  // --- a disk that takes no more
  // ---------------------------------------------------------------------------------------
  const full = await admin(environment, ['statistics', '--out', join(folder, 'csv')], 1);
  check('a full disk is reported', full.code === 1 && full.text.includes('cannot be written'), full);
  check('and leaves no file half written', (await readdir(join(folder, 'csv'))).length === 0);

  // --- what may go wrong
  // -----------------------------------------------------------------------------------------------
  const access = { host: 'localhost', user: SENDER, password: PASSWORD, anchors: ca, timeoutMs: 10_000 };
  const mail: CertifiedMail = {
    submission: { ...access, port: servers.ports.submissions, security: 'tls' },
    mailbox: { ...access, port: servers.ports.imaps, security: 'tls', folder: FOLDER },
    ...{ from: SENDER, recipient: RECIPIENT },
  };
  const call = jobCall('mail suite', systemClock);
  const serviceWith = (changes: Partial<CertifiedMail>) =>
    createDeliveryService({
      db,
      ...{ clock: systemClock, log, mail: { ...mail, ...changes } },
    });
  const service = serviceWith({});
  const lastError = async (): Promise<string> => (await latest())?.mails[0]?.lastError ?? '';
  const atOnce = (): Promise<unknown> => owner.query('UPDATE statistics.mail SET next_attempt_at = now()');

  await service.prepare(call, { request: 'away' });
  servers.stopSubmission();
  await service.advance(call);
  check('a server that is away: queued again', (await states()).startsWith('archive queued'), await states());
  await servers.startSubmission();
  await serviceWith({ submission: { ...mail.submission, anchors: undefined } }).advance(call);
  await atOnce();
  await serviceWith({ submission: { ...mail.submission, anchors: undefined } }).advance(call);
  check('a certificate of nobody: nothing leaves', (await lastError()).includes('is not trusted'), await lastError());
  await atOnce();
  await serviceWith({ submission: { ...mail.submission, password: 'altra' } }).advance(call);
  check('a wrong password is reported', (await lastError()).includes('refuses user or password'), await lastError());
  await atOnce();
  await service.advance(call);
  await until(
    'back again: it leaves by TLS, once',
    async () => (await arrived()) === 3,
    () => Promise.resolve(),
  );
  const blind = mail.mailbox && { ...mail.mailbox, anchors: undefined };
  await mailbox.receipt('non-accettazione', await idOf('archive'));
  const told = await serviceWith({ mailbox: blind }).advance(call);
  check(
    'a mailbox whose certificate is of nobody is not read',
    told.includes('the mailbox of receipts cannot be read'),
    told,
  );
  await service.advance(call);
  check('a non-acceptance stops it', (await states()) === 'archive not_accepted, password waiting', await states());
  const explained = (await latest())?.mails[0]?.receipts[0]?.explanation ?? '';
  check('with the words of the provider', explained.includes('il messaggio è stato trattato'), explained);

  const before = await idOf('archive');
  const again = await admin(environment, ['statistics-resend', (await latest())?.id ?? '', '--apply']);
  await service.advance(call);
  await until(
    'the operator sends it again',
    async () => (await arrived()) === 4,
    () => Promise.resolve(),
  );
  check('as a new message', again.code === 0 && before !== (await idOf('archive')), again.text);

  const stranger = serviceWith({ recipient: 'nessuno@pec.governo.example' });
  await stranger.prepare(call, { request: 'stranger' });
  await stranger.advance(call);
  check('a recipient that is none: refused', (await states()).startsWith('archive refused'), await states());
  check('with the words of the server', (await lastError()).includes('550'), await lastError());

  await service.prepare(call, { request: 'large' });
  await owner.query(
    `UPDATE statistics.delivery SET archive = decode(repeat('00', 400000), 'hex') WHERE request = 'large'`,
  );
  await service.advance(call);
  check(
    'a message larger than the server takes: refused',
    (await states()).startsWith('archive refused'),
    await states(),
  );
  check('nothing else arrived', (await arrived()) === 4, await arrived());
}
