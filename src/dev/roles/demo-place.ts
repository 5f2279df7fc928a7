/**
 * The environment of the demonstration: scratch databases in the sandbox's embedded cluster, synthetic people in them,
 * and a scratch folder. Created at each start and removed at the end; a configured database is never touched.
 */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../../config/index.js';
import { consentRole } from '../../opposition/index.js';
import type { IsoDate } from '../../platform/clock.js';
import { markAsSandbox, openDatabase, runtimeRole } from '../../platform/db/index.js';
import { startEmbeddedPostgres } from '../embedded/index.js';
import type { DataSource } from '../../platform/db/index.js';
import type { Logger } from '../../platform/log.js';
import { RegistryAnaLookup, createHolderLookup } from '../../registry/index.js';
import type { AnaLookup, HolderLookup } from '../../registry/index.js';
import { loadSyntheticRegistry, syntheticRegistry } from '../sandbox/people.js';
import { migrateConsent, openConsentDatabase } from '../../roles/consent.js';
import { migrateTs } from '../../roles/migrations.js';

const TS_DATABASE = 'passerella_demo';
const CONSENT_DATABASE = 'passerella_demo_consent';
const CONNECTION = { poolSize: 8, statementTimeoutMs: 30_000, applicationName: 'passerella demo' };

export interface DemoPlace {
  /** Consent database as its owner, for the desks. */
  readonly owner: DataSource;
  /** Consent database as the role of register and worker. */
  readonly register: DataSource;
  readonly consentUrl: string;
  readonly ana: AnaLookup;
  readonly holders: HolderLookup;
  /** TS database as its owner, to insert persons. */
  readonly registry: DataSource;
  readonly url: string;
  /** An empty folder for files. */
  readonly folder: string;
  /** Removes everything; the embedded server keeps running if a sandbox uses it. */
  close(): Promise<void>;
}

/** @throws Error when a step fails; nothing remains then */
export async function openDemoPlace(config: Config, log: Logger): Promise<DemoPlace> {
  const undo: (() => Promise<unknown>)[] = [];
  /** Runs every step, even if one fails: a database that is not dropped must not leave its server running. */
  const close = async (): Promise<void> => {
    const failures: unknown[] = [];
    for (const step of undo.splice(0).reverse()) await step().catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw new Error('the demonstration was not cleared away', { cause: failures[0] });
  };
  const opened = async (opening: Promise<DataSource>): Promise<DataSource> => {
    const db = await opening;
    undo.push(() => db.destroy());
    return db;
  };
  try {
    const embedded = await startEmbeddedPostgres({ dataDirectory: join(config.dataDirectory, 'postgres'), log });
    undo.push(() => embedded.stop());
    const cluster = await opened(
      openDatabase({ ...CONNECTION, url: embedded.ownerUrl, poolSize: 1, entities: [], log }),
    );
    // Removes remains of a killed demonstration too.
    const drop = async (): Promise<void> => {
      for (const name of [TS_DATABASE, CONSENT_DATABASE]) {
        await cluster.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      }
    };
    await drop();
    undo.push(drop);
    for (const name of [TS_DATABASE, CONSENT_DATABASE]) await cluster.query(`CREATE DATABASE ${name}`);
    const url = urlOf(embedded.ownerUrl, TS_DATABASE);
    const consentUrl = urlOf(embedded.ownerUrl, CONSENT_DATABASE);
    await migrateTs(url, log);
    await migrateConsent(consentUrl, log);

    const folder = join(config.dataDirectory, 'demo');
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true, mode: 0o700 });
    undo.push(() => rm(folder, { recursive: true, force: true }));

    const gateway = await opened(openDatabase({ ...CONNECTION, url, role: runtimeRole, entities: [], log }));
    const registry = await opened(openDatabase({ ...CONNECTION, url, entities: [], log }));
    const owner = await opened(openConsentDatabase({ ...CONNECTION, url: consentUrl }, log));
    for (const db of [registry, owner]) await markAsSandbox(db);
    return {
      owner,
      register: await opened(openConsentDatabase({ ...CONNECTION, url: consentUrl, role: consentRole }, log)),
      registry,
      ana: new RegistryAnaLookup(gateway),
      holders: createHolderLookup(gateway),
      ...{ url, consentUrl, folder, close },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

export interface DemoPeople {
  /** Codes; the first region has the most persons in care. */
  readonly regions: readonly string[];
  /** Identifiers, from each region in turn. */
  readonly subjects: readonly string[];
}

/** Not all of them are in care, and the first doctor's region has far more than the others. */
const MADE_PER_SUBJECT = 6;
const FEWEST_MADE = 2_000;
const SEED = 20240630;

/** Inserts synthetic people into the registry, and chooses who will oppose. */
export async function addDemoPeople(
  registry: DataSource,
  wanted: { readonly persons: number; readonly regions: number },
  today: IsoDate,
): Promise<DemoPeople> {
  const made = Math.max(FEWEST_MADE, wanted.persons * MADE_PER_SUBJECT);
  const data = syntheticRegistry({ seed: SEED, persons: made, today });
  await loadSyntheticRegistry(registry, data);
  const inCare = new Map<string, string[]>();
  for (const { regionCode, identifier, status } of data.persons) {
    if (status !== 'in_care') continue;
    const known = inCare.get(regionCode);
    if (known === undefined) inCare.set(regionCode, [identifier]);
    else known.push(identifier);
  }
  const largest = [...inCare].toSorted(([, a], [, b]) => b.length - a.length).slice(0, wanted.regions);
  const subjects: string[] = [];
  for (let place = 0; subjects.length < wanted.persons; place++) {
    const row = largest.flatMap(([, persons]) => persons[place] ?? []);
    if (row.length === 0) break;
    subjects.push(...row.slice(0, wanted.persons - subjects.length));
  }
  return { regions: largest.map(([region]) => region), subjects };
}

function urlOf(clusterUrl: string, database: string): string {
  const url = new URL(clusterUrl);
  url.pathname = `/${database}`;
  return url.toString();
}
