/** An attack, and the correct answers to it. */
import type { Seen, Target } from './target.js';

/** @returns why the answer is wrong; undefined if it is correct */
export type Verdict = (seen: Seen) => string | undefined;

export interface Attack {
  readonly title: string;
  /** For the report. */
  readonly expected: string;
  readonly run: (target: Target) => Promise<Seen>;
  readonly verdict: Verdict;
}

export interface Family {
  readonly name: string;
  readonly attacks: (target: Target) => readonly Attack[];
}

export interface Expectation {
  readonly expected: string;
  readonly verdict: Verdict;
}

const told = (seen: Seen): string =>
  seen.status === 0 ? (seen.closed ? 'connection closed' : 'no answer') : `${seen.status} ${codeOf(seen) ?? ''}`.trim();

/** `codice` of the typed detail. */
export function codeOf(seen: Seen): string | undefined {
  return /<codice>([A-Z0-9_]+)<\/codice>/.exec(seen.text)?.[1];
}

/** A SOAP fault of this code and HTTP status. */
export function fault(codice: string, status = 500): Expectation {
  return {
    expected: `${status} ${codice}`,
    verdict: (seen) => (seen.status === status && codeOf(seen) === codice ? undefined : told(seen)),
  };
}

/** One of these HTTP statuses, whatever the body. */
export function status(...wanted: readonly number[]): Expectation {
  return {
    expected: wanted.join(' or '),
    verdict: (seen) => (wanted.includes(seen.status) ? undefined : told(seen)),
  };
}

/** Served as usual: the attack has no effect. */
export function served(esito = '0000'): Expectation {
  return {
    expected: `200 esito ${esito}`,
    verdict: (seen) => (seen.status === 200 && seen.text.includes(`<esito>${esito}<`) ? undefined : told(seen)),
  };
}

/** The connection ends without an answer. */
export const dropped: Expectation = {
  expected: 'closed',
  verdict: (seen) => (seen.status === 0 && seen.closed ? undefined : told(seen)),
};

/** The server, not the client, ends the handshake: by an alert. A client that cannot even try proves nothing. */
export const refusedByAlert: Expectation = {
  expected: 'closed by an alert',
  verdict: (seen) =>
    seen.status === 0 && /_ALERT_/.test(seen.error ?? '') ? undefined : (seen.error ?? `${told(seen)}, no alert`),
};

/** The expected end of a raw exchange, and nothing after it: a second answer would be one to a smuggled request. */
export function once({ expected, verdict }: Expectation): Expectation {
  return {
    expected,
    verdict: (seen) => {
      const answers = seen.text.match(/HTTP\/1\.1 \d{3} /g)?.length ?? 0;
      return verdict(seen) ?? (answers > 1 ? `${answers} answers to one request` : undefined);
    },
  };
}

export function either(one: Expectation, other: Expectation): Expectation {
  return {
    expected: `${one.expected} or ${other.expected}`,
    verdict: (seen) => (one.verdict(seen) === undefined ? undefined : other.verdict(seen)),
  };
}

export function attack(title: string, expectation: Expectation, run: Attack['run']): Attack {
  return { title, ...expectation, run };
}

/** Words that no answer may contain: stacks, SQL, paths and names of the program's components. */
const INSIDE =
  /\bat (?:\S+ \()?(?:file:|node:|\/)|node_modules|\.[jt]s:\d|\b(?:SELECT|INSERT INTO|UPDATE) |libxml|saxes|typeorm|postgres|express|ERR_[A-Z]|ECONN|\/etc\/|root:x:/i;

/** @returns what the answer reveals about the program's internals */
export function leakIn(seen: Seen): string | undefined {
  return INSIDE.exec(seen.text)?.[0];
}
