/**
 * What a database error means to a caller: whether to retry, and which constraint it broke.
 */
import { types } from 'node:util';
import { QueryRunnerAlreadyReleasedError, QueryRunnerProviderAlreadyReleasedError } from 'typeorm';
import { SQLSTATE, SQLSTATE_CLASS } from './sqlstate.js';

/** System errors of a connection that could not be made or was lost. ENOENT: the socket file of a stopped server. */
const lostConnection = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EAI_AGAIN',
  'ENOTFOUND',
  'ENOENT',
]);

const unavailableStates: ReadonlySet<string> = new Set([
  SQLSTATE.adminShutdown,
  SQLSTATE.crashShutdown,
  SQLSTATE.cannotConnectNow,
  SQLSTATE.tooManyConnections,
]);

/** Errors that the driver gives no code: connection ended, or not obtained in time. */
const lostInDriver =
  /^(Connection terminated|timeout exceeded when trying to connect|timeout expired|Client has encountered a connection error|Client was closed|Query read timeout)/;

/**
 * Whether the database could not be reached or the connection was lost: the statement may or may not have been
 * executed, and another attempt may succeed. False for every answer of the database about the statement itself,
 * including its timeout.
 */
export function isDatabaseUnavailable(error: unknown): boolean {
  return chain(error).some((link) => {
    // A transaction whose connection broke between two statements: TypeORM has already released its runner.
    if (link instanceof QueryRunnerAlreadyReleasedError || link instanceof QueryRunnerProviderAlreadyReleasedError)
      return true;
    const code = textOf(link, 'code');
    if (code !== undefined)
      return lostConnection.has(code) || unavailableStates.has(code) || SQLSTATE_CLASS.connectionException.test(code);
    return lostInDriver.test(link.message);
  });
}

/** Whether the statement contains a value that the database cannot store, such as a day before its calendar begins. */
export function isDataException(error: unknown): boolean {
  return chain(error).some((link) => SQLSTATE_CLASS.dataException.test(textOf(link, 'code') ?? ''));
}

/** The name of the constraint that an integrity error broke; undefined for any other error. */
export function violatedConstraint(error: unknown): string | undefined {
  for (const link of chain(error)) {
    if (SQLSTATE_CLASS.integrityConstraintViolation.test(textOf(link, 'code') ?? '')) return textOf(link, 'constraint');
  }
  return undefined;
}

/**
 * The error, the errors it wraps (TypeORM keeps the driver's error, ours keep a cause) and the members of an aggregate.
 */
function chain(error: unknown, depth = 0): Error[] {
  // Not instanceof: where the program runs in a vm context, Node's own errors are of another realm.
  if (!types.isNativeError(error) || depth > 5) return [];
  const wrapped: unknown[] = [error.cause];
  if ('driverError' in error) wrapped.push(error.driverError);
  if ('errors' in error && Array.isArray(error.errors)) wrapped.push(...Array.from<unknown>(error.errors));
  return [error, ...wrapped.flatMap((inner) => chain(inner, depth + 1))];
}

function textOf(error: Error, property: 'code' | 'constraint'): string | undefined {
  const value: unknown = Object.entries(error).find(([key]) => key === property)?.[1];
  return typeof value === 'string' ? value : undefined;
}

/** Whether the server cancelled the statement because it ran too long. It had no effect. */
export function isStatementTimeout(error: unknown): boolean {
  return hasState(error, SQLSTATE.queryCanceled);
}

/**
 * Whether the statement ended because another session held a lock for longer than `lock_timeout`. It had
 * no effect.
 */
export function isLockTimeout(error: unknown): boolean {
  return hasState(error, SQLSTATE.lockNotAvailable);
}

/** Whether the database's disk is full. */
export function isDiskFull(error: unknown): boolean {
  return hasState(error, SQLSTATE.diskFull);
}

function hasState(error: unknown, state: string): boolean {
  return chain(error).some((link) => textOf(link, 'code') === state);
}
