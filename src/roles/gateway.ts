/**
 * The gateway role: two listeners over one database. Starts completely or not at all; ends when all accepted messages
 * are answered.
 */
import { ConfigError } from '../config/index.js';
import type { Clock } from '../platform/clock.js';
import { isSandbox } from '../platform/db/index.js';
import type { DataSource } from '../platform/db/index.js';
import { bareExpress, createHttpsServer, listen } from '../platform/http/index.js';
import type { Logger } from '../platform/log.js';
import { cardTlsOptions } from '../platform/tls/index.js';
import { METADATA_PATH, SOAP_PATH, mountGateway, openConsentReader, openGatewayDatabase } from './compose.js';
import { pendingConsentMigrations } from './consent.js';
import { addListenerMetrics, messageMetrics } from './gateway-metrics.js';
import { keepTrust } from './listener-trust.js';
import { openOperatorListener } from './operator-listener.js';
import { openPatiently, refuseSandbox, refuseUnfit } from './serving-database.js';
import { listenerLimits } from './settings.js';
import type { GatewaySettings } from './settings.js';

export { gatewaySettings } from './settings.js';

export interface RunningGateway {
  /** Absolute URL of the SOAP endpoint, as callers see it. */
  readonly endpoint: string;
  /** The same for ComunicazioneMetadati; undefined: no feeding systems are served. */
  readonly metadataEndpoint: string | undefined;
  readonly soapPort: number;
  readonly opsPort: number;
  /** Stops accepting, answers accepted messages, closes the database. */
  stop(): Promise<void>;
}

/**
 * @throws ConfigError when the tables are not of this release, Error when a port is in use or the database stays
 * unavailable
 */
export async function startGateway(settings: GatewaySettings, clock: Clock, log: Logger): Promise<RunningGateway> {
  const { config } = settings;
  const db = await openPatiently(() => openGatewayDatabase(settings.databaseUrl, config.databasePoolSize, log), log);
  const undo: (() => Promise<unknown>)[] = [() => db.destroy()];
  try {
    await refuseUnfit(db, settings.isSandbox);
    const consentDb = await openConsent(settings, log);
    if (consentDb !== undefined) undo.unshift(() => consentDb.destroy());
    // Without the consent database the gateway stays in service: doctors do not need it (decision 0030).
    const ops = await openOperatorListener(config, [
      { name: 'database', db: () => db, isNeeded: true },
      ...(consentDb === undefined ? [] : [{ name: 'consentDatabase', db: () => consentDb, isNeeded: false } as const]),
    ]);
    undo.unshift(() => ops.close());

    const app = bareExpress();
    const server = createHttpsServer(cardTlsOptions(settings.tls), app);
    const soapListener = await listen(server, { host: config.soapHost, port: config.soapPort }, listenerLimits(config));
    undo.unshift(() => soapListener.close(0));
    // Without a configured URL, the one in the WSDL is known only once the port is.
    const publicUrl = (config.publicUrl ?? `https://localhost:${soapListener.port}`).replace(/\/+$/, '');
    const trust = keepTrust(server, soapListener, settings, clock, log);
    undo.unshift(() => {
      trust.stop();
      return Promise.resolve();
    });
    const observe = messageMetrics(ops.metrics);
    const mounted = mountGateway(app, settings, db, consentDb, publicUrl, trust.isCurrent, observe, clock, log);
    addListenerMetrics(ops.metrics, soapListener, mounted.services, trust);

    log.info('gateway ready', { soapPort: soapListener.port, opsPort: ops.port });
    return {
      endpoint: publicUrl + SOAP_PATH,
      metadataEndpoint: consentDb === undefined ? undefined : publicUrl + METADATA_PATH,
      soapPort: soapListener.port,
      opsPort: ops.port,
      async stop() {
        ops.beginClosing();
        trust.stop();
        await soapListener.close(config.shutdownSeconds * 1000);
        await ops.close();
        await mounted.flush();
        await consentDb?.destroy();
        await db.destroy();
        log.info('gateway stopped');
      },
    };
  } catch (error) {
    for (const step of undo) await step();
    throw error;
  }
}

/** The reader's connection to the consent database, if systems that feed the record are served [B-1]. */
async function openConsent(
  { config, feeding, isSandbox: isOurs }: GatewaySettings,
  log: Logger,
): Promise<DataSource | undefined> {
  if (feeding === undefined) return undefined;
  const open = () => openConsentReader(feeding.consentDatabaseUrl, config.consentDatabasePoolSize, log);
  const consentDb = await openPatiently(open, log);
  const pending = await pendingConsentMigrations(consentDb);
  const isRefused = pending.length === 0 && isOurs !== true && (await isSandbox(consentDb));
  if (pending.length === 0 && !isRefused) return consentDb;
  await consentDb.destroy();
  if (isRefused) throw refuseSandbox('consentDatabaseUrl');
  throw new ConfigError(
    `the consent database lacks ${pending.length} migration(s): run «npm run admin -- migrate» first`,
  );
}
