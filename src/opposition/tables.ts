/** The consent database as the operator's desks use it: a connection, or a transaction that may be undone. */
import type { DataSource } from '../platform/db/index.js';

export type ConsentTables = Pick<DataSource, 'query' | 'getRepository'>;
