/** The consent database as the desks use it: a connection, or a transaction that may be rolled back. */
import type { DataSource } from '../platform/db/index.js';

export type ConsentTables = Pick<DataSource, 'query' | 'getRepository'>;
