/** Output of a run: text for people, JUnit for tools. */
import type { CaseResult } from './run.js';
import { escapeXml } from './tree.js';

const MARK: Readonly<Record<CaseResult['verdict'], string>> = { passed: 'ok  ', failed: 'NO  ', skipped: 'salt' };

/** A difference in a list of 1 500 would hide the reasons. */
const MOST_LINES = 60;

/** One case: one line when it passed, otherwise the reasons and the XML difference. */
export function caseText({ sample, verdict, reasons, lines }: CaseResult): string {
  const head = `${MARK[verdict]} ${sample.scene}/${sample.name} – ${sample.details.titolo}`;
  if (verdict === 'passed') return head;
  if (verdict === 'skipped') return `${head} (${reasons.join('; ')})`;
  const shown = lines.slice(0, MOST_LINES).map((line) => `        ${line}`);
  const more = lines.length > MOST_LINES ? [`        … e altre ${lines.length - MOST_LINES} righe`] : [];
  const legend = lines.length === 0 ? [] : ['', '        - atteso   + ricevuto', ''];
  return [head, ...reasons.map((reason) => `       * ${reason}`), ...legend, ...shown, ...more, ''].join('\n');
}

export function count(results: readonly CaseResult[], verdict: CaseResult['verdict']): number {
  return results.filter((result) => result.verdict === verdict).length;
}

export function summaryText(results: readonly CaseResult[]): string {
  const failed = results.filter(({ verdict }) => verdict === 'failed').map(({ sample }) => `  ${sample.path}`);
  const sum = `${count(results, 'passed')} riusciti, ${count(results, 'failed')} falliti, ${count(results, 'skipped')} saltati`;
  return failed.length === 0 ? sum : `${sum}:\n${failed.join('\n')}`;
}

/** The JUnit XML that every build server reads: a suite per scene. */
export function junitText(results: readonly CaseResult[]): string {
  const scenes = [...new Set(results.map(({ sample }) => sample.scene))];
  const suites = scenes.map((scene) => {
    const own = results.filter(({ sample }) => sample.scene === scene);
    return [`  <testsuite ${totals(`replay.${scene}`, own)}>`, ...own.map(testCase), '  </testsuite>'].join('\n');
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites ${totals('replay', results)}>\n${suites.join('\n')}\n</testsuites>\n`;
}

function totals(name: string, results: readonly CaseResult[]): string {
  const seconds = results.reduce((sum, result) => sum + result.seconds, 0).toFixed(3);
  return `name="${escapeXml(name)}" tests="${results.length}" failures="${count(results, 'failed')}" errors="0" skipped="${count(results, 'skipped')}" time="${seconds}"`;
}

function testCase({ sample, verdict, reasons, lines, seconds }: CaseResult): string {
  const open = `    <testcase classname="replay.${escapeXml(sample.scene)}" name="${escapeXml(`${sample.name}: ${sample.details.titolo}`)}" time="${seconds.toFixed(3)}"`;
  if (verdict === 'passed') return `${open}/>`;
  const message = escapeXml(reasons.join('; '));
  const inside =
    verdict === 'skipped'
      ? `<skipped message="${message}"/>`
      : `<failure message="${message}">${escapeXml([...reasons, '', ...lines.slice(0, MOST_LINES)].join('\n'))}</failure>`;
  return `${open}>${inside}</testcase>`;
}
