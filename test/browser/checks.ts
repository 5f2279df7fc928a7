/** Counts the checks. Every check prints a line. */

/** @param objections none: passed; a boolean for checks without text */
export type Check = (what: string, objections: readonly string[] | boolean, instead?: unknown) => void;

export interface Checks {
  readonly check: Check;
  readonly count: { passed: number; failed: number };
}

export function createChecks(): Checks {
  const count = { passed: 0, failed: 0 };
  return {
    count,
    check(what, objections, instead) {
      const isSo = typeof objections === 'boolean' ? objections : objections.length === 0;
      count[isSo ? 'passed' : 'failed'] += 1;
      const said = isSo || instead === undefined ? '' : `: ${JSON.stringify(instead)}`;
      process.stdout.write(`${isSo ? 'ok' : 'not ok'} - ${what}${said}\n`);
      if (typeof objections !== 'boolean') for (const line of objections) process.stdout.write(`       ${line}\n`);
    },
  };
}
