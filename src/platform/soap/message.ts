/** A message on its way: what its answer, its log line and the figures need. Each step fills in what it finds out. */
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
  /** Whether it holds one of the places of the messages in work. */
  isInWork: boolean;
  /** Version of the answer: from the media type at first, then from the envelope. */
  version: SoapVersion;
  operation: string | undefined;
  call: Call | undefined;
  /** What the handler returned. */
  result: unknown;
  /** HTTP status of the answer that was sent; undefined: none was. */
  status: number | undefined;
  /** Code of the fault that it was answered with. */
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
