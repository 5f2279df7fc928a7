/** Waits for the first TLS record before making anything for a connection: a silent one costs only a socket. */
import type { Socket } from 'node:net';
import { Pieces } from '../pieces.js';

const HEADER = 5;
const HANDSHAKE = 22;
/** RFC 8446, 5.2, plus what a protected record may add. */
const LONGEST_RECORD = 16_384 + 2_048;

/**
 * Calls back once when the hello's record is complete; everything can still be read from the socket. Other bytes are
 * passed on at once: the TLS library refuses them.
 */
export function onFirstRecord(socket: Socket, begin: () => void): void {
  const pieces = new Pieces();
  const look = (): void => {
    for (let piece: unknown = socket.read(); Buffer.isBuffer(piece); piece = socket.read()) pieces.add(piece);
    if (pieces.length === 0 || !isWhole(pieces.peek())) return;
    socket.off('readable', look);
    socket.unshift(pieces.take());
    begin();
  };
  socket.on('readable', look);
}

/** Bounds what is kept here; the TLS library refuses a record that claims to be longer. */
function isWhole(bytes: Buffer): boolean {
  if (bytes[0] !== HANDSHAKE) return true;
  if (bytes.length < HEADER) return false;
  const length = bytes.readUInt16BE(3);
  return length > LONGEST_RECORD || bytes.length >= HEADER + length;
}
