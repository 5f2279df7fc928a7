/**
 * Finds the tables that the SQL of each feature uses, in the text of its files: template strings of queries, and
 * migrations with their views and functions. Compares them with the arrows of sql-rules.ts.
 */
import ts from 'typescript';
import type { SourceTree, Violation } from './architecture-check.js';
import { roomOf } from './architecture-check.js';
import { OWNERS, SQL_ARROWS } from './sql-rules.js';
import type { SqlArrow } from './sql-rules.js';

/** One use of a table, view, sequence or function. */
export interface SqlUse {
  readonly room: string;
  readonly does: SqlArrow['does'] | 'grants';
  /** With its schema: `registry.person`. */
  readonly object: string;
  readonly file: string;
  /** From 1: the first line of the string. */
  readonly line: number;
}

const SCHEMAS = Object.keys(OWNERS);
const CREATED = new RegExp(
  String.raw`\bCREATE (?:OR REPLACE )?(?:TABLE|VIEW|FUNCTION|SEQUENCE|DOMAIN) ((?:${SCHEMAS.join('|')})\.\w+)`,
  'g',
);
/** A hole of a template string, such as the name of a table chosen at run time. */
const HOLE = '«»';
const NAME = new RegExp(String.raw`(?<![\w.'])'?((?:${SCHEMAS.join('|')})\.(?:\w+|${HOLE}))`, 'g');
/** A string without any of these is not SQL: the name of a retention rule, a line for the operator. */
const KEYWORD =
  /\b(?:SELECT|INSERT INTO|UPDATE|DELETE|FROM|JOIN|REFERENCES|CREATE|ALTER|DROP|TRUNCATE|GRANT|REVOKE|COPY|LOCK)\b/;
const GRANTS = /^\s*(?:GRANT|REVOKE)\s[^;]*/gm;

/** Every use of a table by SQL, including a feature's own tables. */
export function sqlUses(tree: SourceTree): SqlUse[] {
  const strings = [...tree].flatMap(([file, text]) => stringsOf(file, text));
  const objects = new Set(strings.flatMap(({ sql }) => [...sql.matchAll(CREATED)].map(([, name]) => name)));
  return strings.flatMap(({ sql, file, line }) => {
    const use = (object: string, does: SqlUse['does']): SqlUse => ({
      room: roomOf(file).slice(4),
      does,
      object,
      file,
      line,
    });
    const granted = (sql.match(GRANTS) ?? []).flatMap((grant) =>
      namesIn(grant).map(([object]) => use(object, 'grants')),
    );
    const others = namesIn(sql.replace(GRANTS, '')).map(([object, before]) => use(object, verbOf(before)));
    return [...granted, ...others].filter(({ object }) => objects.has(object) || object.endsWith(HOLE));
  });
}

/** Uses of another feature's tables that no arrow allows. */
export function undeclaredUses(uses: readonly SqlUse[]): Violation[] {
  return uses
    .filter((use) => !isOwn(use) && !SQL_ARROWS.some((arrow) => covers(arrow, use)))
    .map(({ room, does, object, file, line }) => ({
      file,
      line,
      found: `${room} ${does} ${object}`,
      because:
        does === 'grants'
          ? `rights are granted beside the table, in the migrations of ${ownerOf(object)}`
          : 'SQL that crosses features is declared in test/sql-rules.ts, with the reason',
    }));
}

/** Arrows, table by table, that no SQL follows any more. */
export function idleArrows(uses: readonly SqlUse[]): string[] {
  return SQL_ARROWS.flatMap((arrow) =>
    arrow.objects
      .filter((object) => !uses.some((use) => use.object === object && covers(arrow, use)))
      .map((object) => `${arrow.from} ${arrow.does} ${object}`),
  );
}

const ownerOf = (object: string): string => OWNERS[object.split('.')[0] ?? ''] ?? '';
const isOwn = ({ room, object }: SqlUse): boolean => ownerOf(object) === room;
const covers = (arrow: SqlArrow, use: SqlUse): boolean =>
  arrow.from === use.room && arrow.does === use.does && arrow.objects.includes(use.object);

function verbOf(before: string): SqlArrow['does'] {
  if (/\bREFERENCES\s+$/.test(before)) return 'references';
  if (/\b(?:INSERT INTO|(?<!\b(?:FOR|OF) )UPDATE|DELETE FROM|TRUNCATE|ALTER TABLE|TRIGGER [^;]* ON)\s+$/.test(before))
    return 'writes';
  return 'reads';
}

/** Each name with the text before it. */
function namesIn(sql: string): [name: string, before: string][] {
  return [...sql.matchAll(NAME)].map((found) => [found[1] ?? '', sql.slice(0, found.index)]);
}

function isTable({ parent }: ts.Node): boolean {
  return ts.isPropertyAssignment(parent) && parent.name.getText() === 'table';
}

/** The strings of a file without SQL comments; a template as one string, whatever fills its holes. */
function stringsOf(file: string, text: string): { sql: string; file: string; line: number }[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true);
  const found: { sql: string; file: string; line: number }[] = [];
  const add = (node: ts.Node, sql: string): void => {
    if (!KEYWORD.test(sql)) return;
    const line = source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;
    found.push({ sql: sql.replace(/--.*$/gm, ''), file, line });
  };
  const visit = (node: ts.Node): void => {
    // A retention rule names the table that it deletes from (platform/db/retention.ts).
    if (ts.isStringLiteralLike(node)) add(node, isTable(node) ? `DELETE FROM ${node.text}` : node.text);
    else if (ts.isTemplateExpression(node)) {
      add(node, node.head.text + node.templateSpans.map(({ literal }) => HOLE + literal.text).join(''));
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}
