/** Constructs the gateway's services and connects them; no other file does. */
import type { IncomingMessage } from 'node:http';
import { fileURLToPath } from 'node:url';
import type { Express, RequestHandler } from 'express';
import { servizioComunicazioneMetadati } from '../../generated/ComunicazioneMetadati.js';
import type { ServizioComunicazioneMetadatiOperations } from '../../generated/ComunicazioneMetadati.js';
import { testSierologici } from '../../generated/TestSierologici.js';
import type { TestSierologiciOperations } from '../../generated/TestSierologici.js';
import { createAccessLog, createRefusalLog } from '../audit/index.js';
import type { AccessLog, RefusalLog } from '../audit/index.js';
import { createAuthService, createPasswordSignIn, createSystemSignIn } from '../auth/index.js';
import type { Call } from '../auth/index.js';
import { soapEntrance, soapSystemEntrance } from '../auth/soap.js';
import { consentReaderRole, createBlockService } from '../opposition/index.js';
import { SYSTEM_OPERATION_OF, blockHandlers } from '../opposition/soap.js';
import type { Clock } from '../platform/clock.js';
import { isDatabaseUnavailable, isStatementTimeout, openDatabase, runtimeRole } from '../platform/db/index.js';
import type { DataSource } from '../platform/db/index.js';
import type { Logger } from '../platform/log.js';
import { createSoapService, defaultLimits, retryLaterFault } from '../platform/soap/index.js';
import type { Answered, SoapFault, SoapListener } from '../platform/soap/index.js';
import { createPeerReader } from '../platform/tls/index.js';
import { RegistryAnaLookup } from '../registry/index.js';
import { createScreeningService } from '../screening/index.js';
import { OPERATION_OF, screeningHandlers } from '../screening/soap.js';
import { openConsentDatabase } from './consent.js';
import { allEntities } from './entities.js';
import type { FeedingSettings, GatewaySettings } from './settings.js';

/** The directory of the contracts, next to the program in source and compiled form. */
export const CONTRACT_DIRECTORY = fileURLToPath(new URL('../../../wsdl', import.meta.url));

export const SOAP_PATH = '/ws/TestSierologici';
/** Namespace of the elements in the messages of TestSierologici. */
export const SOAP_NAMESPACE = testSierologici.namespace;
export const METADATA_PATH = '/ws/ComunicazioneMetadati';

const STATEMENT_TIMEOUT_MS = 10_000;

/** Opens the gateway's database as the role with only the rights that the operations need. */
export function openGatewayDatabase(url: string, poolSize: number, log: Logger): Promise<DataSource> {
  return openDatabase({
    url,
    role: runtimeRole,
    entities: allEntities,
    poolSize,
    statementTimeoutMs: STATEMENT_TIMEOUT_MS,
    plansOnce: true,
    applicationName: 'passerella gateway',
    log,
  });
}

/** Opens the consent database as the role that may read one view and call one function only [B-1]. */
export function openConsentReader(url: string, poolSize: number, log: Logger): Promise<DataSource> {
  const connection = { url, poolSize, statementTimeoutMs: STATEMENT_TIMEOUT_MS, applicationName: 'passerella gateway' };
  return openConsentDatabase({ ...connection, role: consentReaderRole }, log);
}

export interface Mounted {
  readonly services: readonly SoapListener[];
  /** Writes counted refusals to the access log. Call it before closing the database. */
  flush(): Promise<void>;
}

/**
 * Mounts the services on an application.
 * @param consentDb the consent database as its reader, if systems that feed the record are served
 * @param publicUrl base URL as callers see it, without a trailing slash
 * @param isCurrent whether the handshake of a message was verified with the current trust lists
 * @param observe called with every finished message
 */
export function mountGateway(
  app: Express,
  settings: GatewaySettings,
  db: DataSource,
  consentDb: DataSource | undefined,
  publicUrl: string,
  isCurrent: (request: IncomingMessage) => boolean,
  observe: (message: Answered<Call>) => void,
  clock: Clock,
  log: Logger,
): Mounted {
  const { config } = settings;
  const accessLog = createAccessLog(db);
  const refusals = createRefusalLog(db, accessLog, clock, log);
  const passwordSignIn = createPasswordSignIn(db, settings.decryptPincode, clock);
  const auth = createAuthService({ db, passwordSignIn, cardPolicies: config.cardPolicies, refusals });
  const readPeer = createPeerReader(config.trustedProxies, settings.anchors, isCurrent);
  const { campaignStart, campaignEnd } = config;
  const screening = createScreeningService({ db, accessLog, clock, campaignStart, campaignEnd });

  const soap = createSoapService<TestSierologiciOperations, Call>({
    contract: testSierologici,
    contractDirectory: CONTRACT_DIRECTORY,
    address: publicUrl + SOAP_PATH,
    limits: { ...defaultLimits, bodyBytes: config.bodyBytes },
    maxInFlight: config.maxInFlight,
    authenticate: soapEntrance(auth, readPeer, OPERATION_OF, clock),
    handlers: screeningHandlers(screening, { campaignStart, campaignEnd }),
    faultOf: databaseFault,
    observe,
    log,
  });

  // One layer; app.all would add one for each of the thirty HTTP methods.
  app.route(SOAP_PATH).all(soap);
  const services = [soap];
  const paths = [SOAP_PATH];
  const { feeding } = settings;
  if (feeding !== undefined && consentDb !== undefined) {
    const metadata = metadataCommunication(
      settings,
      feeding,
      accessLog,
      refusals,
      db,
      consentDb,
      publicUrl,
      isCurrent,
      observe,
      clock,
      log,
    );
    app.route(METADATA_PATH).all(metadata);
    services.push(metadata);
    paths.push(METADATA_PATH);
  }
  app.use(notFoundBeside(paths));
  return { services, flush: () => refusals.flush() };
}

/** [B-1] The service for the systems that feed the record, with its own callers, authorities and database. */
function metadataCommunication(
  { config }: GatewaySettings,
  { systems, anchors }: FeedingSettings,
  accessLog: AccessLog,
  refusals: RefusalLog,
  db: DataSource,
  consentDb: DataSource,
  publicUrl: string,
  isCurrent: (request: IncomingMessage) => boolean,
  observe: (message: Answered<Call>) => void,
  clock: Clock,
  log: Logger,
): SoapListener {
  const signIn = createSystemSignIn(systems, refusals);
  const readPeer = createPeerReader(config.trustedProxies, anchors, isCurrent);
  const ana = new RegistryAnaLookup(db);
  const block = createBlockService({ consentDb, db, ana, accessLog, clock });
  return createSoapService<ServizioComunicazioneMetadatiOperations, Call>({
    contract: servizioComunicazioneMetadati,
    contractDirectory: CONTRACT_DIRECTORY,
    address: publicUrl + METADATA_PATH,
    limits: { ...defaultLimits, bodyBytes: config.bodyBytes },
    maxInFlight: config.maxInFlight,
    authenticate: soapSystemEntrance(signIn, readPeer, SYSTEM_OPERATION_OF, clock),
    handlers: blockHandlers(block),
    faultOf: databaseFault,
    observe,
    log,
  });
}

/**
 * The fault for an unavailable or overloaded database. A retry is safe: a stored submission is reported as duplicate.
 */
function databaseFault(error: unknown): SoapFault | undefined {
  if (!isDatabaseUnavailable(error) && !isStatementTimeout(error)) return undefined;
  return retryLaterFault(
    'SERVIZIO_NON_DISPONIBILE',
    'Servizio temporaneamente non disponibile: ripetere la stessa richiesta.',
    5,
    { cause: error },
  );
}

/** @param paths the mounted services */
function notFoundBeside(paths: readonly string[]): RequestHandler {
  const where = paths.map((path) => `${path} (contratto: ${path}?wsdl)`).join(', ');
  const text = `Non trovato. ${paths.length === 1 ? 'Il servizio è' : 'I servizi sono'} a ${where}.\n`;
  return (_request, response) => {
    response.status(404).type('text/plain').send(text);
  };
}
