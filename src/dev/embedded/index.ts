/** The embedded PostgreSQL of the sandbox: the only door to it. */
export { takeLease } from './lease.js';
export { startEmbeddedPostgres, type EmbeddedPostgres, type EmbeddedPostgresOptions } from './start.js';
