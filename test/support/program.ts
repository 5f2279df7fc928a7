/** The compiled program as a separate process, started as by an operator, in a controlled environment. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { DevelopmentPki } from '../../src/dev/sandbox/pki.js';

const MAIN = fileURLToPath(new URL('../../src/main.js', import.meta.url));

export interface Ended {
  /** Exit code; null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Program {
  /** Its standard output so far. */
  stdout(): string;
  /** Log lines so far, as objects. */
  logged(): Record<string, unknown>[];
  signal(signal: NodeJS.Signals): void;
  readonly ended: Promise<Ended>;
}

/** All that the gateway role needs to start, on this database and on free ports. */
export function gatewayEnvironment(databaseUrl: string, pki: DevelopmentPki): Record<string, string> {
  return {
    DATABASE_URL: databaseUrl,
    PASSERELLA_SOAP_HOST: '127.0.0.1',
    PASSERELLA_SOAP_PORT: '0',
    PASSERELLA_PORTAL_PORT: '0',
    PASSERELLA_CARD_PORT: '0',
    PASSERELLA_OPS_PORT: '0',
    PASSERELLA_TLS_CERTIFICATE: pki.server.certificate,
    PASSERELLA_TLS_KEY: pki.server.key,
    PASSERELLA_CARD_ANCHORS: pki.cns.ca,
    PASSERELLA_CARD_REVOCATION_LIST: pki.cns.crl,
    PASSERELLA_PINCODE_KEY: pki.pincode.key,
  };
}

/**
 * @param environment every PASSERELLA_ setting and DATABASE_URL it sees; the test run's own are not passed on
 * @param directory working directory, where it would search passerella.json
 * @param from another installation than this checkout, and further flags of Node
 */
export function runProgram(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  directory: string,
  { main, flags }: { readonly main: string; readonly flags: readonly string[] } = { main: MAIN, flags: [] },
): Program {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, ['--disable-proto=delete', ...flags, main, ...args], {
    cwd: directory,
    env: { PATH, HOME, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject).on('close', (code) => {
      resolve({ code, stdout, stderr });
    });
  });
  return {
    stdout: () => stdout,
    logged: () =>
      stdout
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line) as Record<string, unknown>),
    signal: (signal) => child.kill(signal),
    ended,
  };
}
