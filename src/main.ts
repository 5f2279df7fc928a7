/**
 * `passerella <role>`, with a command for admin and demo. Signals, exit codes and nothing else. A role is loaded when
 * it is the one to run: no process holds what only another needs.
 */
import 'reflect-metadata';
import { join } from 'node:path';
import { ConfigError, EX_CONFIG, loadConfig } from './config/index.js';
import type { Config } from './config/index.js';
import { systemClock } from './platform/clock.js';
import { ForeseenError } from './platform/foreseen-error.js';
import { createLogger } from './platform/log.js';
import type { Logger } from './platform/log.js';

const USAGE = `usage: passerella gateway | portal | worker | sandbox | simulator [options] | admin <command> | demo opposition|roster

  gateway   the services, on a configured database and certificates (docs/operations.md)
  portal    the web pages for people, on the same database (docs/operations.md)
  sandbox   gateway, portal and worker with an embedded database, a development PKI and synthetic people
  worker    scheduled work, and notifications of opposition to the regions (docs/operations.md)
  simulator regional FSEs that receive notifications of opposition (docs/simulator.md)
  admin     operator commands; «passerella admin» lists them
  demo      the opposition from the window to the regions, or school staff from the ministry's files to the
            Commissioner's mailbox, on synthetic data; ends by itself
`;

const EX_USAGE = 64;
const EX_FAILURE = 1;
/** A terminal's signal reaches a process directly and through npm, hardly apart. */
const REPEATED_MS = 1_000;

const NOT_INSTALLED =
  'this role is for development and not part of this installation: run it from a checkout, after npm ci';
const NO_DATABASE = 'databaseUrl (DATABASE_URL): required';

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

const ROLES = ['gateway', 'portal', 'worker', 'sandbox', 'simulator', 'admin', 'demo'] as const;

async function main([word, ...args]: readonly string[]): Promise<void> {
  const role = ROLES.find((known) => known === word);
  if (word === '--help') {
    print(USAGE.trimEnd());
    return;
  }
  if (role === undefined) {
    const isRole = `the role must be one of ${ROLES.join(', ')}\nsee passerella --help\n`;
    process.stderr.write(word === undefined ? USAGE : `passerella: ${isRole}`);
    process.exitCode = EX_USAGE;
    return;
  }
  const config = loadConfig();
  if (role === 'admin') {
    const { runAdmin } = await import('./roles/admin.js');
    const stop = abortedBySignal();
    process.exitCode = await runAdmin(args, config, systemClock, createLogger('warn'), print, sandboxDatabase, stop);
    if (stop.aborted) process.exit(); // the command itself may still wait for something else
    return;
  }
  if (role === 'demo') {
    // It makes a region fail: that is no news for the log.
    const log = createLogger(config.logLevel === 'info' ? 'error' : config.logLevel);
    const run = await development(async () =>
      args[0] === 'roster'
        ? (await import('./dev/roles/demo-roster.js')).runRosterDemo
        : (await import('./dev/roles/demo.js')).runDemo,
    );
    process.exitCode = await run(args, config, systemClock, log, print, abortedBySignal());
    return;
  }
  // The sandbox is read by people at a terminal: its log speaks up for what is wrong only.
  const log = createLogger(role === 'sandbox' && config.logLevel === 'info' ? 'warn' : config.logLevel);
  const start: Readonly<Record<typeof role, () => Promise<Running>>> = {
    async gateway() {
      const { gatewaySettings, startGateway } = await import('./roles/gateway.js');
      return startGateway(gatewaySettings(config), systemClock, log);
    },
    async portal() {
      const { portalSettings, startPortal } = await import('./roles/portal.js');
      return startPortal(portalSettings(config), systemClock, log);
    },
    async worker() {
      const { startWorker } = await import('./roles/worker.js');
      return startWorker(config, systemClock, log);
    },
    async simulator() {
      const { startSimulator } = await development(() => import('./dev/roles/simulator.js'));
      return startSimulator(args, config, systemClock, log, print);
    },
    async sandbox() {
      const { startSandbox } = await development(() => import('./dev/roles/sandbox.js'));
      return startSandbox(config, systemClock, log, print);
    },
  };
  const starting = start[role]();
  stopOnSignal(starting, log);
  await starting;
}

/** The database of the sandbox, for an operator's command when none is configured. */
async function sandboxDatabase(config: Config, log: Logger): Promise<{ ownerUrl: string; stop(): Promise<void> }> {
  const embedded = development(() => import('./dev/embedded/index.js'), new ConfigError(NO_DATABASE));
  const { startEmbeddedPostgres } = await embedded;
  return startEmbeddedPostgres({ dataDirectory: join(config.dataDirectory, 'postgres'), log });
}

/** Loads what only development has: src/dev and its packages are not in the image of production. */
async function development<Loaded>(
  load: () => Promise<Loaded>,
  otherwise: Error = new ForeseenError(NOT_INSTALLED),
): Promise<Loaded> {
  try {
    return await load();
  } catch (error) {
    const isAbsent = error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND';
    throw isAbsent ? otherwise : error;
  }
}

/**
 * For what ends by itself: asked to stop, it clears away first. npm repeats a Ctrl-C at once, which changes nothing;
 * one that comes later ends a process that does not get away.
 */
function abortedBySignal(): AbortSignal {
  const stop = new AbortController();
  let first: number | undefined;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      const now = performance.now();
      if (first !== undefined && now - first > REPEATED_MS) process.exit(EX_FAILURE);
      first ??= now;
      stop.abort();
    });
  }
  return stop.signal;
}

interface Running {
  stop(): Promise<void>;
}

/** Also while it starts: then it is stopped once it is up, so that no database of a sandbox is left behind. */
function stopOnSignal(starting: Promise<Running>, log: Logger): void {
  let stopping = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (stopping) return; // Ctrl-C reaches a process through its terminal and through npm
      stopping = true;
      log.info('stopping', { signal });
      starting
        .then((running) => running.stop())
        .then(
          () => process.exit(0),
          (error: unknown) => {
            log.error('stopping failed', { error });
            process.exit(EX_FAILURE);
          },
        );
    });
  }
}

/** One line that says what to correct; a stack for unforeseen errors only. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE' && 'port' in error) {
    return `port ${String(error.port)} is in use: stop the other program, or set PASSERELLA_SOAP_PORT, PASSERELLA_PORTAL_PORT, PASSERELLA_CARD_PORT or PASSERELLA_OPS_PORT`;
  }
  if (code === 'EACCES' && 'port' in error) return `port ${String(error.port)} may not be used without privilege`;
  return error.message;
}

/**
 * `passerella admin … | head`: when the reader of the output disappears, the command still completes, without further
 * output.
 */
function outliveReaders(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
}

outliveReaders();
main(process.argv.slice(2)).catch((error: unknown) => {
  const isForeseen = error instanceof ConfigError || error instanceof ForeseenError;
  process.stderr.write(`passerella: ${explain(error)}\n`);
  if (!isForeseen && error instanceof Error && error.cause === undefined && !('code' in error)) {
    process.stderr.write(`${error.stack ?? ''}\n`);
  }
  process.exit(error instanceof ConfigError ? EX_CONFIG : error instanceof ForeseenError ? error.exitCode : EX_FAILURE);
});
