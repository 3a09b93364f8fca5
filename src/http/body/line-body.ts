// A body of lines, each of them a target: NDJSON or plain text. What a line says is read here, as strictly as a JSON body;
// whether that is a target is for the contract to say. The body itself is handed on unread.
import type { FastifyInstance } from 'fastify';
import type { Readable } from 'node:stream';
import { type FieldError, formatPath } from '../../contract/field-errors.ts';
import { NDJSON_TYPE, TEXT_TYPE } from '../media-types.ts';
import { MAX_DEPTH, POISON, TOO_DEEP } from './json-question.ts';
import { scanJson } from './json-scan.ts';
import { describeSyntaxError } from './json-syntax.ts';
import type { Line } from './lines.ts';

/** A target with every field set to its longest takes a kilobyte. */
export const MAX_LINE_BYTES = 8192;
/** What the errors of a line call it. */
const TARGET = 'target';

/** A line that says nothing that could be a target. */
export class BadLine {
  readonly errors: readonly FieldError[];

  constructor(message: string, path = TARGET) {
    this.errors = [{ path, message }];
  }
}

/** What a line says, whatever it is; a BadLine; or undefined for a line that does not count. */
export type ReadLine = (line: Line) => unknown;

export class LineBody {
  readonly bytes: Readable;
  readonly readLine: ReadLine;

  constructor(bytes: Readable, readLine: ReadLine) {
    this.bytes = bytes;
    this.readLine = readLine;
  }
}

export function installLineBodies(app: FastifyInstance): void {
  app.addContentTypeParser(NDJSON_TYPE, (_request, bytes, done) => done(null, new LineBody(bytes, readJsonLine)));
  app.addContentTypeParser(TEXT_TYPE, (_request, bytes, done) => done(null, new LineBody(bytes, readTextLine)));
}

/** Empty lines do not count. */
export function readJsonLine({ text, fault }: Line): unknown {
  if (fault !== null) return explain(fault);
  if (text.trim() === '') return undefined;
  // A string has no keys: nearly every line is one.
  const scanned = text.startsWith('"') ? null : scanJson(text, MAX_DEPTH);
  if (scanned?.kind === 'too-deep') return new BadLine(TOO_DEEP);
  try {
    const value: unknown = JSON.parse(text);
    if (scanned === null) return value;
  } catch {
    return new BadLine(`takes valid JSON: ${describeSyntaxError(text) ?? 'this is none'}`);
  }
  return 'path' in scanned
    ? new BadLine('is there twice in the same object', formatPath([TARGET, ...scanned.path], TARGET))
    : new BadLine(POISON);
}

/** Neither empty lines nor comments count. */
export function readTextLine({ text, fault }: Line): unknown {
  const target = text.trim();
  if (target.startsWith('#') || (target === '' && fault === null)) return undefined;
  return fault === null ? target : explain(fault);
}

function explain(fault: NonNullable<Line['fault']>): BadLine {
  return new BadLine(fault === 'too-long' ? `takes a line of at most ${MAX_LINE_BYTES} bytes` : 'takes UTF-8');
}
