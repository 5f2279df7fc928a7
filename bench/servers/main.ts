/** One engine in a process of its own: `main.js <engine> [<folder of its pages>]` listens on a free port of the loopback and says which. */
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
server.keepAliveTimeout = 60_000; // it waits while the others have their turn
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`${port}\n`);
});
process.on('SIGTERM', () => process.exit(0)); // by itself, so that a profile is written
