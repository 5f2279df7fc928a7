/**
 * The judge of the crash suite of intakes: the expected result of a file, the contents of the tables, and of the
 * exchange folder. Pure: it takes evidence and returns objections, so that forged evidence can show that it objects.
 */
import type { ResultRow } from '../../../src/roster/index.js';
import type { Expectation } from '../../integration/roster-fixture.js';

export interface Evidence {
  /** Computed row by row, independently of the program. */
  readonly expected: Expectation & { readonly rejected: number; readonly csv: string };
  readonly intakes: readonly { readonly state: string; readonly validated: number; readonly notInCare: number }[];
  readonly rows: readonly ResultRow[];
  /** Sorted. */
  readonly listed: readonly string[];
  /** Lines of roster.reject. */
  readonly rejects: number;
  /** Tables of the database, including temporary ones, that are not part of the release. */
  readonly leftovers: readonly string[];
  readonly folder: {
    /** Files in in/ and work/. */
    readonly waiting: number;
    readonly refused: number;
    /** Complete files under their final names. */
    readonly results: readonly string[];
    readonly reports: readonly string[];
  };
  /** Whether the file should have been processed by now. */
  readonly isOver: boolean;
}

const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

/** @returns every objection, without naming a person; none: nothing lost, nothing twice, nothing left */
export function objectionsTo({
  expected,
  intakes,
  rows,
  listed,
  rejects,
  leftovers,
  folder,
  isOver,
}: Evidence): string[] {
  const objections: string[] = [];
  const object = (isSo: boolean, what: string): void => {
    if (isSo) objections.push(what);
  };
  const isPublished = intakes.some(({ state }) => state === 'published');
  object(intakes.length > 1, `${intakes.length} intakes of one file`);
  object(
    intakes.some(({ state }) => state === 'refused'),
    'a good file was refused',
  );
  if (isPublished) {
    object(!same(rows, expected.rows), 'the result is not what it must be');
    object(
      !same(listed, expected.listed),
      `${listed.length} persons listed, or others, instead of ${expected.listed.length}`,
    );
    object(rejects !== expected.rejected, `${rejects} lines in the reject report instead of ${expected.rejected}`);
    object(
      intakes.some((one) => one.validated !== expected.validated || one.notInCare !== expected.notInCare),
      'the counts are not what they must be',
    );
  } else {
    object(rows.length > 0, 'a result without its intake');
    object(listed.length > 0, `${listed.length} persons listed by an intake that is not published`);
    object(rejects > 0, 'a reject report without its intake');
    object(folder.waiting !== 1, 'the file is lost, or there twice, before it was published');
    object(folder.results.length > 0, 'a result was written before it was published');
  }
  object(
    folder.results.some((text) => text !== expected.csv),
    'a result file is not what it must be',
  );
  object(
    folder.reports.some((text) => text.trimEnd().split('\n').length - 1 !== expected.rejected),
    'a reject report is not whole',
  );
  object(
    folder.waiting === 0 && folder.results.length + folder.reports.length !== 2,
    'the file is gone and left no result or no report',
  );
  object(folder.waiting > 1, 'the file is there twice');
  object(folder.refused > 0, 'something was put aside as refused');
  if (isOver) {
    object(!isPublished, 'the file is not published');
    object(folder.waiting > 0, 'the file is still there');
    object(leftovers.length > 0, `left behind: ${leftovers.join(', ')}`);
  }
  return objections;
}
