/**
 * The SQL that the gateway sends for a request, captured from the gateway's stores, so that pgbench always runs the
 * current SQL. Connects to nothing and runs nothing.
 */
import pg from 'pg';
import { DataSource } from 'typeorm';
import type { AdmittedAccess } from '../src/auth/index.js';
import { createAccountStore } from '../src/auth/store.js';
import { createBlockRegister } from '../src/opposition/block/store.js';
import { createScreeningStore } from '../src/screening/store.js';

export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** Thrown instead of sending. */
class Sent extends Error {
  constructor(readonly config: unknown) {
    super('this pool only listens');
  }
}

class ListeningPool extends pg.Pool {
  override query(...args: unknown[]): never {
    throw new Sent(args[0]);
  }
}

function listeningSource(): DataSource {
  const source = new DataSource({ type: 'postgres' });
  Object.assign(source.driver, { master: new ListeningPool() });
  return source;
}

async function sentBy(work: (source: DataSource) => Promise<unknown>): Promise<Statement> {
  try {
    await work(listeningSource());
  } catch (error) {
    const config = error instanceof Sent ? error.config : undefined;
    if (typeof config === 'object' && config !== null && 'text' in config && 'values' in config) {
      const { text, values } = config;
      if (typeof text === 'string' && Array.isArray(values)) return { text, values };
    }
    throw error;
  }
  throw new Error('the store sent no statement');
}

/** Arbitrary values: they are written, not checked. */
function access(operation: string, doctor: string): AdmittedAccess {
  const columns = {
    at: new Date(),
    operation,
    userId: doctor,
    doctor,
    titular: doctor,
    method: 'card' as const,
    clientAddress: '127.0.0.1',
    requestId: '00000000-0000-4000-8000-000000000000',
  };
  return columns as unknown as AdmittedAccess;
}

/** Of every request by card: looks up the account. */
export function signInStatement(doctor: string): Promise<Statement> {
  return sentBy((source) => createAccountStore(source).byCodiceFiscale(doctor));
}

export function submissionStatement(doctor: string, person: string, executedOn: string): Promise<Statement> {
  const test = { titular: doctor, doctor, person, executedOn };
  return sentBy((source) => createScreeningStore(source).submit(access('test-submission', doctor), test, []));
}

export function patientListStatement(doctor: string): Promise<Statement> {
  return sentBy((source) => createScreeningStore(source).patientList(access('patient-list', doctor)));
}

/** Of every document: whether the block is active, and whether the person opposed. */
export function blockLookUpStatement(subject: string): Promise<Statement> {
  return sentBy((source) => createBlockRegister(source).stateOf({ identifiers: [subject], today: '2026-12-18' }));
}
