/**
 * Checks a source tree against the rules of architecture-rules.ts, with TypeScript's own parser. Gets the files as
 * text: from the source tree, and from memory in the test of the test.
 */
import { posix } from 'node:path';
import ts from 'typescript';
import { COMPANION_RULES, IMPORT_RULES, SYNTAX_RULES } from './architecture-rules.js';
import type { ImportRule, SyntaxRule } from './architecture-rules.js';

/** The source tree as text: path from the checkout's root (`src/auth/index.ts`) to content. */
export type SourceTree = ReadonlyMap<string, string>;

export interface Violation {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** What was found and must not be. */
  readonly found: string;
  readonly because: string;
}

/** Further things that a file may not contain. Each finder returns what it found, or nothing. */
const CONSTRUCTS = {
  'process.env': (node: ts.Node) =>
    ts.isPropertyAccessExpression(node) && node.getText() === 'process.env' ? 'process.env' : undefined,
  'the present': (node: ts.Node) => {
    if (ts.isNewExpression(node) && node.expression.getText() === 'Date' && (node.arguments?.length ?? 0) === 0) {
      return 'new Date()';
    }
    return ts.isPropertyAccessExpression(node) && node.getText() === 'Date.now' ? 'Date.now' : undefined;
  },
  any: (node: ts.Node) => (node.kind === ts.SyntaxKind.AnyKeyword ? 'the type any' : undefined),
  'a non-null assertion': (node: ts.Node) => (ts.isNonNullExpression(node) ? node.getText() : undefined),
  'a made admission': (node: ts.Node) =>
    ts.isAsExpression(node) && /\bAdmittedAccess\b/.test(node.type.getText()) ? 'as AdmittedAccess' : undefined,
} as const satisfies Record<SyntaxRule['mustNotContain'], (node: ts.Node) => string | undefined>;

const SILENCER = /(?:eslint-disable(?!.* -- \S)|@ts-(?:ignore|nocheck|expect-error)(?!.* -- \S)).*/;
const NAMELESS = /\/(?:utils?|helpers?|common|manager|misc)(?:\.ts$|\/|-)/;

interface Import {
  /** Path from the root for our own files, else the package's or builtin's name. */
  readonly target: string;
  readonly line: number;
  /** Removed by the compiler: `import type`. */
  readonly typeOnly: boolean;
  /** `import()`: loaded when executed. */
  readonly late: boolean;
}

/** Every rule that the tree breaks, file by file. */
export function violationsOf(tree: SourceTree): Violation[] {
  const found: Violation[] = [];
  for (const [file, text] of tree) {
    const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true);
    for (const { target, line, typeOnly } of importsOf(source)) {
      for (const rule of IMPORT_RULES) {
        if (typeOnly && rule.butTypes === true) continue;
        if (breaks(rule, file, target)) found.push({ file, line, found: `imports ${target}`, because: rule.because });
      }
    }
    found.push(...lonelyIn(source), ...constructsIn(source), ...silencersIn(source));
    if (NAMELESS.test(file))
      found.push({ file, line: 1, found: 'its name', because: 'such a name owns nothing: name the thing' });
  }
  return found;
}

function breaks(rule: ImportRule, file: string, target: string): boolean {
  const applies = rule.from.test(file) && !(rule.except ?? []).some((path) => path.test(file));
  if (!applies || !rule.mustNotImport.test(target) || rule.butMay?.test(target) === true) return false;
  return !(rule.scope === 'others' && roomOf(file) === roomOf(target));
}

/** Imports that require another one, which is missing. Types load nothing. */
function lonelyIn(source: ts.SourceFile): Violation[] {
  const file = source.fileName;
  const imports = importsOf(source).filter(({ typeOnly }) => !typeOnly);
  return COMPANION_RULES.filter(
    ({ from, except, mustImport }) =>
      from.test(file) &&
      !(except ?? []).some((path) => path.test(file)) &&
      !imports.some(({ target }) => mustImport.test(target)),
  ).flatMap(({ importing, because }) =>
    imports
      .filter(({ target }) => importing.test(target))
      .map(({ target, line }) => ({ file, line, found: `imports ${target} alone`, because })),
  );
}

export const roomOf = (path: string): string => path.split('/').slice(0, 2).join('/');

/** Exceptions that no file of the tree needs: a rule should not be looser than the code. */
export function idleExceptions(tree: SourceTree): string[] {
  const idle: string[] = [];
  for (const rule of IMPORT_RULES) {
    for (const exception of rule.except ?? []) {
      const needed = [...tree].some(
        ([file, text]) =>
          rule.from.test(file) &&
          exception.test(file) &&
          targetsOf(file, text).some((target) => rule.mustNotImport.test(target)),
      );
      if (!needed) idle.push(`${exception.source}, where ${rule.because}`);
    }
  }
  return idle;
}

/** Circular imports that exist at run time: the order of initialisation depends on which file is imported first. */
export function circlesOf(tree: SourceTree): string[] {
  const circles: string[] = [];
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    const at = path.indexOf(file);
    if (at >= 0) circles.push([...path.slice(at), file].join(' → '));
    const text = tree.get(file);
    if (at >= 0 || text === undefined || done.has(file)) return;
    for (const target of targetsOf(file, text, 'at run time')) visit(target, [...path, file]);
    done.add(file);
  };
  for (const file of tree.keys()) visit(file, []);
  return circles;
}

/** Our files and the packages that a process may load after loading `entry`. @param late follow `import()` too */
export function reachOf(tree: SourceTree, entry: string, late = true): ReadonlySet<string> {
  const reached = new Set<string>();
  const visit = (named: string): void => {
    // An import names a module; its file may be TSX or not.
    const file = tree.has(`${named}x`) ? `${named}x` : named;
    if (reached.has(file)) return;
    reached.add(file);
    const text = tree.get(file);
    if (text === undefined) return; // a package, or one of Node's modules
    const imports = importsOf(ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true));
    for (const found of imports) if (!found.typeOnly && (late || !found.late)) visit(found.target);
  };
  visit(entry);
  return reached;
}

function targetsOf(file: string, text: string, which: 'all' | 'at run time' = 'all'): string[] {
  const imports = importsOf(ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true));
  return imports.filter(({ typeOnly }) => which === 'all' || !typeOnly).map(({ target }) => target);
}

/** Every way in which a file can name another: import, export from, import(), import type, require. */
function importsOf(source: ts.SourceFile): Import[] {
  const found: Import[] = [];
  const add = (name: ts.Node | undefined, typeOnly: boolean, late = false): void => {
    if (name === undefined || !ts.isStringLiteralLike(name)) return;
    found.push({ target: targetOf(source.fileName, name.text), line: lineOf(source, name), typeOnly, late });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, isTypeOnly(node.importClause));
    else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly);
    else if (ts.isExternalModuleReference(node)) add(node.expression, false);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal, true);
    else if (ts.isCallExpression(node) && /^(?:import|require|require\.resolve)$/.test(node.expression.getText())) {
      add(node.arguments[0], false, true);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function isTypeOnly(clause: ts.ImportClause | undefined): boolean {
  if (clause === undefined) return false; // import 'x': for its effect
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const { namedBindings: named, name } = clause;
  return (
    name === undefined &&
    named !== undefined &&
    ts.isNamedImports(named) &&
    named.elements.every((one) => one.isTypeOnly)
  );
}

function targetOf(file: string, name: string): string {
  if (name.startsWith('.')) return posix.join(posix.dirname(file), name).replace(/\.js$/, '.ts');
  if (name.startsWith('node:')) return name;
  return name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/');
}

function constructsIn(source: ts.SourceFile): Violation[] {
  const file = source.fileName;
  const rules = SYNTAX_RULES.filter(
    ({ from, except = [] }) => from.test(file) && !except.some((path) => path.test(file)),
  );
  const found: Violation[] = [];
  const visit = (node: ts.Node): void => {
    for (const { mustNotContain, because } of rules) {
      const what = CONSTRUCTS[mustNotContain](node);
      if (what !== undefined) found.push({ file, line: lineOf(source, node), found: what, because });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function silencersIn(source: ts.SourceFile): Violation[] {
  const because = 'who silences a checker says why, after two dashes: the reason outlives the memory of it';
  const found = new Map<number, Violation>();
  const visit = (node: ts.Node): void => {
    for (const { pos, end } of commentsBeside(node, source.text)) {
      const silencer = SILENCER.exec(source.text.slice(pos, end))?.[0];
      if (silencer !== undefined) {
        found.set(pos, {
          file: source.fileName,
          line: source.getLineAndCharacterOfPosition(pos).line + 1,
          found: silencer,
          because,
        });
      }
    }
    node.getChildren(source).forEach(visit); // tokens too: a comment may precede a closing brace
  };
  visit(source);
  return [...found.values()];
}

function commentsBeside(node: ts.Node, text: string): ts.CommentRange[] {
  return [
    ...(ts.getLeadingCommentRanges(text, node.pos) ?? []),
    ...(ts.getTrailingCommentRanges(text, node.end) ?? []),
  ];
}

function lineOf(source: ts.SourceFile, node: ts.Node): number {
  return source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;
}
