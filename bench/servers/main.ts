/**
 * One engine in a separate process: `main.js <engine>` listens on a free port of the loopback address and prints it.
 */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { bareBytesServer, bareServer } from './bare.js';
import { layerServer } from './layer.js';
import { pageServer } from './page.js';
import { soapOnExpress, soapOnHttp } from './soap-package.js';

const ENGINES = new Map<string, () => Server | Promise<Server>>([
  ['layer', layerServer],
  ['soap-http', soapOnHttp],
  ['soap-express', soapOnExpress],
  ['bare', bareServer],
  ['bare-bytes', bareBytesServer],
  ['page', () => pageServer(process.argv[3] ?? '.')],
]);

const make = ENGINES.get(process.argv[2] ?? '');
if (make === undefined) throw new Error(`engines: ${[...ENGINES.keys()].join(', ')}`);
const server = await make();
server.keepAliveTimeout = 60_000; // idle while the others are measured
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`${port}\n`);
});
process.on('SIGTERM', () => process.exit(0)); // a regular exit, so that a profile is written
