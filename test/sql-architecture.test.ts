/**
 * Fails if SQL uses a table of another feature that test/sql-rules.ts does not declare, and if a declaration is unused.
 * docs/architecture.md shows the declarations. The second half proves that these tests can fail.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { sourceTree } from './source-tree.js';
import { idleArrows, sqlUses, undeclaredUses } from './sql-check.js';
import { SQL_ARROWS, describeArrow } from './sql-rules.js';

const uses = sqlUses(await sourceTree('src'));

describe('the SQL of src', () => {
  test('uses no undeclared table of another feature, and grants no right on one', () => {
    const said = undeclaredUses(uses).map(({ file, line, found, because }) => `${file}:${line} ${found}: ${because}`);
    expect(said).toEqual([]);
  });

  test('uses every table that is declared', () => {
    expect(idleArrows(uses)).toEqual([]);
  });

  test('is found in every feature', () => {
    const rooms = new Set(uses.map(({ room }) => room));
    for (const { from } of SQL_ARROWS) expect(rooms).toContain(from);
  });

  for (const arrow of SQL_ARROWS.filter(({ isDebt }) => isDebt)) test.todo(`no longer: ${describeArrow(arrow)}`);
});

test('docs/architecture.md shows exactly these arrows', () => {
  const page = readFileSync(new URL('../../docs/architecture.md', import.meta.url), 'utf8');
  const section = /^### Arrows in SQL$([^#]*)/m.exec(page)?.[1] ?? '';
  const items = section.split(/^- /m).slice(1);
  expect(items.map((item) => item.replace(/\s+/g, ' ').trim())).toEqual(SQL_ARROWS.map(describeArrow));
});

describe('the checker', () => {
  const created =
    'CREATE TABLE registry.person (); CREATE FUNCTION consent.last_counted() …; CREATE TABLE asl.download ()';
  const usesIn = (code: string): string[] =>
    sqlUses(
      new Map([
        ['src/registry/migrations.ts', `const sql = '${created}';`],
        ['src/asl/store.ts', code],
      ]),
    )
      .filter(({ file }) => file === 'src/asl/store.ts')
      .map(({ does, object }) => `${does} ${object}`);

  test.each([
    ["const sql = 'SELECT 1 FROM registry.person p';", 'reads registry.person'],
    ['const sql = `SELECT ${columns} FROM asl.download JOIN registry.person p ON ${where}`;', 'reads registry.person'],
    ['const sql = `SELECT 1 FROM consent.last_counted($1)`;', 'reads consent.last_counted'],
    ["const sql = 'SELECT 1 FROM asl.download FOR UPDATE OF registry.person';", 'reads registry.person'],
    ["const sql = 'INSERT INTO registry.person VALUES ($1)';", 'writes registry.person'],
    ["const sql = 'WITH x AS (UPDATE registry.person SET a = 1) SELECT 1';", 'writes registry.person'],
    ["const sql = 'DELETE FROM registry.person';", 'writes registry.person'],
    ["const rule = deletion({ table: 'registry.person' });", 'writes registry.person'],
    ["const sql = 'CREATE TABLE asl.x (p text REFERENCES registry.person)';", 'references registry.person'],
    ['const sql = `\n GRANT SELECT ON asl.download, registry.person TO r;`;', 'grants registry.person'],
    ['const sql = `SELECT 1 FROM registry.${table}`;', 'reads registry.«»'],
  ])('finds in %s: %s', (code, use) => {
    expect(usesIn(code)).toContain(use);
  });

  test.each([
    "const name = 'registry.person';",
    "const line = 'registry.person: kept';",
    'const sql = `SELECT 1 -- as registry.person\n`;',
    "const byId = statement(db, 'registry.find', 'SELECT 1');",
  ])('finds nothing in %s', (code) => {
    expect(usesIn(code)).toEqual([]);
  });

  test('reports an undeclared use, with the reason, and a grant in another feature', () => {
    const code = 'const sql = `SELECT 1 FROM statistics.mail;\n GRANT SELECT ON statistics.mail TO r;`;';
    const other = "const sql = 'CREATE TABLE statistics.mail ()';";
    const violations = undeclaredUses(
      sqlUses(
        new Map([
          ['src/asl/store.ts', code],
          ['src/statistics/migrations.ts', other],
        ]),
      ),
    );
    expect(violations).toEqual([
      {
        file: 'src/asl/store.ts',
        line: 1,
        found: 'asl grants statistics.mail',
        because: expect.stringContaining('beside'),
      },
      {
        file: 'src/asl/store.ts',
        line: 1,
        found: 'asl reads statistics.mail',
        because: expect.stringContaining('rules'),
      },
    ]);
  });

  test('reports an arrow that no SQL follows', () => {
    expect(idleArrows([])).toContain('screening references registry.person');
  });
});
