/** The results as a readable table, and one summary line. */
import type { Result } from './suite.js';

export function report(results: readonly Result[]): string {
  const wide = (text: string, width: number) =>
    text.length > width ? `${text.slice(0, width - 1)}…` : text.padEnd(width);
  const lines = results.map(({ family, title, expected, problem, ms }) => {
    const mark = problem === undefined ? 'ok  ' : 'FAIL';
    const said = problem === undefined ? '' : `  ← ${problem}`;
    return `${mark} ${wide(family, 13)} ${wide(title, 58)} ${wide(expected, 40)} ${String(Math.round(ms)).padStart(6)} ms${said}`;
  });
  const failed = results.filter(({ problem }) => problem !== undefined).length;
  return [...lines, '', `${results.length - failed} passed, ${failed} failed`].join('\n');
}
