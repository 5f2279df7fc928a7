/** The result of each test of a form, as the session stores it for its page: one line each. */
import type { RefusalCode } from '../../../screening/index.js';
import { REFUSALS } from '../../../screening/index.js';
import type { Form } from '../../frame/form.js';
import { MOST_TESTS } from './form.js';

export interface Line {
  readonly person: string;
  /** Number of the test: that of this submission, or of the earlier one of the same test [T-20]. */
  readonly test?: number;
  /** Why it was not submitted; with a number: it had been submitted before. */
  readonly refusals: readonly RefusalCode[];
}

const LONGEST_LINE = 400;

export function keptOf(lines: readonly Line[]): Record<string, string> {
  const texts = lines.map(({ person, test, refusals }) => `${person} ${test ?? '-'} ${refusals.join(',')}`);
  return { righe: texts.join('\n') };
}

export function linesIn(kept: Form): readonly Line[] {
  const text = kept.text('righe', MOST_TESTS * LONGEST_LINE);
  if (text === '') return [];
  return text.split('\n').map((line) => {
    const [person = '', test, refusals = ''] = line.split(' ');
    const number = Number(test);
    return {
      person,
      ...(Number.isNaN(number) ? {} : { test: number }),
      refusals: refusals.split(',').filter((word): word is RefusalCode => word in REFUSALS),
    };
  });
}
