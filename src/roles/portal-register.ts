/**
 * The portal's connection to the register of consents [O-4]. While the register is unavailable its pages report this
 * and the others work: it is opened as soon as it is available.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { accessLogIn, createRefusalLog } from '../audit/index.js';
import { createFreeAreaEntrance } from '../auth/index.js';
import type { Call, NamedOffice } from '../auth/index.js';
import { ConfigError } from '../config/index.js';
import type { Config } from '../config/index.js';
import {
  consentPortalRole,
  createGuessCounter,
  createNoticeDesk,
  createOfficeDesk,
  createOppositionService,
  readTerms,
} from '../opposition/index.js';
import type { ConsentTables } from '../opposition/index.js';
import type { Clock } from '../platform/clock.js';
import { isDatabaseUnavailable, isSandbox, isStatementTimeout } from '../platform/db/index.js';
import type { DataSource } from '../platform/db/index.js';
import type { Logger } from '../platform/log.js';
import type { Register } from '../portal/index.js';
import { RegistryAnaLookup, createHolderLookup } from '../registry/index.js';
import { openConsentDatabase, pendingConsentMigrations } from './consent.js';
import { refuseSandbox } from './serving-database.js';

export interface PortalRegister {
  /** undefined until it is open. */
  readonly db: () => DataSource | undefined;
  /** @throws RegisterAway until it is open, with the reason as its cause */
  readonly register: () => Register;
  stop(): Promise<void>;
}

export interface PortalRegisterOptions {
  readonly url: string;
  readonly config: Config;
  readonly servesSandbox: boolean;
  /** The TS database, as the portal's role. */
  readonly db: DataSource;
  readonly clock: Clock;
  readonly log: Logger;
}

/** The register is unavailable or overloaded; the cause says why. The TS database's errors are never of this class. */
export class RegisterAway extends Error {
  constructor(cause: unknown) {
    super('the register of consents is unavailable', { cause });
    this.name = 'RegisterAway';
  }
}

/** Whether an error means that a database is temporarily unavailable or overloaded. */
export const isPassing = (error: unknown): boolean => isDatabaseUnavailable(error) || isStatementTimeout(error);

const STATEMENT_TIMEOUT_MS = 10_000;
const RETRY_MS = 1_000;

/** @throws ConfigError if the register is available but does not fit this release, or this portal */
export async function openPortalRegister(options: PortalRegisterOptions): Promise<PortalRegister> {
  const { log } = options;
  const stopping = new AbortController();
  let opened: Opened | undefined;
  let reason: unknown;

  async function tryToOpen(): Promise<void> {
    try {
      opened = await open(options);
    } catch (error) {
      reason = error;
    }
  }

  async function follow(): Promise<void> {
    let said = '';
    while (opened === undefined && !stopping.signal.aborted) {
      const text = reason instanceof Error ? reason.message : '';
      const level = isDatabaseUnavailable(reason) ? 'warn' : 'error';
      if (text !== said) log.log(level, 'the register of consents is not open yet: trying again', { error: reason });
      said = text;
      await pause(RETRY_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
      await tryToOpen();
    }
  }

  await tryToOpen();
  if (opened === undefined && !isDatabaseUnavailable(reason)) throw reason;
  const following = follow();
  return {
    db: () => opened?.db,
    register() {
      if (opened === undefined) throw new RegisterAway(reason);
      return opened.register;
    },
    async stop() {
      stopping.abort();
      await following;
      await opened?.stop();
    },
  };
}

/** The offices of an intermediary [O-7]. None while the register is away: holders of other roles continue in these. */
export function officesIn({ register }: PortalRegister, log: Logger): (call: Call) => Promise<readonly NamedOffice[]> {
  return async (call) => {
    try {
      const { offices = [] } = await register().offices.own(call, {});
      return offices.map(({ code, name, regions: [region, ...others] }) => ({
        ...{ office: code, name },
        region: others.length === 0 ? region : undefined,
      }));
    } catch (error) {
      log.error('the offices of an intermediary cannot be read', { requestId: call.requestId, error });
      return [];
    }
  };
}

interface Opened {
  readonly db: DataSource;
  readonly register: Register;
  stop(): Promise<void>;
}

async function open({ url, config, servesSandbox, db, clock, log }: PortalRegisterOptions): Promise<Opened> {
  const connection = { url, role: consentPortalRole, poolSize: config.consentDatabasePoolSize } as const;
  const limits = { statementTimeoutMs: STATEMENT_TIMEOUT_MS, applicationName: 'passerella portal' };
  const consentDb = await openConsentDatabase({ ...connection, ...limits }, log);
  try {
    const { length } = await pendingConsentMigrations(consentDb);
    if (length > 0) {
      throw new ConfigError(`the consent database lacks ${length} migration(s): run «npm run admin -- migrate» first`);
    }
    if (!servesSandbox && (await isSandbox(consentDb))) throw refuseSandbox('consentDatabaseUrl');
  } catch (error) {
    await consentDb.destroy();
    throw error;
  }
  const tables = tablesOf(consentDb);
  const accessLog = accessLogIn(tables);
  const refusals = createRefusalLog(consentDb, accessLog, clock, log);
  const holders = createHolderLookup(db);
  return {
    db: consentDb,
    register: {
      opposition: createOppositionService({ tables, ana: new RegistryAnaLookup(db), clock }),
      notices: createNoticeDesk(tables, clock),
      offices: createOfficeDesk(tables, clock),
      enter: createFreeAreaEntrance({
        isTrue: (claim) =>
          claim.method === 'stp'
            ? holders.hasStp(claim.subject, claim.region, claim.issuedOn)
            : holders.hasCard(claim.subject, claim.cardNumber, claim.cardExpiry),
        ...{ guesses: createGuessCounter(tables), accessLog, refusals },
      }),
      terms: (at) => readTerms(tables, at),
    },
    async stop() {
      await refusals.flush();
      await consentDb.destroy();
    },
  };
}

/** The register's tables; their passing errors become `RegisterAway`, distinct from those of the TS database. */
function tablesOf(db: DataSource): ConsentTables {
  return {
    getRepository: db.getRepository.bind(db),
    async query<Result>(sql: string, parameters?: unknown[]): Promise<Result> {
      try {
        return await db.query<Result>(sql, parameters);
      } catch (error) {
        throw isPassing(error) ? new RegisterAway(error) : error;
      }
    },
  };
}
