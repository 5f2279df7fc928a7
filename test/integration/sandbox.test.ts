/** The opposition in the sandbox: the metadata service with a permitted system, announced for people and tools. */
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { configSchema } from '../../src/config/index.js';
import type { Config } from '../../src/config/index.js';
import { systemClock } from '../../src/platform/clock.js';
import { isSandbox, openDatabase } from '../../src/platform/db/index.js';
import { createLogger } from '../../src/platform/log.js';
import { startSandbox } from '../../src/dev/roles/sandbox.js';
import { rosterDepartures } from '../../src/roster/index.js';
import { createTestDatabase } from '../support/database.js';
import { textOf } from '../support/gateway.js';
import { getPage, postSoap } from '../support/post.js';
import { QUESTION, metadataEnvelope } from './metadata-fixture.js';

const log = createLogger('silent');
/** A first start creates a dozen keys and hashes: seconds, but more on a busy machine. */
const PATIENCE_MS = 180_000;
let home: string;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'passerella-sandbox-'));
  await chmod(home, 0o711); // the database's user needs access, because the cluster is in this folder
});
afterAll(() => rm(home, { recursive: true, force: true }));

const configOf = (changes: Partial<Config> = {}): Config => ({
  ...configSchema.parse({ soapPort: 0, portalPort: 0, cardPort: 0, opsPort: 0 }),
  ...{ dataDirectory: join(home, 'data'), certificateDirectory: join(home, 'certs') },
  ...changes,
});

const fileShape = z.object({
  health: z.string(),
  ca: z.string(),
  soap: z.object({ endpoint: z.string() }),
  comunicazioneMetadati: z.object({ endpoint: z.string(), wsdl: z.string() }),
  feedingSystem: z.object({ certificate: z.string(), key: z.string(), p12: z.string() }),
});

const written = async (): Promise<unknown> =>
  JSON.parse(await readFile(join(home, 'data', 'sandbox.json'), 'utf8')) as unknown;

test(
  'a feeding system asks, with the data of sandbox.json; a doctor’s card is refused; a second start creates nothing',
  async () => {
    const said: string[] = [];
    const first = await startSandbox(configOf(), systemClock, log, (text) => said.push(text));
    const agents: Agent[] = [];
    let certificate: string;
    try {
      const sandbox = fileShape.parse(await written());
      const { endpoint, wsdl } = sandbox.comunicazioneMetadati;
      expect(endpoint).toBe(sandbox.soap.endpoint.replace('TestSierologici', 'ComunicazioneMetadati'));
      expect(said.join('\n')).toContain(`metadata  ${wsdl}`);
      const present = (cert: string, key: string): Agent => {
        const agent = new Agent({ ca: readFileSync(sandbox.ca), cert: readFileSync(cert), key: readFileSync(key) });
        agents.push(agent);
        return agent;
      };
      const system = present(sandbox.feedingSystem.certificate, sandbox.feedingSystem.key);
      const answer = await postSoap(endpoint, metadataEnvelope(QUESTION), system);
      expect({ status: answer.status, esito: textOf(answer, 'esito') }).toEqual({ status: 200, esito: '0000' });
      const card = present(join(home, 'certs', 'doctor.pem'), join(home, 'certs', 'doctor.key'));
      const refused = await postSoap(endpoint, metadataEnvelope(QUESTION), card);
      expect(textOf(refused, 'codice')).toBe('CERTIFICATO_NON_ATTENDIBILE');
      expect(JSON.parse((await getPage(sandbox.health)).text)).toMatchObject({
        status: 'ready',
        consentDatabase: 'ok',
      });
      certificate = await readFile(sandbox.feedingSystem.certificate, 'utf8');
    } finally {
      for (const agent of agents) agent.destroy();
      await first.stop();
    }

    // The state that a killed process leaves: the id of a process that does not exist.
    await writeFile(join(home, 'data', 'sandbox', 'in-use', '4194304-00000000'), '1');
    const second = await startSandbox(configOf(), systemClock, log, () => undefined);
    try {
      const before = await written();
      await expect(startSandbox(configOf(), systemClock, log, () => undefined)).rejects.toThrow(
        /^another sandbox is running in .*: stop it, or .* PASSERELLA_DATA_DIRECTORY=/,
      );
      expect(await written()).toEqual(before); // the file still belongs to the running one
      const { feedingSystem } = fileShape.parse(await written());
      expect(await readFile(feedingSystem.certificate, 'utf8')).toBe(certificate);
    } finally {
      await second.stop();
    }
  },
  PATIENCE_MS,
);

test(
  'on a foreign database, and no other named for the register: omitted, with a message',
  async () => {
    const database = await createTestDatabase();
    const said: string[] = [];
    const config = configOf({ databaseUrl: database.ownerUrl, sandboxDatabase: true });
    const sandbox = await startSandbox(config, systemClock, log, (text) => said.push(text));
    try {
      expect(said.join('\n')).toMatch(/^ {2}metadata {2}left out: .*PASSERELLA_CONSENT_DATABASE_URL/m);
      expect(Object.keys(z.looseObject({}).parse(await written()))).not.toContain('comunicazioneMetadati');
      expect(Object.keys(z.looseObject({}).parse(await written()))).not.toContain('feedingSystem');
      const db = await openDatabase({
        ...{ url: database.ownerUrl, entities: [], poolSize: 1, statementTimeoutMs: 0, applicationName: 'test', log },
      });
      expect(await isSandbox(db)).toBe(true);
      expect(await rosterDepartures.count(db, '2026-12-01')).toMatchObject({ rows: 0 });
      await db.destroy();
    } finally {
      await sandbox.stop();
      await database.drop();
    }
  },
  PATIENCE_MS,
);
