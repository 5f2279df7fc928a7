/**
 * Keeps bytes that arrive in pieces as one buffer. A list of pieces would let the sender decide the cost: pieces of one
 * byte take two hundred times their size. Here memory is at most twice the bytes received.
 */
const EMPTY = Buffer.alloc(0);
const LEAST = 1_024;

export class Pieces {
  /** Bytes received. */
  length = 0;
  private buffer: Buffer = EMPTY;

  /** Bytes of memory taken. */
  get held(): number {
    return this.buffer.length;
  }

  /** Bytes of memory taken after this many more have arrived. */
  heldWith(more: number): number {
    const whole = this.length + more;
    if (this.length === 0) return more; // most messages come in one piece, which is used as it is
    return whole > this.buffer.length ? Math.max(LEAST, whole, this.buffer.length * 2) : this.buffer.length;
  }

  add(piece: Buffer): void {
    const whole = this.length + piece.length;
    if (this.length === 0) this.buffer = piece;
    else {
      const size = this.heldWith(piece.length);
      if (size > this.buffer.length) {
        const larger = Buffer.allocUnsafeSlow(size);
        this.buffer.copy(larger, 0, 0, this.length);
        this.buffer = larger;
      }
      piece.copy(this.buffer, this.length);
    }
    this.length = whole;
  }

  /** The bytes received so far. */
  peek(): Buffer {
    return this.buffer.subarray(0, this.length);
  }

  /** Returns the received bytes and forgets them. */
  take(): Buffer {
    const whole = this.buffer.length === this.length ? this.buffer : this.buffer.subarray(0, this.length);
    this.drop();
    return whole;
  }

  drop(): void {
    this.buffer = EMPTY;
    this.length = 0;
  }
}
