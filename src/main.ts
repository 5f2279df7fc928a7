/** `passerella <role>`, with a command for admin and demo. Signals, exit codes and nothing else. */
import 'reflect-metadata';
import { ConfigError, EX_CONFIG, loadConfig } from './config/index.js';
import { systemClock } from './platform/clock.js';
import { EmbeddedPostgresError } from './platform/db/index.js';
import { createLogger } from './platform/log.js';
import type { Logger } from './platform/log.js';
import { runAdmin } from './roles/admin.js';
import { runDemo } from './dev/roles/demo.js';
import { runRosterDemo } from './dev/roles/demo-roster.js';
import { startGateway } from './roles/gateway.js';
import { startSandbox } from './dev/roles/sandbox.js';
import { gatewaySettings } from './roles/settings.js';
import { ArgumentError, startSimulator } from './dev/roles/simulator.js';
import { startWorker } from './roles/worker.js';

const USAGE = `usage: passerella gateway | worker | sandbox | simulator [options] | admin <command> | demo opposition|roster

  gateway   the services, on a configured database and certificates (docs/operations.md)
  sandbox   the same with an embedded database, a development PKI and synthetic people
  worker    scheduled work, and notifications of opposition to the regions (docs/operations.md)
  simulator regional FSEs that receive notifications of opposition (docs/simulator.md)
  admin     operator commands; «passerella admin» lists them
  demo      the opposition from the window to the regions, or school staff from the ministry's files to the
            Commissioner's mailbox, on synthetic data; ends by itself
`;

const EX_USAGE = 64;
const EX_FAILURE = 1;

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

const ROLES = ['gateway', 'worker', 'sandbox', 'simulator', 'admin', 'demo'] as const;

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
    process.exitCode = await runAdmin(args, config, systemClock, createLogger('warn'), print);
    return;
  }
  if (role === 'demo') {
    // It makes a region fail: that is no news for the log.
    const log = createLogger(config.logLevel === 'info' ? 'error' : config.logLevel);
    const run = args[0] === 'roster' ? runRosterDemo : runDemo;
    process.exitCode = await run(args, config, systemClock, log, print, abortedBySignal());
    return;
  }
  // The sandbox is read by people at a terminal: its log speaks up for what is wrong only.
  const log = createLogger(role === 'sandbox' && config.logLevel === 'info' ? 'warn' : config.logLevel);
  const start: Readonly<Record<typeof role, () => Promise<Running>>> = {
    gateway: () => startGateway(gatewaySettings(config), systemClock, log),
    worker: () => startWorker(config, systemClock, log),
    simulator: () => startSimulator(args, config, systemClock, log, print),
    sandbox: () => startSandbox(config, systemClock, log, print),
  };
  const starting = start[role]();
  stopOnSignal(starting, log);
  await starting;
}

/** For what ends by itself: asked to stop, it clears away first. A second Ctrl-C, of npm's, changes nothing. */
function abortedBySignal(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
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

/** One line that says what to mend; a stack only for what nobody foresaw. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE' && 'port' in error) {
    return `port ${String(error.port)} is in use: stop the other program, or set PASSERELLA_SOAP_PORT / PASSERELLA_OPS_PORT`;
  }
  if (code === 'EACCES' && 'port' in error) return `port ${String(error.port)} may not be used without privilege`;
  return error.message;
}

/** `passerella admin … | head`: whoever reads the output may go away; what is under way ends all the same, and says no more. */
function outliveReaders(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
}

outliveReaders();
main(process.argv.slice(2)).catch((error: unknown) => {
  const isForeseen =
    error instanceof ConfigError || error instanceof ArgumentError || error instanceof EmbeddedPostgresError;
  process.stderr.write(`passerella: ${explain(error)}\n`);
  if (!isForeseen && error instanceof Error && error.cause === undefined && !('code' in error)) {
    process.stderr.write(`${error.stack ?? ''}\n`);
  }
  if (error instanceof ArgumentError) process.exit(EX_USAGE);
  process.exit(error instanceof ConfigError ? EX_CONFIG : EX_FAILURE);
});
