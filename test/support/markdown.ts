// Tables and fenced blocks of this repository's documents, as they stand.
import { readFileSync } from 'node:fs';

/** `document`: its path from the root. */
export function readDocument(document: string): string {
  return readFileSync(new URL(`../../${document}`, import.meta.url), 'utf8');
}

/** The rows, cell by cell, of the one table of a document whose first column has this title. */
export function tableOf(document: string, title: string): string[][] {
  const lines = readDocument(document).split('\n');
  const heads = lines.flatMap((line, at) => (cellsOf(line)[0] === title ? [at] : []));
  const [head] = heads;
  if (head === undefined || heads.length > 1) {
    throw new Error(`${document} has ${heads.length} tables whose first column is "${title}"`);
  }
  const below = lines.slice(head + 2);
  const end = below.findIndex((line) => !line.startsWith('|'));
  return below.slice(0, end < 0 ? undefined : end).map(cellsOf);
}

/** What a cell has in backticks. */
export function codesIn(cell = ''): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, code]) => code ?? '');
}

function cellsOf(line: string): string[] {
  if (!line.startsWith('|')) return [];
  return line
    .slice(1, line.lastIndexOf('|'))
    .split('|')
    .map((cell) => cell.trim());
}

export interface ShellBlock {
  readonly text: string;
  /** Of its first line, from 1. */
  readonly line: number;
  /** Why no test runs it, where a comment above it says so: `<!-- not run: … -->`. */
  readonly notRun: string | null;
}

/** The blocks of a document that are marked `sh`, in order. */
export function shellBlocksOf(document: string): ShellBlock[] {
  const text = readDocument(document);
  return [...text.matchAll(/(?:<!-- not run: ([^>]+) -->\n\n)?^```sh\n([^]*?)^```$/gm)].map((found) => {
    const [whole, notRun = null, commands = ''] = found;
    const before = text.slice(0, found.index + whole.indexOf('```sh\n'));
    return { text: commands, line: before.split('\n').length + 1, notRun };
  });
}
