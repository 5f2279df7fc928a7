/**
 * Application log: JSON lines on standard output. No application data ever goes in here (6.7 of the first
 * specification, 8.7 of the second): no codice fiscale, name, password or pincode.
 */
import winston from 'winston';

export type Logger = winston.Logger;

/** @param level winston level: error, warn, info, debug; `silent` writes nothing. */
export function createLogger(level: string): Logger {
  return winston.createLogger({
    level,
    silent: level === 'silent',
    format: winston.format.combine(winston.format.timestamp(), winston.format.json()),
    transports: [new winston.transports.Console({ stderrLevels: [] })],
  });
}
