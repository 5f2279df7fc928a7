/** The `soap` package's server with the same contract and the same answers, set up according to its manual. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { join } from 'node:path';
import express from 'express';
import { listen } from 'soap';
import { testSierologici } from '../../generated/TestSierologici.js';
import { CONTRACT_DIRECTORY, PATH, done, patientList } from '../messages.js';

const file = join(CONTRACT_DIRECTORY, testSierologici.wsdlFile);

function options() {
  let transactionId = 0;
  const submitted = () => done(++transactionId);
  return {
    path: PATH,
    xml: readFileSync(file, 'utf8'),
    uri: file, // the schema is in the same folder
    services: {
      [testSierologici.service]: {
        [testSierologici.port]: {
          scaricoElencoAssistiti: (request: { codiceFiscaleMedicoTitolare: string }) =>
            patientList(++transactionId, request.codiceFiscaleMedicoTitolare),
          invioTestSierologico: submitted,
          annullamentoTestSierologico: submitted,
          scaricoElencoTestSierologici: submitted,
        },
      },
    },
  };
}

/** It reads the contract in the background, and answers nothing before that. */
function ready(on: Parameters<typeof listen>[0]): Promise<void> {
  return new Promise((resolve, reject) => {
    const callback = (error: unknown): void => {
      if (error instanceof Error) reject(error);
      else resolve();
    };
    listen(on, { ...options(), callback });
  });
}

export async function soapOnHttp(): Promise<Server> {
  const server = createServer((_request, response) => {
    response.writeHead(404).end();
  });
  await ready(server);
  return server;
}

export async function soapOnExpress(): Promise<Server> {
  const app = express();
  const server = createServer(app);
  await ready(app);
  return server;
}
