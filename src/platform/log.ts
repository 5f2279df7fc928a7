/**
 * Application log: JSON lines on standard output. No application data ever goes in here (6.7 of the first
 * specification, 8.7 of the second): no codice fiscale, name, password or pincode. Callers do not log any; what
 * the text of an error might contain is masked here.
 */
import winston from 'winston';
import { withoutIdentifiers } from './ids/index.js';

export type Logger = winston.Logger;

/** The parts of an error that help to find the defect; not a database error's detail, which quotes values. */
function described(error: Error): Record<string, unknown> {
  const code = 'code' in error ? error.code : undefined;
  const cause = error.cause instanceof Error ? described(error.cause) : undefined;
  return { name: error.name, code, stack: withoutIdentifiers(error.stack ?? error.message), cause };
}

const errorsAsData = winston.format((entry) => {
  for (const [key, value] of Object.entries(entry)) {
    if (value instanceof Error) entry[key] = described(value);
    else if (typeof value === 'string') entry[key] = withoutIdentifiers(value);
  }
  return entry;
});

/** @param level winston level: error, warn, info, debug; `silent` writes nothing. */
export function createLogger(level: string): Logger {
  return winston.createLogger({
    level: level === 'silent' ? 'error' : level,
    silent: level === 'silent',
    format: winston.format.combine(errorsAsData(), winston.format.timestamp(), winston.format.json()),
    transports: [new winston.transports.Console()],
  });
}
