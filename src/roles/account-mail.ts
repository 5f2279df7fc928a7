/** Mails to holders of accounts, for the worker: from settings to a kind of job. */
import { createAccessLog } from '../audit/index.js';
import { accountMailJob, createAccountMail } from '../auth/mailing/index.js';
import type { AccountMailServer } from '../auth/mailing/index.js';
import { ConfigError, REQUIRED_BY_ACCOUNT_MAIL, environmentName } from '../config/index.js';
import type { Config } from '../config/index.js';
import type { Clock } from '../platform/clock.js';
import type { DataSource } from '../platform/db/index.js';
import type { JobKind } from '../platform/jobs/index.js';
import type { Logger } from '../platform/log.js';
import { anchorsOf } from './statistics.js';

const TIMEOUT_MS = 60_000;

/**
 * @param db the TS database, as the worker
 * @returns nothing when no mail server is configured
 * @throws ConfigError listing every missing setting and unusable file
 */
export function accountMailKinds(config: Config, db: DataSource, clock: Clock, log: Logger): readonly JobKind[] {
  const settings = accountMailOf(config);
  if (settings === undefined) return [];
  const service = createAccountMail({
    ...{ ...settings, db, accessLog: createAccessLog(db), clock, log },
  });
  return [accountMailJob(service, clock)];
}

/** @throws ConfigError */
function accountMailOf(config: Config): { readonly mail: AccountMailServer; readonly portalUrl: string } | undefined {
  if (REQUIRED_BY_ACCOUNT_MAIL.every((key) => config[key] === undefined)) return undefined;
  const problems = ([...REQUIRED_BY_ACCOUNT_MAIL, 'portalUrl'] as const)
    .filter((key) => config[key] === undefined)
    .map((key) => `${key} (${environmentName(key)}): required to write to holders of accounts`);
  const anchors = anchorsOf(config, 'mailAnchors', problems);
  if (problems.length > 0) throw new ConfigError(`configuration:\n  ${problems.join('\n  ')}`);
  const { mailHost: host = '', mailUser: user = '', mailPassword: password = '', mailFrom: from = '' } = config;
  const { mailPort, mailSecurity: security, portalUrl = '' } = config;
  return {
    mail: { from, submission: { host, port: mailPort, security, user, password, anchors, timeoutMs: TIMEOUT_MS } },
    portalUrl: new URL(portalUrl).origin,
  };
}
