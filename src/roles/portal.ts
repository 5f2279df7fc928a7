/**
 * The portal role: the pages for people, on the TS database and, if configured, the register of consents. Starts
 * completely or not at all; a stop answers the visits in progress first.
 */
import { createAslService } from '../asl/index.js';
import { createAccessLog, createRefusalLog } from '../audit/index.js';
import { createCitizenSessions, createLinks, createOwnAccount, createPassages } from '../auth/index.js';
import { createPasswordSignIn, createSessions } from '../auth/index.js';
import { ConfigError, REQUIRED_BY_PORTAL, environmentName } from '../config/index.js';
import type { Passages } from '../auth/index.js';
import type { Config } from '../config/index.js';
import type { Clock } from '../platform/clock.js';
import { openDatabase, portalRole } from '../platform/db/index.js';
import type { DataSource } from '../platform/db/index.js';
import { bareExpress, createHttpsServer, listen } from '../platform/http/index.js';
import type { Logger } from '../platform/log.js';
import { createAnchorSet, createPeerReader, plainTlsOptions } from '../platform/tls/index.js';
import { cardHost, createPdfMaker, mountPortal } from '../portal/index.js';
import type { IdentityServices } from '../portal/index.js';
import { createScreeningService, createSubstitutionDesk } from '../screening/index.js';
import type { SubstitutionDesk } from '../screening/index.js';
import { cardListenerSettings, openCardListener } from './card-listener.js';
import type { CardListener, CardListenerSettings } from './card-listener.js';
import { allEntities } from './entities.js';
import { identitySchemes } from './identity.js';
import { expiryGauge, keepCertificate } from './listener-trust.js';
import { openOperatorListener } from './operator-listener.js';
import { pageMetrics, portalGauges } from './portal-metrics.js';
import { RegisterAway, isPassing, officesIn, openPortalRegister } from './portal-register.js';
import type { PortalRegister, PortalRegisterOptions } from './portal-register.js';
import { openPatiently, refuseUnfit } from './serving-database.js';
import { listenerLimits } from './settings.js';

export interface PortalSettings {
  readonly config: Config;
  readonly databaseUrl: string;
  readonly certificate: string;
  readonly key: string;
  /** Absent: no sign-in by card. */
  readonly card?: CardListenerSettings | undefined;
  /** Only for the sandbox: permits a database that is marked as a sandbox's. */
  readonly isSandbox?: true;
}

export interface RunningPortal {
  /** URL of the portal. */
  readonly url: string;
  /** URL of the card host; undefined: there is none. */
  readonly cardUrl: string | undefined;
  readonly opsPort: number;
  /** Our metadata for SPID and CIE, as far as configured. */
  readonly identityMetadata: { readonly spid?: string | undefined; readonly cie?: string | undefined };
  stop(): Promise<void>;
}

const STATEMENT_TIMEOUT_MS = 10_000;

/** @throws ConfigError listing every missing setting, or unusable settings of the card host */
export function portalSettings(config: Config): PortalSettings {
  const missing = REQUIRED_BY_PORTAL.filter((key) => config[key] === undefined);
  const { databaseUrl, tlsCertificate, tlsKey } = config;
  if (missing.length > 0 || databaseUrl === undefined || tlsCertificate === undefined || tlsKey === undefined) {
    const problems = missing.map((key) => `${key} (${environmentName(key)}): required`);
    throw new ConfigError(`configuration:\n  ${problems.join('\n  ')}`);
  }
  const card = config.cardUrl === undefined ? undefined : cardListenerSettings(config);
  return { config, databaseUrl, certificate: tlsCertificate, key: tlsKey, card };
}

/**
 * @throws ConfigError if the tables are not of this release, Error if a port is in use or the database stays
 *   unavailable
 */
export async function startPortal(settings: PortalSettings, clock: Clock, log: Logger): Promise<RunningPortal> {
  const { config } = settings;
  const db = await openPatiently(() => openPortalDatabase(settings, log), log);
  const undo: (() => Promise<unknown>)[] = [() => db.destroy()];
  try {
    await refuseUnfit(db, settings.isSandbox);
    const register = await openRegister(settings, db, clock, log);
    if (register !== undefined) undo.unshift(() => register.stop());
    const ops = await openOperatorListener(config, [
      { name: 'database', db: () => db, isNeeded: true },
      ...(register === undefined ? [] : [{ name: 'consentDatabase', db: register.db, isNeeded: false } as const]),
    ]);
    undo.unshift(() => ops.close());
    const app = bareExpress();
    const server = createHttpsServer(tlsOf(settings), app);
    const limits = listenerLimits(config);
    const listener = await listen(server, { host: config.portalHost, port: config.portalPort }, limits);
    undo.unshift(() => listener.close(0));
    const certificate = keepCertificate(server, settings, log);
    undo.unshift(() => {
      certificate.stop();
      return Promise.resolve();
    });
    const { origin } = new URL(config.portalUrl ?? `https://localhost:${listener.port}`);
    const card = settings.card && (await openCardListener(settings.card, config, limits, clock, log));
    if (card !== undefined) undo.unshift(() => card.close(0));

    const schemes = identitySchemes(config, { origin, db, clock, log, metrics: ops.metrics });
    undo.unshift(() => {
      schemes.stop();
      return Promise.resolve();
    });
    const identity = schemes.services;
    const { doctor, asl, refusals, ...services } = servicesOf(config, identity, { db, clock, log, register });
    const { account, passages } = services;
    const { campaignStart, campaignEnd } = config;
    const readPeer = createPeerReader(config.trustedProxies, createAnchorSet([]), () => true);
    const pdf = createPdfMaker();
    undo.unshift(() => pdf.stop());
    const observe = pageMetrics(ops.metrics);
    const ofBoth = { clock, log, observe, maxInFlight: config.maxInFlight };
    if (card !== undefined) mountCardHost(card, { ...ofBoth, portal: origin }, passages);
    const inWork = mountPortal(app, {
      ...{ ...ofBoth, ...services, origin },
      card: card && { url: card.url },
      opposition: register && { register: register.register, makePdf: pdf.make },
      accessibilityDeclarationUrl: config.accessibilityDeclarationUrl,
      addressOf: (request) => readPeer(request).address,
      isPassing,
      isRegisterAway: (error) => error instanceof RegisterAway,
      works: () => answers(db),
      doctor: { ...doctor, account, campaignStart, campaignEnd, clock, makePdf: pdf.make },
      asl: { asl, account, campaignStart, campaignEnd, makePdf: pdf.make },
    });
    portalGauges(ops.metrics, inWork, card === undefined ? [listener] : [listener, card.listener]);
    const ofTls = card?.trust.expiries ?? certificate.expiries;
    expiryGauge(ops.metrics, () => ({ ...ofTls(), ...schemes.expiries() }));
    log.info('portal ready', { url: origin, cardUrl: card?.url, opsPort: ops.port });
    return {
      ...{ url: origin, cardUrl: card?.url, opsPort: ops.port },
      identityMetadata: { spid: identity.spid?.metadata, cie: identity.cie?.metadata },
      async stop() {
        ops.beginClosing();
        certificate.stop();
        schemes.stop();
        const graceMs = config.shutdownSeconds * 1000;
        await Promise.all([listener.close(graceMs), card?.close(graceMs)]);
        await pdf.stop();
        await ops.close();
        await refusals.flush();
        await register?.stop();
        await db.destroy();
        log.info('portal stopped');
      },
    };
  } catch (error) {
    for (const step of undo) await step();
    throw error;
  }
}

/** The services behind the pages, on the TS database. */
function servicesOf(
  config: Config,
  identity: IdentityServices,
  {
    db,
    clock,
    log,
    register,
  }: Pick<PortalRegisterOptions, 'db' | 'clock' | 'log'> & {
    readonly register: PortalRegister | undefined;
  },
) {
  const { campaignStart, campaignEnd, cardPolicies } = config;
  const accessLog = createAccessLog(db);
  const refusals = createRefusalLog(db, accessLog, clock, log);
  const passwordSignIn = createPasswordSignIn(db, (typed) => typed, clock);
  const takesCitizens = Object.keys(identity).length > 0;
  return {
    ...{ refusals, identity, takesCitizens },
    sessions: createSessions({
      db,
      passwordSignIn,
      accessLog,
      refusals,
      officesOf: register && officesIn(register, log),
    }),
    citizens: createCitizenSessions({ db, accessLog, refusals }),
    passages: createPassages({ db, cardPolicies, takesCitizens, refusals }),
    account: createOwnAccount({ db, passwordSignIn, accessLog, clock }),
    links: createLinks({ db, refusals }),
    doctor: {
      screening: createScreeningService({ db, accessLog, clock, campaignStart, campaignEnd }),
      substitutions: substitutionsIn(db, clock),
    },
    asl: createAslService({ db, accessLog, clock, campaignStart, campaignEnd }),
  };
}

/** @returns undefined: no register of consents is configured */
async function openRegister(
  { config, isSandbox: isOurs }: PortalSettings,
  db: DataSource,
  clock: Clock,
  log: Logger,
): Promise<PortalRegister | undefined> {
  const { consentDatabaseUrl: url } = config;
  if (url === undefined) return undefined;
  return openPortalRegister({ ...{ url, config, db, clock, log }, servesSandbox: isOurs === true });
}

function openPortalDatabase({ databaseUrl, config }: PortalSettings, log: Logger): Promise<DataSource> {
  return openDatabase({
    ...{ url: databaseUrl, role: portalRole, entities: allEntities, poolSize: config.databasePoolSize },
    ...{ statementTimeoutMs: STATEMENT_TIMEOUT_MS, plansOnce: true, applicationName: 'passerella portal', log },
  });
}

/** @throws ConfigError naming the file that cannot be used */
function tlsOf(files: PortalSettings): ReturnType<typeof plainTlsOptions> {
  try {
    return plainTlsOptions(files);
  } catch (cause) {
    throw new ConfigError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

function mountCardHost(
  { app, peerOf }: CardListener,
  options: Omit<Parameters<typeof cardHost>[0], 'addressOf' | 'present'>,
  passages: Passages,
): void {
  app.use(
    cardHost({
      ...options,
      addressOf: (request) => peerOf(request).address,
      present: (request, mark, arrival) => passages.present(peerOf(request).certificate, mark, arrival),
    }),
  );
}

const answers = (db: DataSource): Promise<boolean> =>
  db.query('SELECT 1').then(
    () => true,
    () => false,
  );

/** Each operation on substitutions in its own transaction. */
function substitutionsIn(db: DataSource, clock: Clock): SubstitutionDesk {
  return {
    add: (call, request) => db.transaction((tables) => createSubstitutionDesk(tables, clock).add(call, request)),
    check: (call, request) => db.transaction((tables) => createSubstitutionDesk(tables, clock).check(call, request)),
    revoke: (call, request) => db.transaction((tables) => createSubstitutionDesk(tables, clock).revoke(call, request)),
    list: (call, request) => db.transaction((tables) => createSubstitutionDesk(tables, clock).list(call, request)),
    received: (call) => db.transaction((tables) => createSubstitutionDesk(tables, clock).received(call, undefined)),
  };
}
