/** The evidence of a caller's identity: all that the sign-in may read. */
import type { IncomingMessage } from 'node:http';
import { trimBlank } from './tree.js';
import type { XmlElement } from './tree.js';

/** The HTTP request with its TLS connection, and the contract's header blocks. */
export interface Evidence {
  readonly http: IncomingMessage;
  readonly operation: string;
  readonly requestId: string;
  /** A declared header block of the message: its text and attributes; undefined when absent. */
  header(name: string): { readonly text: string; readonly attributes: ReadonlyMap<string, string> } | undefined;
  /** Local names of all header blocks of the message, declared or not. */
  readonly blocks: readonly string[];
  /** In Italian, where a misplaced declared header block is, and what to send; undefined: none is misplaced. */
  readonly stray: string | undefined;
}

export class MessageEvidence implements Evidence {
  constructor(
    readonly http: IncomingMessage,
    readonly operation: string,
    readonly requestId: string,
    readonly blocks: readonly string[],
    readonly stray: string | undefined,
    private readonly declared: readonly XmlElement[],
  ) {}

  header(name: string): ReturnType<Evidence['header']> {
    const block = this.declared.find((candidate) => candidate.name === name);
    return (
      block && { text: trimBlank(block.text), attributes: new Map(block.attributes.map((a) => [a.name, a.value])) }
    );
  }
}
