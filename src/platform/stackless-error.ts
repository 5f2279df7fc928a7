/**
 * What callers are refused by: it is no fault of ours, nobody looks for its place, and a stack costs as much as reading the
 * message. A cause keeps its own.
 */
export class StacklessError extends Error {
  constructor(message: string, cause?: unknown) {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(message, { cause });
    Error.stackTraceLimit = stackTraceLimit;
  }
}
