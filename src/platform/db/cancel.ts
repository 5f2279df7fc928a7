/**
 * Cancels on the server the running statement of a connection that closes. Otherwise a statement runs to its end and
 * keeps its locks: the server checks the connection only when it has an answer to send.
 */
import { once } from 'node:events';
import type { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';
import pg from 'pg';

/** How long a close waits for the server, ms. A server that hangs would never close its side. */
const PATIENCE_MS = 2_000;

/**
 * The setting with which the server itself checks once a second whether the client of a running statement is still
 * connected: this ends the statements of a killed process. Servers on Windows lack it; only the sandbox may run on one.
 */
export const CONNECTION_CHECK: Readonly<Record<string, string>> =
  process.platform === 'win32' ? {} : { client_connection_check_interval: '1s' };

/** Parts of the driver that its types do not show: the key to cancel a statement, the start of TLS. */
interface Hidden {
  readonly processID: number;
  readonly secretKey: number;
  readonly readyForQuery: boolean;
  readonly sslNegotiation: 'postgres' | 'direct';
  readonly connection: HiddenConnection;
}

interface HiddenConnection extends EventEmitter {
  readonly stream: Duplex;
  connect(port: number | string, host?: string): void;
  requestSsl(): void;
  cancel(processID: number, secretKey: number): void;
}

/** The connections of one pool. */
export class Sessions {
  private readonly closing = new Set<Promise<void>>();
  private readonly open = new Set<pg.Client>();

  /** Call it once for each new connection. */
  watch(client: pg.Client): void {
    this.open.add(client);
    const end = new Promise<void>((resolve) => {
      client.once('end', () => {
        this.open.delete(client);
        resolve(isWorking(client) ? cancel(client) : undefined);
      });
    }).finally(() => this.closing.delete(end));
    this.closing.add(end);
  }

  /**
   * Resolves when every connection has closed and its statement was cancelled; after some seconds at the latest. No
   * socket is left then: one would keep the process alive.
   */
  async ended(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, PATIENCE_MS)));
    await Promise.race([Promise.all(this.closing), late]);
    clearTimeout(timer);
    for (const client of this.open) hiddenOf(client).connection.stream.destroy();
  }
}

function isWorking(client: pg.Client): boolean {
  return !hiddenOf(client).readyForQuery;
}

function hiddenOf(client: pg.Client): Hidden {
  return client as unknown as Hidden;
}

/** A request of the protocol on a separate connection: needs neither a login nor a free place on the server. */
async function cancel(client: pg.Client): Promise<void> {
  const { processID, secretKey, sslNegotiation } = hiddenOf(client);
  const { host, port, ssl } = client;
  const connection = new pg.Connection({ ssl, sslNegotiation } as object) as unknown as HiddenConnection;
  const ask = (): void => {
    connection.cancel(processID, secretKey);
  };
  connection.on('error', () => undefined); // the server has stopped, and the statement with it
  connection.once('sslconnect', ask);
  connection.once('connect', () => {
    if (!ssl) ask();
    else if (sslNegotiation !== 'direct') connection.requestSsl();
  });
  if (host.startsWith('/')) connection.connect(`${host}/.s.PGSQL.${port}`);
  else connection.connect(port, host);
  // The server closes without an answer.
  await once(connection, 'end', { signal: AbortSignal.timeout(PATIENCE_MS) }).catch(() => undefined);
  connection.stream.destroy();
}
