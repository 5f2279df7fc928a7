/** [C-2] The delivery of a statistic to the Commissioner: two mails, their receipts, and everything that may fail. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { composeMail, openSubmission } from '../../src/platform/mail/index.js';
import type { SubmissionServer } from '../../src/platform/mail/index.js';
import { CATCHER_USER } from '../../src/dev/sandbox/mail-catcher.js';
import { reply, startMailServer } from '../support/mail-server.js';
import { openedBySevenZip } from '../support/seven-zip.js';
import { RECIPIENT, statisticsPlace } from './statistics-fixture.js';
import type { StatisticsPlace } from './statistics-fixture.js';

/** Sends a message with this id: the provider sends receipts about it. */
async function sendTo(server: SubmissionServer, messageId: string): Promise<void> {
  const submission = await openSubmission(server);
  const mail = { messageId, date: new Date(), from: CATCHER_USER, to: RECIPIENT, subject: 'altro', text: 'altro' };
  await submission.send(mail.from, mail.to, await composeMail(mail), 5_000);
  submission.close();
}

let place: StatisticsPlace;
beforeEach(async () => {
  place = await statisticsPlace();
});
afterEach(() => place.close());

const PASSWORD_LINE = /^[A-Za-z2-9]{24}$/m;

async function passwordAtRest(): Promise<unknown> {
  const rows = await place.owner.query<{ password: string | null }[]>('SELECT password FROM statistics.delivery');
  return rows.at(-1)?.password;
}

/** Sends the archive, reads its receipts, sends the password, reads its receipts. */
async function deliver(): Promise<void> {
  await place.service.advance();
  await place.service.advance();
  await place.service.advance();
}

describe('a delivery', () => {
  test('is the archive, then its password, in separate mails', async () => {
    await place.service.prepare('one');
    await deliver();
    const [archive, password, ...others] = await place.messages();
    expect(others).toEqual([]);
    expect(archive?.to?.map(({ address }) => address)).toEqual([RECIPIENT]);
    expect(archive?.subject).toBe('Statistiche test sierologici del 22/11/2026 10:15 - archivio (1 di 2)');
    expect(password?.subject).toBe('Statistiche test sierologici del 22/11/2026 10:15 - password (2 di 2)');
    expect(password?.attachments).toEqual([]);
    const [zip] = archive?.attachments ?? [];
    expect(zip).toMatchObject({
      filename: 'statistiche-test-sierologici-20261122-1015.zip',
      mimeType: 'application/zip',
    });
    const secret = PASSWORD_LINE.exec(password?.text ?? '')?.[0] ?? '';
    expect(archive?.text).not.toContain(secret);
    const content = zip?.content;
    if (!(content instanceof ArrayBuffer)) throw new Error('the archive is not there');
    const { isWhole, files } = await openedBySevenZip(new Uint8Array(content), secret);
    expect(isWhole).toBe(true);
    expect(Object.keys(files).sort()).toEqual([
      'personale_scolastico.csv',
      'statistiche_asl.csv',
      'statistiche_regioni.csv',
    ]);
    expect(files['statistiche_asl.csv']).toContain('2026-11-22T10:15:00.123+01:00;');
    expect((await openedBySevenZip(new Uint8Array(content), secret.toLowerCase())).isWhole).toBe(false);
  });

  test('requests receipts that do not return archive and password', async () => {
    await place.service.prepare('one');
    await deliver();
    for (const { headers } of await place.messages())
      expect(headers).toContainEqual(expect.objectContaining({ key: 'x-tiporicevuta', value: 'sintetica' }));
  });

  test('sends the password only after the archive is delivered', async () => {
    place.fate = 'nessuna-ricevuta';
    await place.service.prepare('one');
    await place.service.advance();
    place.pass(60);
    await place.service.advance();
    expect(await place.states()).toEqual(['sent', 'waiting']);
    expect(place.catcher.caught).toHaveLength(1);
  });

  test('keeps its password until the second mail is delivered, and no longer', async () => {
    await place.service.prepare('one');
    expect(await passwordAtRest()).toMatch(PASSWORD_LINE);
    await place.service.advance();
    expect(await place.states()).toEqual(['sent', 'waiting']);
    await place.service.advance();
    expect(await place.states()).toEqual(['delivered', 'sent']);
    expect(await passwordAtRest()).toMatch(PASSWORD_LINE);
    expect(await place.service.advance()).toBe('nothing open');
    expect(await place.states()).toEqual(['delivered', 'delivered']);
    expect(await passwordAtRest()).toBeNull();
    const [delivery] = await place.desk.list(1);
    expect(delivery?.finishedAt).toEqual(place.clock.now());
    expect(delivery?.mails[0]?.receipts.map(({ kind }) => kind)).toEqual(['accepted', 'delivered']);
  });

  test('[S-3] writes its rows: prepared, each mail sent or not, the operator’s acts and refusals', async () => {
    const rows = async () =>
      (
        await place.owner.query<{ row: string }[]>(
          `SELECT concat_ws(' ', operation, outcome, caller, subject_kind, affected) AS row
           FROM audit.access_log ORDER BY transaction_id`,
        )
      ).map(({ row }) => row);
    await place.service.prepare('one');
    await place.service.prepare('one');
    place.fate = 'non-accettazione';
    await place.service.advance();
    await place.service.advance();
    place.fate = 'avvenuta-consegna';
    const { id } = await place.service.prepare('one');
    await place.desk.resend(id);
    await deliver();
    await place.desk.resend(id);
    await place.desk.resend('999');
    expect((await rows()).filter((row) => !row.startsWith('delivery-list'))).toEqual([
      'delivery-prepare changed job',
      'delivery-prepare already job',
      'delivery-send 0000 job delivery',
      'delivery-prepare already job',
      'delivery-resend changed operator delivery 1',
      'delivery-send 0000 job delivery',
      'delivery-send 0000 job delivery',
      'delivery-resend delivery-ended operator delivery',
      'delivery-resend unknown-delivery operator delivery',
    ]);
  });

  test('is prepared once, however often its job runs', async () => {
    const first = await place.service.prepare('one');
    expect(first.isNew).toBe(true);
    expect(await place.service.prepare('one')).toEqual({ id: first.id, isNew: false });
    await deliver();
    expect(await place.service.prepare('one')).toEqual({ id: first.id, isNew: false });
    expect(place.catcher.caught).toHaveLength(2);
  });

  test('needs no receipts where no mailbox is configured', async () => {
    const service = place.serviceWith({ mailbox: undefined });
    await service.prepare('one');
    expect(await service.advance()).toBe('nothing open');
    expect(await place.states()).toEqual(['sent', 'sent']);
    expect(await passwordAtRest()).toBeNull();
  });

  test('is sent once by two concurrent workers', async () => {
    for (const request of ['one', 'two', 'three']) await place.service.prepare(request);
    await Promise.all([place.service.advance(), place.serviceWith({}).advance()]);
    const ids = place.catcher.caught.map(({ messageId }) => messageId);
    expect(ids).toHaveLength(3);
    expect(new Set(ids).size).toBe(3);
  });
});

test('receipts are found in a mailbox that cannot be searched by a header', async () => {
  place.searchesHeaders = false;
  await place.service.prepare('one');
  await deliver();
  expect(await place.states()).toEqual(['delivered', 'delivered']);
  place.fate = 'nessuna-ricevuta';
  await place.service.prepare('two');
  await deliver();
  expect(await place.states()).toEqual(['sent', 'waiting']); // receipts of other mails are not mistaken for its own
});

describe('when the provider returns the message', () => {
  test.each([
    ['non-accettazione', 'not_accepted'],
    ['errore-consegna', 'undelivered'],
  ] as const)('with %s: no password, the operator sends it again as a new message', async (fate, state) => {
    place.fate = fate;
    const { id } = await place.service.prepare('one');
    await place.service.advance();
    expect(await place.service.advance()).toContain(`waiting 1, ${state} 1; operator action required`);
    expect(await place.states()).toEqual([state, 'waiting']);
    const explained = (await place.desk.find(id))?.mails[0]?.receipts.at(-1)?.explanation;
    expect(explained).toContain('Statistiche test sierologici');

    place.fate = 'avvenuta-consegna';
    expect(await place.desk.resend(id)).toBe(1);
    await deliver();
    expect(await place.states()).toEqual(['delivered', 'delivered']);
    const ids = place.catcher.caught.map(({ messageId }) => messageId);
    expect(new Set(ids).size).toBe(3);
    expect(await place.desk.resend(id)).toBe(0);
    expect(place.catcher.caught).toHaveLength(3);
  });

  test.each(['inside its receipt', 'as separate text'])('%s: the password is not stored with it', async (how) => {
    const { id } = await place.service.prepare('one');
    place.fate = how === 'inside its receipt' ? 'errore-consegna' : 'nessuna-ricevuta';
    await place.owner.query(`UPDATE statistics.mail SET state = 'delivered' WHERE part = 'archive'`);
    await place.service.advance();
    const secret = String(await passwordAtRest());
    const [sent] = await place.messages();
    expect(sent?.text).toContain(secret);
    if (how === 'as separate text') {
      const words = `Casella piena. Messaggio:\n\n${secret.slice(0, 10)}\n${secret.slice(10)}\n`;
      await place.catcher.putReceipt('errore-consegna', place.catcher.caught[0]?.messageId ?? '', words);
    }
    await place.service.advance();
    expect(await place.states()).toEqual(['delivered', 'undelivered']);
    const kept = JSON.stringify(await place.owner.query('SELECT * FROM statistics.receipt'));
    expect(kept).not.toContain(secret);
    expect(kept).not.toContain('La password dell');
    const explained = (await place.desk.find(id))?.mails[1]?.receipts.at(-1)?.explanation;
    expect(explained).toContain(how === 'inside its receipt' ? 'AVVISO DI MANCATA CONSEGNA' : 'non è conservato');
  });

  test('by sending no receipt for more than a day', async () => {
    place.fate = 'nessuna-ricevuta';
    await place.service.prepare('one');
    await place.service.advance();
    place.pass(27 * 60);
    // While the receipts cannot be read, nobody can know that none exists.
    const blind = place.serviceWith({ mailbox: { ...mailboxOf(place), password: 'altra' } });
    expect(await blind.advance()).toContain('the mailbox of receipts cannot be read');
    expect(await place.states()).toEqual(['sent', 'waiting']);
    await place.service.advance();
    expect(await place.states()).toEqual(['undelivered', 'waiting']);
  });

  test('by accepting it and staying silent for more than a day: reported once, because the acceptance is no news', async () => {
    place.fate = 'nessuna-consegna';
    await place.service.prepare('one');
    await place.service.advance();
    await place.service.advance();
    expect(await place.states()).toEqual(['accepted', 'waiting']);
    place.pass(27 * 60);
    for (let round = 0; round < 3; round++) await place.service.advance();
    expect(await place.states()).toEqual(['undelivered', 'waiting']);
    expect(place.alarms).toHaveLength(1);
  });

  test('too late: a receipt of delivery counts at any time', async () => {
    place.fate = 'errore-consegna';
    await place.service.prepare('one');
    await place.service.advance();
    await place.service.advance();
    place.fate = 'avvenuta-consegna';
    const [first] = place.catcher.caught;
    if (first === undefined) throw new Error('nothing was sent');
    await sendTo(place.mail.submission, first.messageId);
    expect(await place.service.advance()).toContain('delivered 1');
  });
});

function mailboxOf({ mail }: StatisticsPlace): NonNullable<StatisticsPlace['mail']['mailbox']> {
  if (mail.mailbox === undefined) throw new Error('no mailbox');
  return mail.mailbox;
}

describe('a killed process', () => {
  /** In a separate process, killed when the provider has read the message and has not answered yet. */
  async function killedWhileSending(): Promise<void> {
    const program = fileURLToPath(new URL('statistics-child.js', import.meta.url));
    const child = spawn(
      process.execPath,
      [program, place.ownerUrl, JSON.stringify(place.mail), place.clock.now().toISOString()],
      { stdio: 'ignore' },
    );
    place.onMessage = () => child.kill('SIGKILL');
    await once(child, 'exit');
    expect(child.signalCode).toBe('SIGKILL');
    place.onMessage = undefined;
  }

  test('after the provider accepted the first mail: nothing is sent twice, the second follows', async () => {
    await place.service.prepare('one');
    await killedWhileSending();
    expect(await place.states()).toEqual(['sending', 'waiting']);
    await deliver();
    expect(await place.states()).toEqual(['delivered', 'delivered']);
    expect(place.catcher.caught).toHaveLength(2);
  });

  test('between the two mails: the second is sent, once, with the same password', async () => {
    await place.service.prepare('one');
    await place.service.advance();
    const password = await passwordAtRest();
    await killedWhileSending();
    expect(await place.states()).toEqual(['delivered', 'sending']);
    await deliver();
    expect(await place.states()).toEqual(['delivered', 'delivered']);
    expect(place.catcher.caught).toHaveLength(2);
    expect((await place.messages())[1]?.text).toContain(String(password));
  });

  test('and no receipt shows whether the mail was sent: only the operator sends it again, with the same id', async () => {
    place.fate = 'nessuna-ricevuta';
    const { id } = await place.service.prepare('one');
    await killedWhileSending();
    place.pass(16);
    expect(await place.service.advance()).toContain('uncertain 1');
    place.pass(48 * 60);
    expect(await place.service.advance()).toContain('operator action required');
    expect(await place.states()).toEqual(['uncertain', 'waiting']);
    expect(place.catcher.caught).toHaveLength(1);

    place.fate = 'avvenuta-consegna';
    expect(await place.desk.resend(id)).toBe(1);
    await deliver();
    const [first, second, third] = place.catcher.caught;
    expect(second?.messageId).toBe(first?.messageId);
    expect(third?.messageId).not.toBe(first?.messageId);
    expect(await place.states()).toEqual(['delivered', 'delivered']);
  });

  test('and the receipt comes before the mail is sent again: it is not sent again', async () => {
    place.fate = 'nessuna-ricevuta';
    const { id } = await place.service.prepare('one');
    await killedWhileSending();
    place.pass(16);
    await place.service.advance();
    expect(await place.desk.resend(id)).toBe(1);
    place.fate = 'avvenuta-consegna';
    const [first] = place.catcher.caught;
    await sendTo(place.mail.submission, first?.messageId ?? '');
    await deliver();
    expect(await place.states()).toEqual(['delivered', 'delivered']);
    expect(place.catcher.caught.map(({ subject }) => subject.slice(-18))).toEqual([
      ' - archivio (1 di 2)'.slice(-18),
      'altro',
      ' - password (2 di 2)'.slice(-18),
    ]);
  });
});

describe('a mail server', () => {
  test('that is unavailable is retried at growing intervals', async () => {
    const server = await startMailServer();
    await server.stop();
    const away = place.serviceWith({ submission: server.server });
    const { id } = await place.service.prepare('one');
    expect(await away.advance()).toContain('the mail server cannot be used');
    const pauses: number[] = [];
    for (let attempt = 0; attempt < 8; attempt++) {
      const next = (await place.desk.find(id))?.mails[0]?.nextAttemptAt ?? new Date(0);
      pauses.push((next.getTime() - place.clock.now().getTime()) / 60_000);
      place.pass(pauses.at(-1) ?? 0);
      await away.advance();
    }
    expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
    expect((await place.desk.find(id))?.mails[0]).toMatchObject({ state: 'queued', attempts: 9 });
    place.pass(60);
    await deliver();
    expect(await place.states()).toEqual(['delivered', 'delivered']);
    expect(place.catcher.caught).toHaveLength(2);
  });

  test('that is unavailable for days is abandoned; the operator resends', async () => {
    const server = await startMailServer();
    await server.stop();
    const { id } = await place.service.prepare('one');
    await place.owner.query('UPDATE statistics.mail SET attempts = 64');
    await place.serviceWith({ submission: server.server }).advance();
    expect(await place.states()).toEqual(['refused', 'waiting']);
    expect(await place.desk.resend(id)).toBe(1);
    await deliver();
    expect(await place.states()).toEqual(['delivered', 'delivered']);
  });

  test('that refuses the recipient is not retried', async () => {
    const server = await startMailServer({
      onRcptTo(_address, _session, done) {
        done(reply(550, 'no such box'));
      },
    });
    const { id } = await place.service.prepare('one');
    const refusing = place.serviceWith({ submission: server.server, from: 'mittente@pec.example' });
    expect(await refusing.advance()).toContain('a mail was not sent (550)');
    place.pass(600);
    expect(await refusing.advance()).toContain('refused 1');
    const [mail] = (await place.desk.find(id))?.mails ?? [];
    expect(mail).toMatchObject({ state: 'refused', attempts: 1 });
    expect(mail?.lastError).toContain('550 no such box');
    await server.stop();
  });

  test('that accepts the message and never answers: the receipts decide', async () => {
    const silent = await startMailServer({
      onData(stream) {
        stream.resume();
      },
    });
    await place.service.prepare('one');
    await place.serviceWith({ submission: { ...silent.server, timeoutMs: 300 } }).advance();
    expect(await place.states()).toEqual(['uncertain', 'waiting']);
    await silent.stop();
    await place.service.advance();
    expect(place.catcher.caught).toEqual([]);
  });

  test('with an untrusted certificate gets nothing', async () => {
    const { id } = await place.service.prepare('one');
    const { submission } = place.mail;
    await place.serviceWith({ submission: { ...submission, anchors: undefined } }).advance();
    expect(place.catcher.caught).toEqual([]);
    expect((await place.desk.find(id))?.mails[0]).toMatchObject({
      state: 'queued',
      lastError: expect.stringContaining("the server's certificate is not trusted"),
    });
  });
});

test('a failure to store receipts counts for the database, not for the mailbox', async () => {
  await place.service.prepare('one');
  await place.service.advance();
  await place.owner.query('ALTER TABLE statistics.receipt RENAME TO elsewhere');
  await expect(place.service.advance()).rejects.toMatchObject({ code: '42P01' });
});

test('a delivery not resolved in a month is abandoned and its password deleted', async () => {
  place.fate = 'errore-consegna';
  const { id } = await place.service.prepare('one');
  await place.service.advance();
  place.pass(31 * 24 * 60);
  await place.service.advance();
  expect(await passwordAtRest()).toBeNull();
  expect(await place.desk.resend(id)).toBe(0);
});
