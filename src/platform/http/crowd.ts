/**
 * Decides who may hold connections of a listener, and which one is closed when there are too many: among those that
 * wait for their caller, in the network with most of them, the one that has waited longest. A crowd therefore displaces
 * itself, and newcomers are admitted. Knows connections and time, not what is served.
 */
import type { Server as HttpServer } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import type { TLSSocket } from 'node:tls';
import { areaOf, networkOf, plainAddress } from '../address.js';
import { Connection, remember } from './connection.js';
import { onFirstRecord } from './first-record.js';
import type { ListenerLimits } from './listener.js';
import { createHandshakeTurns } from './handshake-turns.js';
import { BySocket } from './socket-below.js';

/**
 * One in this many connections may be new, that is, without any answer yet: idle ones must not displace callers at
 * work.
 */
const NEW_SHARE = 4;
/** Maximum, over all connections, of requests that wait for their answers and answers that wait for their readers. */
const MAX_OPEN = 1_024;
/** How many turns a misuse costs. */
const MISUSE = 25;
const LOOK_MS = 1_000;

type Begin = (this: HttpServer | HttpsServer, socket: Socket) => void;

/**
 * Closes the connections of a listener that its server does not know yet: those waiting for their hello, turn or
 * handshake.
 */
export interface Crowd {
  cutBare(): void;
  figures(): CrowdFigures;
}

export interface CrowdFigures {
  readonly open: number;
  /** Since the start: closed on arrival. */
  readonly refused: number;
  /** Since the start: closed in favour of a newcomer. */
  readonly displaced: number;
}

/** Call this before the server listens, after adding all its listeners for connections. */
export function boundCrowd(server: HttpServer | HttpsServer, limits: ListenerLimits): Crowd {
  const trusted = new Set(limits.trustedProxies.map((address) => plainAddress(address) ?? address));
  const turns = createHandshakeTurns(limits.handshakesPerSecondPerAddress, limits.maxConnectionsPerAddress);
  const networks = new Map<string, Set<Connection>>();
  const bySocket = new BySocket<Connection>();
  /** Not known to the server yet: its `closeAllConnections` does not close them. */
  const bare = new Set<Connection>();
  const ofProxies = new WeakSet<Connection>();
  let total = 0;
  let openRequests = 0;
  let refused = 0;
  let displaced = 0;

  const count = (may: (connection: Connection) => boolean): number => {
    let found = 0;
    for (const group of networks.values()) for (const one of group) if (may(one)) found++;
    return found;
  };

  /**
   * Closes one that may be closed and waits for its caller, if any. Connections of a trusted proxy serve many callers
   * and are closed last.
   */
  function makeRoom(mayGo: (connection: Connection) => boolean): void {
    const victim = longestOfMost((one) => mayGo(one) && !ofProxies.has(one)) ?? longestOfMost(mayGo);
    if (victim !== undefined) end(victim);
  }

  /** In the network with most of the closable ones, the one that has waited longest. */
  function longestOfMost(mayGo: (connection: Connection) => boolean): Connection | undefined {
    let most = 0;
    let victim: Connection | undefined;
    for (const group of networks.values()) {
      if (group.size < most) continue;
      let waiting = 0;
      let oldest: Connection | undefined;
      for (const one of group) {
        if (!mayGo(one) || !one.waitsForCaller) continue;
        waiting++;
        if (oldest === undefined || one.since < oldest.since) oldest = one;
      }
      if (oldest === undefined || waiting < most) continue;
      if (waiting > most || victim === undefined || oldest.since < victim.since) victim = oldest;
      most = waiting;
    }
    return victim;
  }

  function end(connection: Connection): void {
    displaced++;
    leave(connection);
    connection.socket.destroy();
  }

  function enter(socket: Socket, network: string, isTrusted: boolean): Connection {
    const connection = new Connection(socket, network);
    if (isTrusted) ofProxies.add(connection);
    let group = networks.get(network);
    if (group === undefined) networks.set(network, (group = new Set()));
    group.add(connection);
    total++;
    connection.onChange = (change) => {
      openRequests += change;
      if (change === 1 && openRequests > MAX_OPEN) makeRoom(({ open }) => open.size > 0);
    };
    connection.onMisuse = () => {
      turns.charge(network, MISUSE);
    };
    remember(socket, connection);
    if (total > limits.maxConnections) makeRoom(() => true);
    else if (total > limits.maxConnections / NEW_SHARE && count(isNew) > limits.maxConnections / NEW_SHARE) {
      makeRoom(isNew);
    }
    return connection;
  }

  function leave(connection: Connection): void {
    const group = networks.get(connection.network);
    if (group?.delete(connection) !== true) return;
    if (group.size === 0) networks.delete(connection.network);
    total--;
    openRequests -= connection.open.size;
    connection.onChange = undefined;
  }

  const isTls = 'setSecureContext' in server;
  const begins = server.listeners('connection') as Begin[];
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    const address = plainAddress(socket.remoteAddress) ?? '';
    const network = areaOf(networkOf(address));
    const isTrusted = trusted.has(address);
    const group = networks.get(network);
    if (!isTrusted && group !== undefined && group.size >= limits.maxConnectionsPerAddress) {
      // Many callers may share the address: a silent connection is closed in favour of the newcomer.
      const silent = longestWaiting(group, isNew) ?? longestWaiting(group, () => true);
      if (silent === undefined) {
        refused++;
        socket.destroy();
        return;
      }
      end(silent);
    }
    const connection = enter(socket, network, isTrusted);
    bare.add(connection);
    bySocket.set(socket, connection);
    let giveUp: () => void = () => undefined;
    socket.on('error', () => undefined); // the close that follows is what counts
    socket.once('close', () => {
      giveUp();
      bare.delete(connection);
      leave(connection);
    });
    const begin = () => {
      if (!isTls) bare.delete(connection);
      if (!socket.destroyed) for (const one of begins) one.call(server, socket);
    };
    const inTurn = () => {
      if (isTrusted) begin();
      else giveUp = turns.wait(network, begin);
    };
    if (isTls) onFirstRecord(socket, inTurn);
    else inTurn();
  });
  server.prependListener('secureConnection', (socket: TLSSocket) => {
    const connection = bySocket.get(socket);
    if (connection === undefined) {
      socket.destroy();
      return;
    }
    bare.delete(connection);
    remember(socket, connection);
  });

  const look = setInterval(() => {
    const now = performance.now();
    turns.tidy();
    for (const group of networks.values()) {
      for (const one of group) {
        // Node limits requests under way. Between requests, blank lines would extend Node's own limit.
        const patience = one.answered ? limits.keepAliveTimeoutMs + limits.headersTimeoutMs : limits.headersTimeoutMs;
        if (one.open.size === 0 && now - one.since > patience + LOOK_MS) one.socket.destroy();
      }
    }
  }, LOOK_MS).unref();
  server.once('close', () => {
    clearInterval(look);
  });
  return {
    cutBare() {
      for (const { socket } of bare) socket.destroy();
    },
    figures: () => ({ open: total, refused, displaced }),
  };
}

function longestWaiting(
  group: ReadonlySet<Connection>,
  mayGo: (connection: Connection) => boolean,
): Connection | undefined {
  let oldest: Connection | undefined;
  for (const one of group) {
    if (mayGo(one) && one.waitsForCaller && (oldest === undefined || one.since < oldest.since)) oldest = one;
  }
  return oldest;
}

const isNew = ({ answered }: Connection): boolean => !answered;
