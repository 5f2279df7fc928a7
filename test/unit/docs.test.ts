/** The generated pages match the code, and the table of faults is complete. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import ts from 'typescript';
import { ASL_REFUSALS } from '../../src/asl/index.js';
import { configSchema, environmentName } from '../../src/config/index.js';
import { configurationPage } from '../../src/dev/docs/configuration.js';
import { esitiPage } from '../../src/dev/docs/esiti.js';
import { ALL_FAULTS } from '../../src/dev/docs/faults.js';
import { PAGE_NAMES, pageText, pathOf } from '../../src/dev/docs/pages.js';
import { markdownTable } from '../../src/dev/docs/table.js';
import { BLOCK_REFUSALS, MAY_BE_FED } from '../../src/opposition/index.js';
import { REFUSALS } from '../../src/screening/index.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));

test.each(PAGE_NAMES)('%s is up to date (else: npm run docs)', async (name) => {
  expect(readFileSync(pathOf(name), 'utf8')).toBe(await pageText(name));
});

test('the table has every fault code of the source, and no others', () => {
  const sources = [
    ...readdirSync(`${root}src/platform/soap`).map((name) => `src/platform/soap/${name}`),
    ...['src/auth/soap.ts', 'src/screening/soap.ts', 'src/roles/compose.ts'],
  ];
  const codes = new Set(sources.flatMap((file) => codesIn(readFileSync(root + file, 'utf8'))));
  expect(codes.size).toBeGreaterThan(20);
  expect(ALL_FAULTS.map(({ codice }) => codice).toSorted()).toEqual([...codes].toSorted());
});

test('the finder of codes reads literals, not comments', () => {
  expect(codesIn(`throw clientFault('XML_ROTTO', 'È rotto.'); // not 'ALTRO_CODICE'`)).toEqual(['XML_ROTTO']);
});

test('every setting has a meaning, and every refusal its row', () => {
  const configuration = configurationPage();
  for (const [key, schema] of Object.entries(configSchema.shape)) {
    expect(schema.description).toMatch(/\S/);
    expect(configuration).toContain(`| \`${key}\` | \`${environmentName(key)}\` |`);
  }
  const esiti = esitiPage();
  const outcomes = [
    ...Object.values(REFUSALS),
    ...Object.values(ASL_REFUSALS),
    MAY_BE_FED,
    ...Object.values(BLOCK_REFUSALS),
  ];
  for (const { code, text } of outcomes) expect(esiti).toContain(`| \`${code}\` | ${text} |`);
});

test('a cell cannot break its table', () => {
  expect(markdownTable(['a', 'b'], [['one | two', 'three\n  four <x> `<y>`']])).toBe(
    '| a | b |\n|---|---|\n| one \\| two | three four &lt;x> `<y>` |',
  );
});

/** Literals of the form of a fault code: capitals with underscores. */
function codesIn(text: string): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node) && /^[A-Z]+(?:_[A-Z]+)+$/.test(node.text)) found.push(node.text);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('source.ts', text, ts.ScriptTarget.ES2022));
  return found;
}
