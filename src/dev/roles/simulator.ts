/** The simulator role: simulated regional FSEs, each with its listener, and their control endpoint [N-5]. */
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../../config/index.js';
import type { Clock } from '../../platform/clock.js';
import type { Logger } from '../../platform/log.js';
import { pemBlocks } from '../../platform/pem.js';
import { ensureRegionPki } from '../sandbox/region-pki.js';
import type { RegionPki } from '../sandbox/region-pki.js';
import { readArguments, startControl, startSimulatedRegion } from '../simulator/index.js';
import type { ServerPair, SimulatedRegion, SimulatorArguments } from '../simulator/index.js';
import { CONTRACT_DIRECTORY } from '../../roles/compose.js';

export interface RunningSimulator {
  readonly regions: readonly SimulatedRegion[];
  readonly controlUrl: string;
  stop(): Promise<void>;
}

/**
 * @param words arguments after `passerella simulator`
 * @param out receives the announcement
 * @throws ArgumentError when the arguments are invalid; Error when a part cannot be started, and nothing is left
 * running
 */
export async function startSimulator(
  words: readonly string[],
  config: Config,
  clock: Clock,
  log: Logger,
  out: (text: string) => void,
): Promise<RunningSimulator> {
  const wanted = readArguments(words);
  const pki = await ensureRegionPki({
    directory: join(config.certificateDirectory, 'regions'),
    now: clock.now(),
    serverNames: wanted.name === 'localhost' ? [] : [wanted.name],
    log,
  });
  const common = await commonOptions(wanted, pki);
  const data = wanted.data ?? join(config.dataDirectory, 'simulator');
  await mkdir(data, { recursive: true, mode: 0o700 });
  const regions: SimulatedRegion[] = [];
  const stop = async () => {
    await Promise.all(regions.map((region) => region.stop()));
  };
  try {
    for (const [index, region] of wanted.regions.entries()) {
      const port = wanted.port === 0 ? 0 : wanted.port + index;
      const journal = join(data, `${region}.jsonl`);
      regions.push(await startSimulatedRegion({ ...common, region, port, journal, clock, random: Math.random, log }));
    }
    const control = await startControl(wanted.controlPort, regions);
    const controlUrl = `http://127.0.0.1:${control.port}/`;
    out(announcement(regions, controlUrl, data, pki, wanted));
    return {
      regions,
      controlUrl,
      async stop() {
        await control.close(0);
        await stop();
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function commonOptions(wanted: SimulatorArguments, pki: RegionPki) {
  const pair = async (paths: { certificate: string; key: string }): Promise<ServerPair> => ({
    certificate: await readFile(paths.certificate, 'utf8'),
    key: await readFile(paths.key, 'utf8'),
  });
  const { certificate, key, signers } = wanted;
  return {
    host: wanted.host,
    publicName: wanted.name,
    contractDirectory: CONTRACT_DIRECTORY,
    server: await pair(certificate === undefined || key === undefined ? pki.region : { certificate, key }),
    wrong: await pair(pki.foreign),
    expired: await pair(pki.expired),
    senderAnchors: await readFile(wanted.senderCa ?? pki.senderCa, 'utf8'),
    signers: signers === undefined ? undefined : pemBlocks(await readFile(signers, 'utf8'), 'CERTIFICATE'),
    misbehaviours: wanted.misbehaviours,
    slowMs: wanted.slowMs,
    refuseCode: wanted.refuseCode,
  };
}

function announcement(
  regions: readonly SimulatedRegion[],
  controlUrl: string,
  data: string,
  pki: RegionPki,
  wanted: SimulatorArguments,
): string {
  const lines = ['Simulatore FSE regionale', ''];
  for (const { region, endpoint } of regions) lines.push(`  regione ${region}   ${endpoint}   (contratto: ?wsdl)`);
  lines.push(
    '',
    `  ricevute      ${data}/<regione>.jsonl`,
    `  controllo     ${controlUrl}`,
    `  CA del server ${wanted.certificate === undefined ? pki.regionCa : '(quella del certificato indicato)'}`,
  );
  if (wanted.senderCa === undefined)
    lines.push(`  certificato per provare l’invio: ${pki.sender.certificate}, ${pki.sender.key}`);
  return lines.join('\n');
}
