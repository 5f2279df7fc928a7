/** What other folders may import of the sandbox's embedded PostgreSQL. */
export { takeLease } from './lease.js';
export { startEmbeddedPostgres, type EmbeddedPostgres, type EmbeddedPostgresOptions } from './start.js';
