/** Derives the worker's settings from the configuration: which halves run, contents of files, all problems at once. */
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { ConfigError, REQUIRED_BY_SENDING, environmentName } from '../config/index.js';
import type { Config } from '../config/index.js';
import { clientTls } from '../platform/tls/index.js';

export interface SendingSettings {
  readonly databaseUrl: string;
  readonly identity: { readonly certificate: string; readonly key: string };
}

export interface WorkerSettings {
  /** URL of the TS database; set: jobs run here. */
  readonly jobsDatabaseUrl: string | undefined;
  /** Set: notifications are sent from here. */
  readonly sending: SendingSettings | undefined;
}

/** @throws ConfigError listing every missing setting and unusable file; or if no work is configured */
export function workerSettings(config: Config): WorkerSettings {
  const isSending = config.notificationCertificate !== undefined || config.notificationKey !== undefined;
  if (config.databaseUrl === undefined && !isSending) {
    const named = (key: keyof Config): string => `${key} (${environmentName(key)})`;
    throw new ConfigError(
      `configuration:\n  nothing to do: the worker needs ${named('databaseUrl')} for scheduled work, or ` +
        `${REQUIRED_BY_SENDING.map(named).join(', ')} for notifications, or both`,
    );
  }
  return { jobsDatabaseUrl: config.databaseUrl, sending: isSending ? sendingOf(config) : undefined };
}

function sendingOf(config: Config): SendingSettings {
  const problems: string[] = REQUIRED_BY_SENDING.filter((key) => config[key] === undefined).map(
    (key) => `${key} (${environmentName(key)}): required`,
  );
  const read = (file: string | undefined): string => {
    if (file === undefined) return '';
    try {
      return readFileSync(file, 'utf8');
    } catch {
      problems.push(`${file}: cannot be read`);
      return '';
    }
  };
  const identity = { certificate: read(config.notificationCertificate), key: read(config.notificationKey) };
  if (problems.length === 0) {
    try {
      createSecureContext({ ...clientTls(), cert: identity.certificate, key: identity.key });
    } catch {
      problems.push('notificationCertificate, notificationKey: not a certificate and its key');
    }
  }
  if (problems.length > 0 || config.consentDatabaseUrl === undefined) {
    throw new ConfigError(`configuration:\n  ${problems.join('\n  ')}`);
  }
  return { databaseUrl: config.consentDatabaseUrl, identity };
}
