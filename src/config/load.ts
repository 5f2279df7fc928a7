/**
 * Reads the configuration: a JSON file, overridden by the environment. The only reader of process.env. Reports all
 * errors at once, by name; an unknown name is an error too.
 */
import { readFileSync } from 'node:fs';
import { configSchema } from './schema.js';
import type { Config } from './schema.js';

const PREFIX = 'PASSERELLA_';
const DEFAULT_FILE = 'passerella.json';

/** The configuration is unusable; the message lists every reason. Exit code 78, EX_CONFIG of sysexits. */
export class ConfigError extends Error {}
export const EX_CONFIG = 78;

type Environment = Readonly<Record<string, string | undefined>>;

/** `soapPort` ↔ `PASSERELLA_SOAP_PORT`. */
export function environmentName(key: string): string {
  return key === 'databaseUrl' ? 'DATABASE_URL' : PREFIX + key.replace(/[A-Z]/g, '_$&').toUpperCase();
}

/** @throws ConfigError */
export function loadConfig(environment: Environment = process.env): Config {
  const problems: string[] = [];
  const values = { ...fromFile(environment, problems), ...fromEnvironment(environment, problems) };
  const parsed = configSchema.safeParse(values);
  if (!parsed.success) {
    for (const issue of parsed.error.issues) {
      if (issue.code === 'unrecognized_keys') problems.push(...issue.keys.map((key) => `${key}: unknown setting`));
      else {
        const key = String(issue.path[0] ?? '');
        problems.push(`${key} (${environmentName(key)}): ${issue.message}`);
      }
    }
  }
  if (problems.length > 0 || !parsed.success) throw new ConfigError(`configuration:\n  ${problems.join('\n  ')}`);
  return parsed.data;
}

function fromFile(environment: Environment, problems: string[]): Record<string, unknown> {
  const named = environment[`${PREFIX}CONFIG`];
  const file = named ?? DEFAULT_FILE;
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (named === undefined && error instanceof Error && 'code' in error && error.code === 'ENOENT') return {};
    problems.push(`${file}: cannot be read`);
    return {};
  }
  try {
    const values: unknown = JSON.parse(text);
    if (typeof values === 'object' && values !== null && !Array.isArray(values)) return { ...values };
  } catch {
    // reported below
  }
  problems.push(`${file}: is not a JSON object`);
  return {};
}

function fromEnvironment(environment: Environment, problems: string[]): Record<string, string> {
  const keys = new Map(Object.keys(configSchema.shape).map((key) => [environmentName(key), key]));
  const values: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) {
    if (value === undefined) continue;
    const secretFile = name.endsWith('_FILE') ? keys.get(name.slice(0, -'_FILE'.length)) : undefined;
    const key = keys.get(name) ?? secretFile;
    if (key !== undefined && secretFile === undefined) values[key] = value;
    else if (key !== undefined) {
      // Secrets from files, as container platforms mount them: DATABASE_URL_FILE=/run/secrets/database-url.
      try {
        values[key] = readFileSync(value, 'utf8').trim();
      } catch {
        problems.push(`${name}: ${value} cannot be read`);
      }
    } else if (name.startsWith(PREFIX) && name !== `${PREFIX}CONFIG`) problems.push(`${name}: unknown setting`);
  }
  return values;
}
