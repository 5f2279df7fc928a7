/** The only place that constructs things: reads as the list of what the program is made of. */
import { fileURLToPath } from 'node:url';
import type { Express, RequestHandler } from 'express';
import { testSierologici } from '../../generated/TestSierologici.js';
import type { TestSierologiciOperations } from '../../generated/TestSierologici.js';
import { AccessLogRow, createAccessLog } from '../audit/index.js';
import { Account, SignInAttempt, createAccountStore, createAuthService, createPasswordSignIn } from '../auth/index.js';
import type { Principal } from '../auth/index.js';
import { soapAuthentication } from '../auth/soap.js';
import type { Clock } from '../platform/clock.js';
import { isDatabaseUnavailable, isStatementTimeout, openDatabase, runtimeRole } from '../platform/db/index.js';
import type { DataSource } from '../platform/db/index.js';
import type { Logger } from '../platform/log.js';
import { createSoapService, defaultLimits, retryLaterFault } from '../platform/soap/index.js';
import type { SoapFault } from '../platform/soap/index.js';
import { createCertificateSource } from '../platform/tls/index.js';
import { registryEntities } from '../registry/index.js';
import {
  Substitution,
  TestCancellation,
  TestSubmission,
  createScreeningService,
  createScreeningStore,
} from '../screening/index.js';
import { OPERATION_OF, screeningHandlers } from '../screening/soap.js';
import type { GatewaySettings } from './settings.js';

/** Every entity: for the data source, and for the test that compares them with the tables. */
export const allEntities = [
  AccessLogRow,
  Account,
  SignInAttempt,
  Substitution,
  TestSubmission,
  TestCancellation,
  ...registryEntities,
];

/** Where the contracts are: beside the program, compiled or not. */
export const CONTRACT_DIRECTORY = fileURLToPath(new URL('../../../wsdl', import.meta.url));

export const SOAP_PATH = '/ws/TestSierologici';

const STATEMENT_TIMEOUT_MS = 10_000;

/** The gateway's database, as the role that may do no more than the operations need. */
export function openGatewayDatabase(url: string, poolSize: number, log: Logger): Promise<DataSource> {
  return openDatabase({
    url,
    role: runtimeRole,
    entities: allEntities,
    poolSize,
    statementTimeoutMs: STATEMENT_TIMEOUT_MS,
    applicationName: 'passerella gateway',
    log,
  });
}

/**
 * Puts the services onto an application.
 * @param publicUrl base URL as callers see it, without a slash at the end
 */
export function mountGateway(
  app: Express,
  settings: GatewaySettings,
  db: DataSource,
  publicUrl: string,
  clock: Clock,
  log: Logger,
): void {
  const { config } = settings;
  const accessLog = createAccessLog(db);
  const accounts = createAccountStore(db);
  const passwordSignIn = createPasswordSignIn(accounts, settings.decryptPincode, clock);
  const auth = createAuthService({ accounts, passwordSignIn, cardPolicies: config.cardPolicies, accessLog, clock });
  const certificates = createCertificateSource(config.trustedProxies, settings.anchors);
  const store = createScreeningStore(db);
  const screening = createScreeningService({ store, accessLog, clock, campaignStart: config.campaignStart });

  const soap = createSoapService<TestSierologiciOperations, Principal>({
    contract: testSierologici,
    contractDirectory: CONTRACT_DIRECTORY,
    address: publicUrl + SOAP_PATH,
    limits: { ...defaultLimits, bodyBytes: config.bodyBytes },
    maxInFlight: config.maxInFlight,
    authenticate: soapAuthentication(auth, certificates, OPERATION_OF),
    handlers: screeningHandlers(screening),
    faultOf: databaseFault,
    log,
  });

  app.all(SOAP_PATH, soap);
  app.use(notFound);
}

/** A database that is away or too busy: the same message may be sent again, a submission that did arrive shows as duplicate. */
function databaseFault(error: unknown): SoapFault | undefined {
  if (!isDatabaseUnavailable(error) && !isStatementTimeout(error)) return undefined;
  return retryLaterFault(
    'SERVIZIO_NON_DISPONIBILE',
    'Servizio temporaneamente non disponibile: ripetere la stessa richiesta.',
    5,
    error,
  );
}

const notFound: RequestHandler = (_request, response) => {
  response
    .status(404)
    .type('text/plain')
    .send(`Non trovato. Il servizio è a ${SOAP_PATH}, il contratto a ${SOAP_PATH}?wsdl.\n`);
};
