/** Connects statistics and certified mail for the worker [C-2]: derives kinds of jobs from settings. */
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { ConfigError, REQUIRED_BY_CERTIFIED_MAIL, environmentName } from '../config/index.js';
import type { Config } from '../config/index.js';
import type { Clock } from '../platform/clock.js';
import type { DataSource } from '../platform/db/index.js';
import type { JobKind } from '../platform/jobs/index.js';
import type { Logger } from '../platform/log.js';
import type { MailServer } from '../platform/mail/index.js';
import { pemBlocks } from '../platform/pem.js';
import { clientTls } from '../platform/tls/index.js';
import { statisticsJobs } from '../statistics/index.js';
import { createDeliveryService } from '../statistics/sending/index.js';
import type { CertifiedMail } from '../statistics/sending/index.js';

/**
 * @param db the TS database, as the worker
 * @returns no kinds when certified mail is not configured
 * @throws ConfigError listing every missing setting and unusable file
 */
export function statisticsKinds(config: Config, db: DataSource, clock: Clock, log: Logger): readonly JobKind[] {
  const mail = certifiedMailOf(config);
  if (mail === undefined) return [];
  const service = createDeliveryService({ db, mail, clock, log });
  return statisticsJobs(service, config.statisticsSchedule, clock);
}

/** @throws ConfigError */
export function certifiedMailOf(config: Config): CertifiedMail | undefined {
  if (REQUIRED_BY_CERTIFIED_MAIL.every((key) => config[key] === undefined)) {
    if (config.statisticsSchedule === undefined) return undefined;
    throw new ConfigError('configuration:\n  statisticsSchedule: needs certifiedMailHost and the settings after it');
  }
  const problems = REQUIRED_BY_CERTIFIED_MAIL.filter((key) => config[key] === undefined).map(
    (key) => `${key} (${environmentName(key)}): required to send certified mail`,
  );
  const anchors = anchorsOf(config, 'certifiedMailAnchors', problems);
  if (problems.length > 0) throw new ConfigError(`configuration:\n  ${problems.join('\n  ')}`);
  const { certifiedMailHost: host = '', certifiedMailFrom: from = '', statisticsRecipient: recipient = '' } = config;
  const { certifiedMailUser: user = '', certifiedMailPassword: password = '', certifiedMailboxHost } = config;
  const access: Omit<MailServer, 'host' | 'port' | 'security'> = {
    ...{ user, password, anchors },
    timeoutMs: config.certifiedMailTimeoutSeconds * 1000,
  };
  return {
    ...{ from, recipient },
    submission: { ...access, host, port: config.certifiedMailPort, security: config.certifiedMailSecurity },
    mailbox:
      certifiedMailboxHost === undefined
        ? undefined
        : {
            ...{ ...access, host: certifiedMailboxHost, port: config.certifiedMailboxPort },
            ...{ security: config.certifiedMailboxSecurity, folder: config.certifiedMailboxFolder },
          },
  };
}

/** Reads the authorities of a mail server; adds to `problems` what is wrong with the file. */
export function anchorsOf(
  config: Config,
  setting: 'certifiedMailAnchors' | 'mailAnchors',
  problems: string[],
): string | undefined {
  const file = config[setting];
  if (file === undefined) return undefined;
  try {
    const anchors = readFileSync(file, 'utf8');
    if (pemBlocks(anchors, 'CERTIFICATE').length === 0) throw new Error('no certificate');
    createSecureContext({ ...clientTls(), ca: anchors });
    return anchors;
  } catch {
    problems.push(`${setting}: ${file} cannot be read, or holds no certificates`);
    return undefined;
  }
}
