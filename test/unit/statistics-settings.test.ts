/** Settings of certified mail: all or none, every problem named. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { ConfigError, configSchema } from '../../src/config/index.js';
import { certifiedMailOf } from '../../src/roles/statistics.js';

const complete = {
  certifiedMailHost: 'smtp.pec.example',
  certifiedMailUser: 'info@pec.example',
  certifiedMailPassword: 'parola',
  certifiedMailFrom: 'info@pec.example',
  statisticsRecipient: 'commissario@pec.example',
};
const mailOf = (settings: Readonly<Record<string, unknown>>) => certifiedMailOf(configSchema.parse(settings));

test('none of them: no certified mail', () => {
  expect(mailOf({})).toBeUndefined();
});

test('implicit TLS with the system’s authorities is the default, and no receipts', () => {
  expect(mailOf(complete)).toEqual({
    from: 'info@pec.example',
    recipient: 'commissario@pec.example',
    submission: {
      ...{ host: 'smtp.pec.example', port: 465, security: 'tls', user: 'info@pec.example', password: 'parola' },
      ...{ anchors: undefined, timeoutMs: 60_000 },
    },
    mailbox: undefined,
  });
});

test('the mailbox shares user, password and authorities', () => {
  const mail = mailOf({ ...complete, certifiedMailboxHost: 'imap.pec.example' });
  expect(mail?.mailbox).toEqual({ ...mail?.submission, host: 'imap.pec.example', port: 993, folder: 'INBOX' });
});

test('some of them: the others are named, all together', () => {
  const { certifiedMailHost, statisticsRecipient } = complete;
  const attempt = () => mailOf({ certifiedMailHost, statisticsRecipient });
  expect(attempt).toThrow(ConfigError);
  for (const name of ['certifiedMailUser', 'PASSERELLA_CERTIFIED_MAIL_PASSWORD', 'certifiedMailFrom'])
    expect(attempt).toThrow(name);
});

test('a schedule without mail is an error', () => {
  expect(() => mailOf({ statisticsSchedule: '0 8 * * *' })).toThrow('certifiedMailHost');
});

test('authorities must be certificates', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'anchors-')), 'ca.pem');
  writeFileSync(file, 'niente');
  expect(() => mailOf({ ...complete, certifiedMailAnchors: file })).toThrow('certifiedMailAnchors');
  expect(() => mailOf({ ...complete, certifiedMailAnchors: '/nowhere.pem' })).toThrow('certifiedMailAnchors');
});

test.each([
  { certifiedMailFrom: 'a@b.it\r\nBcc: c@d.it' },
  { statisticsRecipient: 'nessuno' },
  { certifiedMailSecurity: 'none' },
  { statisticsSchedule: 'daily' },
])('%j is refused', (setting) => {
  expect(configSchema.safeParse({ ...complete, ...setting }).success).toBe(false);
});
