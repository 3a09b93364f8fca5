// The project's own source files as facts: what each imports, how long it and its functions are, how it begins. By the
// TypeScript parser, without types.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

interface Import {
  /** A path from the root for a file of ours, else as it is written. */
  readonly what: string;
  /** Gone when types are erased. */
  readonly isType: boolean;
}

interface FunctionSize {
  readonly name: string;
  readonly lines: number;
}

export interface SourceFile {
  /** From the root, with slashes. */
  readonly path: string;
  readonly lines: number;
  readonly imports: readonly Import[];
  /** The files that it names by URL, to start them. */
  readonly urls: readonly string[];
  readonly functions: readonly FunctionSize[];
  /** The lines of comment that the file begins with, after a #! line. */
  readonly headerLines: number;
  /** Whether it does nothing but export from other files. */
  readonly isBarrel: boolean;
}

/** Every TypeScript file under the folders, in order of path. */
export function readSources(...folders: readonly string[]): SourceFile[] {
  return folders
    .flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((p) => join(folder, p)),
    )
    .filter((path) => path.endsWith('.ts') && !path.includes('node_modules'))
    .sort()
    .map(readSource);
}

/** The files that `entry` reaches through imports; with `isRunning`, only those that are loaded when it runs. */
export function reachable(sources: readonly SourceFile[], entries: readonly string[], isRunning: boolean): Set<string> {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const reached = new Set<string>();
  const visit = (path: string): void => {
    if (reached.has(path)) return;
    reached.add(path);
    for (const { what, isType } of byPath.get(path)?.imports ?? []) if (!(isRunning && isType)) visit(what);
  };
  entries.forEach(visit);
  return reached;
}

/** One circle of imports, types included, as `a imports b imports a`; null when there is none. */
export function findCircle(sources: readonly SourceFile[]): string | null {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const seen = new Set<string>();
  /** `way`: the files from which `path` was reached, each an importer of the next. */
  const visit = (path: string, way: readonly string[]): string | null => {
    if (way.includes(path)) return [...way.slice(way.indexOf(path)), path].join(' imports ');
    if (seen.has(path)) return null;
    seen.add(path);
    for (const { what } of byPath.get(path)?.imports ?? []) {
      const circle = visit(what, [...way, path]);
      if (circle !== null) return circle;
    }
    return null;
  };
  for (const { path } of sources) {
    const circle = visit(path, []);
    if (circle !== null) return circle;
  }
  return null;
}

function readSource(path: string): SourceFile {
  const text = readFileSync(join(ROOT, path), 'utf8');
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.ESNext, true);
  const imports: Import[] = [];
  const urls: string[] = [];
  const functions: FunctionSize[] = [];
  const visit = (node: ts.Node): void => {
    const imported = importOf(node, path);
    if (imported !== null) imports.push(imported);
    const url = ts.isNewExpression(node) && node.expression.getText(file) === 'URL' ? node.arguments?.[0] : undefined;
    const named = specifier(url, false, path);
    if (named !== null) urls.push(named.what);
    if (ts.isFunctionLike(node) && 'body' in node && node.body) functions.push(sizeOf(node, file));
    ts.forEachChild(node, visit);
  };
  visit(file);
  const written = text.replace(/^#!.*\n/, '').split('\n');
  return {
    path,
    lines: text.trimEnd().split('\n').length,
    imports,
    urls,
    functions,
    headerLines: Math.max(
      0,
      written.findIndex((line) => !line.startsWith('//')),
    ),
    isBarrel: file.statements.length > 0 && file.statements.every(isReexport),
  };
}

function isReexport(statement: ts.Statement): boolean {
  return ts.isExportDeclaration(statement) && statement.moduleSpecifier !== undefined;
}

/** Import and export declarations, and dynamic imports. */
function importOf(node: ts.Node, path: string): Import | null {
  if (ts.isImportDeclaration(node)) return specifier(node.moduleSpecifier, node.importClause?.phaseModifier, path);
  if (ts.isExportDeclaration(node)) return specifier(node.moduleSpecifier, node.isTypeOnly, path);
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
    return specifier(node.arguments[0], false, path);
  return null;
}

function specifier(node: ts.Node | undefined, type: unknown, path: string): Import | null {
  if (node === undefined || !ts.isStringLiteralLike(node)) return null;
  const isType = type === true || type === ts.SyntaxKind.TypeKeyword;
  const what = node.text.startsWith('.') ? relative('.', join(dirname(path), node.text)) : node.text;
  return { what, isType };
}

function sizeOf(node: ts.SignatureDeclaration, file: ts.SourceFile): FunctionSize {
  const line = (position: number): number => file.getLineAndCharacterOfPosition(position).line;
  const first = line(node.getStart(file));
  const name = node.name?.getText(file) ?? `the function in line ${first + 1}`;
  return { name, lines: line(node.end) - first + 1 };
}
