/** Waits for the first record of TLS before anything is made for a connection: one that says nothing costs a socket. */
import type { Socket } from 'node:net';
import { Pieces } from '../pieces.js';

const HEADER = 5;
const HANDSHAKE = 22;
/** RFC 8446, 5.2, with what a protected record may add. */
const LONGEST_RECORD = 16_384 + 2_048;

/**
 * Calls back once when the hello's record is whole, with everything still to be read from the socket. What is not TLS is
 * not waited for: it is the TLS library's to refuse.
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

/** A longer one than there is is the TLS library's to refuse: what is kept here is bounded. */
function isWhole(bytes: Buffer): boolean {
  if (bytes[0] !== HANDSHAKE) return true;
  if (bytes.length < HEADER) return false;
  const length = bytes.readUInt16BE(3);
  return length > LONGEST_RECORD || bytes.length >= HEADER + length;
}
