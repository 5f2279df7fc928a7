/**
 * Base of the errors that refuse callers. They are not defects, so their stack would be useless, and it costs as much
 * as reading the message. A cause keeps its own stack.
 */
export class StacklessError extends Error {
  constructor(message: string, cause?: unknown) {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(message, { cause });
    Error.stackTraceLimit = stackTraceLimit;
  }
}
