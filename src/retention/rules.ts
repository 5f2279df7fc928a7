/** All retention rules [S-5]. Features declare them next to their tables; this file only lists them. */
import { aslRetention } from '../asl/index.js';
import { auditRetention, consentLogRetention } from '../audit/index.js';
import { authRetention } from '../auth/index.js';
import { consentRetention, freeAreaRetention } from '../opposition/index.js';
import type { IsoDate } from '../platform/clock.js';
import type { RetentionRule } from '../platform/db/index.js';
import { jobsRetention } from '../platform/jobs/index.js';
import { registryRetention } from '../registry/index.js';
import { rosterRetention } from '../roster/index.js';
import { screeningRetention } from '../screening/index.js';
import { statisticsRetention } from '../statistics/index.js';

/** The configured terms. */
export interface Terms {
  readonly campaignEnd?: IsoDate | undefined;
  readonly campaignGraceDays?: number | undefined;
  readonly exchangeDirectory?: string | undefined;
  /** For persons who are no longer in care; undefined: not deleted. */
  readonly registryRetentionMonths?: number | undefined;
  /** For the register of consents; undefined: not deleted [O-6]. */
  readonly consentRetentionMonths?: number | undefined;
  /** undefined: this process has no consent database, whose log is otherwise kept for twelve months. */
  readonly consentDatabaseUrl?: string | undefined;
}

export interface Rules {
  /** Rules of the TS database. */
  readonly ts: readonly RetentionRule[];
  /** Rules of the consent database; those of the register only if a term is configured. */
  readonly consent: readonly RetentionRule[];
}

export function retentionRules(terms: Terms): Rules {
  const {
    campaignEnd,
    campaignGraceDays,
    exchangeDirectory,
    registryRetentionMonths,
    consentRetentionMonths,
    consentDatabaseUrl,
  } = terms;
  return {
    ts: [
      ...screeningRetention,
      ...rosterRetention({ campaignEnd, campaignGraceDays, exchangeDirectory }),
      ...aslRetention,
      ...statisticsRetention,
      ...authRetention,
      ...registryRetention(registryRetentionMonths),
      ...jobsRetention,
      ...auditRetention,
    ],
    consent: [
      ...consentRetention(consentRetentionMonths),
      ...(consentDatabaseUrl === undefined ? [] : [...freeAreaRetention, ...consentLogRetention]),
    ],
  };
}
