/** A reader that goes away, as `head` does. Refuses to know what was being written. */

/**
 * Whoever reads standard output or error may stop doing so: what is under way ends all the same, and says no more. Any
 * other error of the two stays one.
 */
export function outliveReaders(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
}
