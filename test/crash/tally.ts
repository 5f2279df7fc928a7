/** Counts the checks of a crash suite, so that its last line can report how many passed. */

const SHOWN_OBJECTIONS = 5;

export interface Tally {
  readonly count: { readonly passed: number; readonly failed: number };
  /** Prints one check; without objections it passed. */
  readonly check: (what: string, objections: readonly string[]) => void;
}

export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

export function tally(): Tally {
  const count = { passed: 0, failed: 0 };
  return {
    count,
    check(what, objections) {
      count[objections.length === 0 ? 'passed' : 'failed']++;
      print(`${objections.length === 0 ? 'ok    ' : 'FAILED'} ${what}`);
      for (const objection of objections.slice(0, SHOWN_OBJECTIONS)) print(`         ${objection}`);
      if (objections.length > SHOWN_OBJECTIONS) print(`         … and ${objections.length - SHOWN_OBJECTIONS} more`);
    },
  };
}
