/**
 * The sandbox role: gateway, portal and worker with their own database, PKI, mail and synthetic people, in one command.
 * For development only.
 */
import { readFileSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { testSierologici } from '../../../generated/TestSierologici.js';
import { ConfigError, configSchema, environmentName } from '../../config/index.js';
import type { Config } from '../../config/index.js';
import { romeDate } from '../../platform/clock.js';
import type { Clock } from '../../platform/clock.js';
import { isSandbox, markAsSandbox, openDatabase } from '../../platform/db/index.js';
import type { DataSource } from '../../platform/db/index.js';
import { isCodiceFiscale } from '../../platform/ids/index.js';
import { startEmbeddedPostgres, takeLease } from '../embedded/index.js';
import type { Logger } from '../../platform/log.js';
import { announcement, describeSandbox, writeSandboxFile, writeWorkerFile } from '../sandbox/announce.js';
import { FEEDING_SYSTEM, ensureFeedingPki } from '../sandbox/feeding-pki.js';
import type { FeedingPki } from '../sandbox/feeding-pki.js';
import { CATCHER_PASSWORD, CATCHER_USER, startMailCatcher } from '../sandbox/mail-catcher.js';
import type { MailCatcher } from '../sandbox/mail-catcher.js';
import { syntheticRegistry } from '../sandbox/people.js';
import type { SyntheticRegistry } from '../sandbox/people.js';
import { startDevelopmentProviders } from '../identity/server.js';
import type { DevelopmentProviders } from '../identity/server.js';
import { SANDBOX_ORGANISATION, ensureIdentityPki } from '../sandbox/identity-pki.js';
import { ensureDevelopmentPki } from '../sandbox/pki.js';
import type { DevelopmentPki } from '../sandbox/pki.js';
import { ForeignDatabaseError, addAddresses, populate, refuseForeign } from '../sandbox/populate.js';
import { ensureRegionPki } from '../sandbox/region-pki.js';
import { fillRegister } from '../sandbox/register.js';
import { cardListenerSettings } from '../../roles/card-listener.js';
import { allEntities } from '../../roles/entities.js';
import { consentOwnerUrl, migrateConsent, openConsentDatabase } from '../../roles/consent.js';
import { startGateway } from '../../roles/gateway.js';
import { migrateTs } from '../../roles/migrations.js';
import { startPortal } from '../../roles/portal.js';
import type { RunningPortal } from '../../roles/portal.js';
import { startWorker } from '../../roles/worker.js';
import { gatewaySettings } from '../../roles/settings.js';
import type { GatewaySettings } from '../../roles/settings.js';

/** Always the same people, so that recorded samples and screenshots stay valid. */
export const SANDBOX_PEOPLE = { seed: 20200824, persons: 2_000 } as const;

/** Of the synthetic people, at the development identity providers. */
const SHOWN_PEOPLE = 20;

export interface RunningSandbox {
  stop(): Promise<void>;
}

/**
 * @param out receives the announcement
 * @throws ConfigError when a database is configured without being declared a sandbox's, or another sandbox uses this
 * folder
 * @throws Error when a part cannot be started; nothing is left running then
 */
export async function startSandbox(
  config: Config,
  clock: Clock,
  log: Logger,
  out: (text: string) => void,
): Promise<RunningSandbox> {
  demandLeave(config);
  await mkdir(config.dataDirectory, { recursive: true }); // with default modes, because the database's user traverses it
  const lease = await takeLease(join(config.dataDirectory, 'sandbox'));
  try {
    if (await lease.isShared()) throw anotherRuns(config);
    const sandbox = await startAlone(config, clock, log, out);
    return {
      async stop() {
        await sandbox.stop();
        await lease.release();
      },
    };
  } catch (error) {
    await lease.release();
    throw error;
  }
}

/** The file for tools and the database have fixed names: a second sandbox would replace those of the first. */
function anotherRuns({ dataDirectory }: Config): ConfigError {
  const [folder, soap, ops] = [
    environmentName('dataDirectory'),
    environmentName('soapPort'),
    environmentName('opsPort'),
  ];
  const [portal, card] = [environmentName('portalPort'), environmentName('cardPort')];
  return new ConfigError(
    `another sandbox is running in ${resolve(dataDirectory)}: stop it, or give this one a folder and ports of its own, ` +
      `e.g. ${folder}=.sandbox-2 ${soap}=9443 ${portal}=9444 ${card}=9445 ${ops}=9091`,
  );
}

async function startAlone(
  config: Config,
  clock: Clock,
  log: Logger,
  out: (text: string) => void,
): Promise<RunningSandbox> {
  const embedded =
    config.databaseUrl === undefined
      ? await startEmbeddedPostgres({ dataDirectory: join(config.dataDirectory, 'postgres'), log })
      : undefined;
  const stops: (() => Promise<void>)[] = [async () => embedded?.stop()];
  try {
    const ownerUrl = config.databaseOwnerUrl ?? config.databaseUrl ?? embedded?.ownerUrl ?? '';
    await migrateTs(ownerUrl, log);
    const now = clock.now();
    const data = syntheticRegistry({ ...SANDBOX_PEOPLE, today: romeDate(now) });
    const ownerDb = await openDatabase({
      url: ownerUrl,
      entities: allEntities,
      poolSize: 4,
      statementTimeoutMs: 0,
      applicationName: 'passerella sandbox',
      log,
    });
    const named = [config.publicUrl, config.portalUrl, config.cardUrl].filter((url) => url !== undefined);
    const serverNames = named.map((url) => new URL(url).hostname);
    let pki: DevelopmentPki;
    let providers: DevelopmentProviders;
    try {
      await refuseForeign(ownerDb, data);
      await markAsSandbox(ownerDb); // before any publicly known account is in it
      await populate(ownerDb, data, clock);
      await addAddresses(ownerDb, data);
      pki = await ensureDevelopmentPki({
        directory: config.certificateDirectory,
        people: { ...data.identities, aslOperator: data.aslOperator },
        now,
        serverNames,
        log,
      });
      providers = await sandboxProviders(ownerDb, config, data, pki, clock);
      stops.unshift(() => providers.stop());
    } finally {
      await ownerDb.destroy();
    }
    const feeding = await feedingSystems(config, embedded?.ownerUrl, clock, log);
    const settings = gatewaySettings({
      ...config,
      ...(feeding?.settings ?? NO_FEEDING_SYSTEMS),
      databaseUrl: config.databaseUrl ?? ownerUrl,
      soapHost: config.soapHost === '0.0.0.0' ? '127.0.0.1' : config.soapHost,
      ...developmentKeys(pki),
    });
    const gateway = await startGateway({ ...settings, isSandbox: true }, clock, log);
    stops.unshift(() => gateway.stop());
    const portal = await startSandboxPortal(settings, pki, providers, clock, log);
    stops.unshift(() => portal.stop());
    const mail = await startMail(config, pki, clock, log, out);
    stops.unshift(() => mail.stop());
    const worker = await startWorker(workerConfig(settings, portal.url, mail.smtpPort, pki), clock, log);
    stops.unshift(() => worker.stop());
    const { metadataEndpoint: endpoint } = gateway;
    const metadata = feeding === undefined || endpoint === undefined ? undefined : { endpoint, pki: feeding.pki };
    const addresses = {
      ...gateway,
      ...{ namespace: testSierologici.namespace, identity: providers.origin },
      ...{ portal: portal.url, cardHost: portal.cardUrl, mail: mailFolder(config) },
    };
    const sandbox = describeSandbox(addresses, pki, data, metadata);
    if (feeding !== undefined) await announceWorker(config, feeding.settings.consentDatabaseUrl, now, log);
    out(announcement(sandbox, writeSandboxFile(config.dataDirectory, sandbox)));
    return {
      async stop() {
        for (const stop of stops) await stop();
      },
    };
  } catch (error) {
    for (const stop of stops) await stop();
    // The wrong setting is the one that names the foreign database.
    throw error instanceof ForeignDatabaseError ? new ConfigError(error.message, { cause: error }) : error;
  }
}

/** The portal beside the gateway; its metrics and health are at a separate random port. */
async function startSandboxPortal(
  { config, databaseUrl }: GatewaySettings,
  pki: DevelopmentPki,
  providers: DevelopmentProviders,
  clock: Clock,
  log: Logger,
): Promise<RunningPortal> {
  const here = (host: string): string => (host === '0.0.0.0' ? '127.0.0.1' : host);
  const hosts = { portalHost: here(config.portalHost), cardHost: here(config.cardHost) };
  const identity = await ensureIdentityPki({
    directory: join(config.certificateDirectory, 'identity'),
    origin: config.portalUrl ?? `https://localhost:${config.portalPort}`,
    providersOrigin: providers.origin,
    now: clock.now(),
  });
  const portal = await startPortal(
    {
      config: { ...config, ...SANDBOX_ORGANISATION, ...identity.settings, ...hosts, opsPort: 0 },
      ...{ databaseUrl, card: cardListenerSettings(config) },
      ...{ certificate: pki.server.certificate, key: pki.server.key, isSandbox: true },
    },
    clock,
    log,
  );
  const { spid = '', cie = '' } = portal.identityMetadata;
  providers.serve({ spid, cie }, identity.providers);
  return portal;
}

/**
 * SPID and CIE providers for synthetic people, at the port after the portal's two: another origin, as in production.
 */
function sandboxProviders(
  db: DataSource,
  config: Config,
  { persons }: SyntheticRegistry,
  pki: DevelopmentPki,
  clock: Clock,
): Promise<DevelopmentProviders> {
  const people = persons
    .filter(({ identifier, status }) => status === 'in_care' && isCodiceFiscale(identifier))
    .slice(0, SHOWN_PEOPLE)
    .map(({ identifier, givenName, surname }) => ({ codiceFiscale: identifier, title: `${givenName} ${surname}` }));
  return startDevelopmentProviders({
    db,
    tls: { cert: readFileSync(pki.server.certificate), key: readFileSync(pki.server.key) },
    port: config.portalPort === 0 ? 0 : config.portalPort + 2,
    people: [...people, { codiceFiscale: 'GDASDV00A01H501J', title: 'Persona del validatore di AgID' }],
    clock,
  });
}

const mailFolder = ({ dataDirectory }: Config): string => join(dataDirectory, 'mail');

/** Accepts every mail of the sandbox, stores it, and prints what a newcomer needs. */
async function startMail(
  config: Config,
  pki: DevelopmentPki,
  clock: Clock,
  log: Logger,
  out: (text: string) => void,
): Promise<MailCatcher> {
  return startMailCatcher({
    ...{ directory: mailFolder(config), clock, log },
    tls: {
      certificate: await readFile(pki.server.certificate, 'utf8'),
      key: await readFile(pki.server.key, 'utf8'),
    },
    fateOf: () => 'nessuna-ricevuta', // ordinary mail
    onMail({ to, subject, file }, text) {
      const link = /https:\/\/\S+/.exec(text)?.[0];
      out([`mail to ${to}: ${subject}`, ...(link === undefined ? [] : [link]), file].join('\n  '));
    },
  });
}

/**
 * Settings of the sandbox's worker: scheduled work of the TS database, and mails to account holders. Statistics and
 * notifications of opposition are sent by separate workers.
 */
function workerConfig(
  { config, databaseUrl }: GatewaySettings,
  portalUrl: string,
  smtpPort: number,
  pki: DevelopmentPki,
): Config {
  const { opsHost, campaignEnd, campaignGraceDays, registryRetentionMonths } = config;
  const { exchangeDirectory, rosterFileBytes } = config;
  return configSchema.parse({
    ...{ databaseUrl, sandboxDatabase: true, opsHost, opsPort: 0 },
    ...{ campaignEnd, campaignGraceDays, registryRetentionMonths, exchangeDirectory, rosterFileBytes },
    ...{ portalUrl, mailHost: '127.0.0.1', mailPort: smtpPort, mailFrom: CATCHER_USER },
    ...{ mailUser: CATCHER_USER, mailPassword: CATCHER_PASSWORD, mailAnchors: pki.server.ca },
  });
}

/** Settings for a worker that sends the sandbox's notifications: `npm run worker:sandbox`. */
async function announceWorker(config: Config, consentDatabaseUrl: string, now: Date, log: Logger): Promise<void> {
  const directory = join(config.certificateDirectory, 'regions');
  const { sender } = await ensureRegionPki({ directory, now, serverNames: [], log });
  writeWorkerFile(config.dataDirectory, {
    [environmentName('consentDatabaseUrl')]: consentDatabaseUrl,
    [environmentName('notificationCertificate')]: resolve(sender.certificate),
    [environmentName('notificationKey')]: resolve(sender.key),
    [environmentName('sandboxDatabase')]: 'true',
    [environmentName('opsPort')]: '0', // beside the sandbox's own listener
  });
}

/** Keys, people and passwords of a sandbox are public: it must not fill a database that is merely configured. */
function demandLeave(config: Config): void {
  if (config.sandboxDatabase) return;
  const named = (['databaseUrl', 'databaseOwnerUrl', 'consentDatabaseUrl', 'consentDatabaseOwnerUrl'] as const)
    .filter((key) => config[key] !== undefined)
    .map((key) => `${key} (${environmentName(key)})`);
  if (named.length === 0) return;
  throw new ConfigError(
    `${named.join(', ')}: the sandbox would fill this with people and accounts that everybody knows. Leave it out for ` +
      `a database of the sandbox's own, or, if it is for nothing else, set ${environmentName('sandboxDatabase')}=true`,
  );
}

/** The settings that name the development PKI. */
export function developmentKeys(pki: DevelopmentPki): Partial<Config> {
  return {
    tlsCertificate: pki.server.certificate,
    tlsKey: pki.server.key,
    cardAnchors: pki.cns.ca,
    cardRevocationList: pki.cns.crl,
    cardRevocationCheck: true,
    pincodeKey: pki.pincode.key,
  };
}

export const NO_FEEDING_SYSTEMS = {
  feedingSystemAnchors: undefined,
  feedingSystemRevocationList: undefined,
  feedingSystems: [],
} satisfies Partial<Config>;

/**
 * [B-1] The register's database, and the systems that query it about documents.
 * @returns undefined when the TS database is foreign and no other was configured: the register never shares it [O-4]
 */
async function feedingSystems(
  config: Config,
  embeddedUrl: string | undefined,
  clock: Clock,
  log: Logger,
): Promise<
  { readonly settings: Partial<Config> & { readonly consentDatabaseUrl: string }; readonly pki: FeedingPki } | undefined
> {
  if ((config.consentDatabaseOwnerUrl ?? config.consentDatabaseUrl ?? embeddedUrl) === undefined) return undefined;
  const ownerUrl = await consentOwnerUrl(config, embeddedUrl, log);
  await migrateConsent(ownerUrl, log);
  const isConfigured = (config.consentDatabaseOwnerUrl ?? config.consentDatabaseUrl) !== undefined;
  await prepareRegister(ownerUrl, isConfigured, clock, log);
  const now = clock.now();
  const pki = await ensureFeedingPki({ directory: join(config.certificateDirectory, 'feeding'), now, log });
  const settings = {
    consentDatabaseUrl: config.consentDatabaseUrl ?? ownerUrl,
    feedingSystemAnchors: pki.ca,
    feedingSystemRevocationList: pki.crl,
    feedingSystems: [`${FEEDING_SYSTEM.region}:${FEEDING_SYSTEM.name}`],
  };
  return { settings, pki };
}

/**
 * Marks it before the first synthetic person is inserted, and fills it.
 * @throws ForeignDatabaseError when it holds foreign decisions: a mark is never removed
 */
async function prepareRegister(ownerUrl: string, isConfigured: boolean, clock: Clock, log: Logger): Promise<void> {
  const connection = { url: ownerUrl, poolSize: 1, statementTimeoutMs: 0, applicationName: 'passerella sandbox' };
  const register = await openConsentDatabase(connection, log);
  try {
    const isOurs = await isSandbox(register);
    if (
      !isOurs &&
      isConfigured &&
      (await register.query<unknown[]>('SELECT FROM consent.decision LIMIT 1')).length > 0
    ) {
      throw new ForeignDatabaseError(
        'the consent database holds decisions that the sandbox did not make: give it an empty one',
      );
    }
    if (!isOurs) await markAsSandbox(register);
    await fillRegister(register, clock);
  } finally {
    await register.destroy();
  }
}
