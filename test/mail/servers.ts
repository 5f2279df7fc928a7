/**
 * Postfix and Dovecot on loopback ports, with all their files in one folder. Owns their configuration and their end.
 */
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

export const SENDER = 'info@pec.sistema.example';
export const RECIPIENT = 'commissario@pec.governo.example';
export const PASSWORD = 'parola-di-prova';
/** The mailbox into which the provider's rule puts receipts. */
export const FOLDER = 'Ricevute';
export const LARGEST_MESSAGE_BYTES = 200_000;

/** nobody, nogroup: owns the mailboxes, and nothing else. */
const MAIL_ID = 65_534;
const START_MS = 20_000;

export interface MailServers {
  readonly ports: { readonly submissions: number; readonly submission: number; readonly imaps: number };
  /** Maildir of the recipient, to which Postfix delivers. */
  readonly arrivals: string;
  stopSubmission(): void;
  startSubmission(): Promise<void>;
  logs(): Promise<string>;
  stop(): Promise<void>;
}

interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

/** @param folder empty, reachable by every user; certificate and key are paths of PEM files */
export async function startMailServers(folder: string, { certificate, key }: Certificate): Promise<MailServers> {
  const [submissions, submission, imaps] = await Promise.all([freePort(), freePort(), freePort()]);
  const path = (...names: string[]): string => join(folder, ...names);
  for (const name of ['postfix', 'queue', 'data', 'mail', 'dovecot']) await mkdir(path(name));
  await chown(path('mail'), MAIL_ID, MAIL_ID);
  const { stdout: owner } = spawnSync('id', ['-u', 'postfix'], { encoding: 'utf8' });
  await chown(path('data'), Number(owner), 0);

  await writeFile(path('users'), `${SENDER}:{PLAIN}${PASSWORD}::::::\n`);
  await writeFile(
    path('dovecot.conf'),
    `base_dir = ${path('dovecot')}
log_path = ${path('dovecot.log')}
protocols = imap
listen = 127.0.0.1
ssl = required
ssl_cert = <${certificate}
ssl_key = <${key}
ssl_min_protocol = TLSv1.2
mail_location = maildir:${path('mail')}/%d/%n
first_valid_uid = 1
first_valid_gid = 1
passdb {
  driver = passwd-file
  args = ${path('users')}
}
userdb {
  driver = static
  args = uid=${MAIL_ID} gid=${MAIL_ID} home=${path('mail')}/%d/%n
}
namespace inbox {
  inbox = yes
  mailbox ${FOLDER} {
    auto = create
  }
}
service imap-login {
  inet_listener imap {
    port = 0
  }
  inet_listener imaps {
    port = ${imaps}
    ssl = yes
  }
}
service auth {
  unix_listener ${path('queue')}/sasl {
    mode = 0666
  }
}
`,
  );
  await writeFile(path('postfix', 'recipients'), `${RECIPIENT} ${RECIPIENT.split('@').reverse().join('/')}/\n`);
  await writeFile(
    path('postfix', 'main.cf'),
    `compatibility_level = 3.6
queue_directory = ${path('queue')}
data_directory = ${path('data')}
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = ${path('postfix.log')}
maillog_file_prefixes = ${folder}
myhostname = pec.sistema.example
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mydestination =
mynetworks =
alias_maps =
local_recipient_maps =
message_size_limit = ${LARGEST_MESSAGE_BYTES}
virtual_mailbox_domains = ${RECIPIENT.split('@')[1] ?? ''}
virtual_mailbox_maps = texthash:${path('postfix', 'recipients')}
virtual_mailbox_base = ${path('mail')}
virtual_minimum_uid = 1
virtual_uid_maps = static:${MAIL_ID}
virtual_gid_maps = static:${MAIL_ID}
smtpd_tls_cert_file = ${certificate}
smtpd_tls_key_file = ${key}
smtpd_tls_mandatory_protocols = >=TLSv1.2
smtpd_tls_auth_only = yes
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = sasl
smtpd_client_restrictions = permit_sasl_authenticated, reject
`,
  );
  await writeFile(
    path('postfix', 'master.cf'),
    `127.0.0.1:${submissions} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes
127.0.0.1:${submission} inet n - n - - smtpd -o smtpd_tls_security_level=encrypt
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
tlsmgr unix - - n 1000? 1 tlsmgr
anvil unix - - n - 1 anvil
proxymap unix - - n - - proxymap
postlog unix-dgram n - n - 1 postlogd
`,
  );

  const dovecot = spawn('dovecot', ['-F', '-c', path('dovecot.conf')], { stdio: 'ignore' });
  let postfix: ChildProcess | undefined;
  const logs = async (): Promise<string> =>
    (
      await Promise.all(['dovecot.log', 'postfix.log'].map((name) => readFile(path(name), 'utf8').catch(() => '')))
    ).join('');
  const startSubmission = async (): Promise<void> => {
    postfix = spawn('postfix', ['-c', path('postfix'), 'start-fg'], { stdio: 'ignore' });
    await Promise.all([isListening(submissions), isListening(submission)]);
  };
  const stopSubmission = (): void => {
    spawnSync('postfix', ['-c', path('postfix'), 'stop'], { stdio: 'ignore' });
    postfix = undefined;
  };
  const stop = async (): Promise<void> => {
    if (postfix !== undefined) stopSubmission();
    if (dovecot.exitCode !== null) return;
    dovecot.kill('SIGTERM');
    await once(dovecot, 'exit');
  };
  try {
    await isListening(imaps);
    await startSubmission();
  } catch (error) {
    process.stderr.write(await logs());
    await stop();
    throw error;
  }
  const arrivals = join(path('mail'), ...RECIPIENT.split('@').reverse(), 'new');
  return { ports: { submissions, submission, imaps }, arrivals, startSubmission, stopSubmission, logs, stop };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
  });
}

async function isListening(port: number): Promise<void> {
  for (let waited = 0; waited < START_MS; waited += 50) {
    const isUp = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('connect', () => {
        socket.destroy();
        resolve(true);
      });
      socket.once('error', () => {
        resolve(false);
      });
    });
    if (isUp) return;
    await pause(50);
  }
  throw new Error(`nobody listens on port ${port}`);
}
