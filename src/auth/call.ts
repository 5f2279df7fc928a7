/** A call of an operation. Only the entrances in this folder create one: index.ts exports the type, not the class. */
import type { Caller } from './caller.js';

/** What an entrance knows about a request before the caller is identified. */
export interface Arrival {
  readonly requestId: string;
  /** The instant of access, from which days and terms are calculated: the request reads the clock only once. */
  readonly at: Date;
  /** Network address; empty when the peer has disconnected, and for calls from this machine. */
  readonly clientAddress: string;
}

export class Call<Who extends Caller = Caller> implements Arrival {
  readonly requestId: string;
  readonly at: Date;
  readonly clientAddress: string;
  /** Makes the type nominal: no object literal is a `Call`. */
  declare protected readonly made: true;

  constructor(
    readonly caller: Who,
    { requestId, at, clientAddress }: Arrival,
  ) {
    this.requestId = requestId;
    this.at = at;
    this.clientAddress = clientAddress;
  }
}
