/**
 * Finds the TCP connection below a TLS socket. Node emits the first at its beginning and the second at the end of the
 * handshake, and no event links them: the addresses of both ends do.
 */
import type { Socket } from 'node:net';

/** Facts about connections, by the TCP socket or by the TLS socket above it. */
export class BySocket<Known> {
  private readonly byEnds = new Map<string, Known>();

  /** Stores it until the socket closes. @param socket of TCP, open */
  set(socket: Socket, known: Known): void {
    const ends = endsOf(socket);
    this.byEnds.set(ends, known);
    socket.once('close', () => {
      // The caller may have reconnected from the same port before this connection was closed here.
      if (this.byEnds.get(ends) === known) this.byEnds.delete(ends);
    });
  }

  /** @returns undefined if the connection has closed in the meantime */
  get(socket: Socket): Known | undefined {
    return this.byEnds.get(endsOf(socket));
  }
}

const endsOf = ({ remoteAddress, remotePort, localAddress, localPort }: Socket): string =>
  `${remoteAddress ?? ''} ${remotePort ?? ''} ${localAddress ?? ''} ${localPort ?? ''}`;
