/** Databases for tests: each is a clone of the migrated template, deleted when dropped. Knows no table. */
import { randomBytes } from 'node:crypto';
import pg from 'pg';

/** Set by global-setup: the owner's URL of the run's cluster. */
export const clusterVariable = 'PASSERELLA_TEST_CLUSTER_URL';
export const templateName = 'passerella_template';
/** The template with the sandbox's synthetic persons. */
export const peopledTemplateName = 'passerella_template_people';

export interface TestDatabase {
  /** URL of the owner; use openDatabase with the gateway's role for the gateway's work. */
  ownerUrl: string;
  /** Ends every connection to it and deletes it. */
  drop(): Promise<void>;
}

const templates = { empty: 'template0', migrated: templateName, peopled: peopledTemplateName };

/**
 * A separate database for this test file.
 *
 * @param content nothing, for tests of the migrations themselves; every table without rows; or the sandbox's persons
 *   too
 */
export async function createTestDatabase(content: keyof typeof templates = 'migrated'): Promise<TestDatabase> {
  const template = templates[content];
  const name = `test_${randomBytes(8).toString('hex')}`;
  await asOwner(`CREATE DATABASE ${name} TEMPLATE ${template} STRATEGY file_copy`);
  return {
    ownerUrl: databaseUrl(clusterUrl(), name),
    drop: () => asOwner(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

/** The same cluster and login, another database. */
export function databaseUrl(url: string, database: string): string {
  const other = new URL(url);
  other.pathname = `/${database}`;
  return other.toString();
}

function clusterUrl(): string {
  const url = process.env[clusterVariable];
  if (url === undefined) throw new Error('no test cluster: run the tests by jest, whose globalSetup starts it');
  return url;
}

async function asOwner(sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: clusterUrl() });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
