/** Our SOAP layer as the gateway hosts it, on Express, checking the XSD; with an empty handler, on plain HTTP. */
import type { Server } from 'node:http';
import { testSierologici } from '../../generated/TestSierologici.js';
import type { TestSierologiciOperations } from '../../generated/TestSierologici.js';
import { bareExpress, createHttpServer } from '../../src/platform/http/index.js';
import { createLogger } from '../../src/platform/log.js';
import { createSoapService, defaultLimits } from '../../src/platform/soap/index.js';
import { CONTRACT_DIRECTORY, PATH, done, patientList } from '../messages.js';

export function layerServer(): Server {
  let transactionId = 0;
  const soap = createSoapService<TestSierologiciOperations, string>({
    contract: testSierologici,
    contractDirectory: CONTRACT_DIRECTORY,
    address: `http://localhost${PATH}`,
    limits: defaultLimits,
    maxInFlight: 256,
    authenticate: () => Promise.resolve('nobody'),
    handlers: {
      scaricoElencoAssistiti: (request) =>
        Promise.resolve(patientList(++transactionId, request.codiceFiscaleMedicoTitolare)),
      invioTestSierologico: () => Promise.resolve(done(++transactionId)),
      annullamentoTestSierologico: () => Promise.resolve(done(++transactionId)),
      scaricoElencoTestSierologici: () => Promise.resolve(done(++transactionId)),
    },
    faultOf: () => undefined,
    log: createLogger('warn'), // as in the sandbox
  });
  const app = bareExpress();
  app.route(PATH).all(soap);
  return createHttpServer(app);
}
