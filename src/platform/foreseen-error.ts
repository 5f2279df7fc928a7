/** An error whose message says what to do: it is shown without a stack. */
export class ForeseenError extends Error {
  /** Exit code of the process that it ends. */
  readonly exitCode: number = 1;
}
