/** The state of a message: what its answer, its log line and the figures need. Each step adds what it finds. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { performance } from 'node:perf_hooks';
import { newRequestId } from '../ids/index.js';
import type { SoapVersion } from './envelope.js';

export interface Message<Call> {
  readonly http: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
  /** When its headers arrived, ms. */
  readonly begun: number;
  /** When its last byte arrived; its headers, if that never happens. Held-back answers count their beats from here. */
  whole: number;
  /** Whether it occupies one of the places for messages in work. */
  isInWork: boolean;
  /** Version of the answer: from the media type at first, then from the envelope. */
  version: SoapVersion;
  operation: string | undefined;
  call: Call | undefined;
  /** What the handler returned. */
  result: unknown;
  /** HTTP status of the sent answer; undefined: none was sent. */
  status: number | undefined;
  /** Code of the fault in the answer. */
  codice: string | undefined;
}

export function begin<Call>(http: IncomingMessage, response: ServerResponse): Message<Call> {
  const begun = performance.now();
  return {
    http,
    response,
    requestId: newRequestId(),
    begun,
    whole: begun,
    isInWork: false,
    version: '1.1',
    operation: undefined,
    call: undefined,
    result: undefined,
    status: undefined,
    codice: undefined,
  };
}
