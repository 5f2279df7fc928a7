/** The portal role: the pages for people, over one database. Starts whole or not at all, ends when its visits are answered. */
import { readFileSync } from 'node:fs';
import { createAslService } from '../asl/index.js';
import { createAccessLog, createRefusalLog } from '../audit/index.js';
import { createCitizenSessions, createPasswordSignIn, createSessions } from '../auth/index.js';
import { ConfigError, REQUIRED_BY_PORTAL, environmentName } from '../config/index.js';
import type { Config } from '../config/index.js';
import type { Clock } from '../platform/clock.js';
import { isDatabaseUnavailable, isStatementTimeout, openDatabase, portalRole } from '../platform/db/index.js';
import type { DataSource } from '../platform/db/index.js';
import { bareExpress, createHttpsServer, defaultListenerLimits, listen } from '../platform/http/index.js';
import type { Logger } from '../platform/log.js';
import { Counter, Histogram, readGauge } from '../platform/metrics.js';
import type { Registry } from '../platform/metrics.js';
import { createAnchorSet, createPeerReader } from '../platform/tls/index.js';
import { createPdfMaker, mountPortal } from '../portal/index.js';
import type { Answered } from '../portal/index.js';
import { createScreeningService, createSubstitutionDesk } from '../screening/index.js';
import type { SubstitutionDesk } from '../screening/index.js';
import { allEntities } from './entities.js';
import { identitySchemes } from './identity.js';
import { openOperatorListener } from './operator-listener.js';
import { openPatiently, refuseUnfit } from './serving-database.js';

export interface PortalSettings {
  readonly config: Config;
  readonly databaseUrl: string;
  readonly certificate: string;
  readonly key: string;
  /** Only the sandbox says so: a database marked as a sandbox's is served. */
  readonly isSandbox?: true;
}

export interface RunningPortal {
  /** Its address in the browser. */
  readonly url: string;
  readonly opsPort: number;
  /** What SPID and CIE know of us; without that which is not configured. */
  readonly identityMetadata: { readonly spid?: string | undefined; readonly cie?: string | undefined };
  stop(): Promise<void>;
}

const STATEMENT_TIMEOUT_MS = 10_000;

/** @throws ConfigError listing every missing setting */
export function portalSettings(config: Config): PortalSettings {
  const missing = REQUIRED_BY_PORTAL.filter((key) => config[key] === undefined);
  const { databaseUrl, tlsCertificate, tlsKey } = config;
  if (missing.length > 0 || databaseUrl === undefined || tlsCertificate === undefined || tlsKey === undefined) {
    const problems = missing.map((key) => `${key} (${environmentName(key)}): required`);
    throw new ConfigError(`configuration:\n  ${problems.join('\n  ')}`);
  }
  return { config, databaseUrl, certificate: tlsCertificate, key: tlsKey };
}

/** @throws ConfigError when the tables are not of this release, Error when a port is taken or the database stays away */
export async function startPortal(settings: PortalSettings, clock: Clock, log: Logger): Promise<RunningPortal> {
  const { config } = settings;
  const db = await openPatiently(() => openPortalDatabase(settings, log), log);
  const undo: (() => Promise<unknown>)[] = [() => db.destroy()];
  try {
    await refuseUnfit(db, settings.isSandbox);
    const ops = await openOperatorListener(config, [{ name: 'database', db: () => db, isNeeded: true }]);
    undo.unshift(() => ops.close());
    const app = bareExpress();
    const tls = { cert: read('tlsCertificate', settings.certificate), key: read('tlsKey', settings.key) };
    const server = createHttpsServer(tls, app);
    const limits = {
      ...defaultListenerLimits,
      maxConnections: config.maxConnections,
      maxConnectionsPerAddress: config.maxConnectionsPerAddress,
      handshakesPerSecondPerAddress: config.handshakesPerSecondPerAddress,
      trustedProxies: config.trustedProxies,
    };
    const listener = await listen(server, { host: config.portalHost, port: config.portalPort }, limits);
    undo.unshift(() => listener.close(0));
    const url = new URL(config.portalUrl ?? `https://localhost:${listener.port}`);

    const accessLog = createAccessLog(db);
    const refusals = createRefusalLog(db, accessLog, clock, log);
    const passwordSignIn = createPasswordSignIn(db, (typed) => typed, clock);
    const sessions = createSessions({ db, passwordSignIn, accessLog, refusals });
    const citizens = createCitizenSessions({ db, accessLog, refusals });
    const identity = identitySchemes(config, url.origin, db, clock.now(), log);
    const { campaignStart, campaignEnd } = config;
    const readPeer = createPeerReader(config.trustedProxies, createAnchorSet([]), () => true);
    const pdf = createPdfMaker();
    undo.unshift(() => pdf.stop());
    const inWork = mountPortal(app, {
      ...{ sessions, citizens, identity, origin: url.origin, clock, log, maxInFlight: config.maxInFlight },
      accessibilityDeclarationUrl: config.accessibilityDeclarationUrl,
      addressOf: (request) => readPeer(request).address,
      isPassing: (error) => isDatabaseUnavailable(error) || isStatementTimeout(error),
      works: () => answers(db),
      observe: pageMetrics(ops.metrics),
      doctor: {
        screening: createScreeningService({ db, accessLog, clock, campaignStart, campaignEnd }),
        substitutions: substitutionsIn(db, clock),
        ...{ campaignStart, campaignEnd, clock, makePdf: pdf.make },
      },
      asl: {
        asl: createAslService({ db, accessLog, clock, campaignStart, campaignEnd }),
        ...{ campaignStart, campaignEnd, makePdf: pdf.make },
      },
    });
    readGauge(ops.metrics, 'passerella_visits_in_work', 'Visits of the portal that are not answered yet.', inWork);
    readGauge(ops.metrics, 'passerella_connections', 'Open connections of the portal.', () => listener.crowd().open);
    log.info('portal ready', { url: url.origin, opsPort: ops.port });
    return {
      ...{ url: url.origin, opsPort: ops.port },
      identityMetadata: { spid: identity.spid?.metadata, cie: identity.cie?.metadata },
      async stop() {
        ops.beginClosing();
        await listener.close(config.shutdownSeconds * 1000);
        await pdf.stop();
        await ops.close();
        await refusals.flush();
        await db.destroy();
        log.info('portal stopped');
      },
    };
  } catch (error) {
    for (const step of undo) await step();
    throw error;
  }
}

function openPortalDatabase({ databaseUrl, config }: PortalSettings, log: Logger): Promise<DataSource> {
  return openDatabase({
    ...{ url: databaseUrl, role: portalRole, entities: allEntities, poolSize: config.databasePoolSize },
    ...{ statementTimeoutMs: STATEMENT_TIMEOUT_MS, plansOnce: true, applicationName: 'passerella portal', log },
  });
}

function read(setting: keyof Config, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new ConfigError(`${setting} (${environmentName(setting)}): ${file} cannot be read`, { cause });
  }
}

const answers = (db: DataSource): Promise<boolean> =>
  db.query('SELECT 1').then(
    () => true,
    () => false,
  );

/** Each operation on substitutions in a transaction of its own. */
function substitutionsIn(db: DataSource, clock: Clock): SubstitutionDesk {
  return {
    add: (call, request) => db.transaction((tables) => createSubstitutionDesk(tables, clock).add(call, request)),
    revoke: (call, request) => db.transaction((tables) => createSubstitutionDesk(tables, clock).revoke(call, request)),
    list: (call, request) => db.transaction((tables) => createSubstitutionDesk(tables, clock).list(call, request)),
    received: (call) => db.transaction((tables) => createSubstitutionDesk(tables, clock).received(call, undefined)),
  };
}

/** The portal's figures [S-4]: pages by path and status. */
function pageMetrics(registry: Registry): (visit: Answered) => void {
  const registers = [registry];
  const total = new Counter({
    ...{ name: 'passerella_pages_total', help: 'Visits of the portal by page and HTTP status.', registers },
    labelNames: ['page', 'status'],
  });
  const duration = new Histogram({
    ...{ name: 'passerella_page_duration_seconds', help: 'Seconds from a request to its page.', registers },
    labelNames: ['page'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  });
  return ({ path: page = 'none', status, seconds }) => {
    total.inc({ page, status });
    duration.observe({ page }, seconds);
  };
}
