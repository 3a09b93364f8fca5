// What a JSON body asks for. It is scanned first, so that what no request can need is refused before it is parsed; then its
// options are parsed, and its targets one by one, all of it in slices. The texts between the commas of a list are JSON, and
// the rest is, with any list in that place, exactly where the whole is.
import { performance } from 'node:perf_hooks';
import type { Contract } from '../../contract/contract.ts';
import { formatPath } from '../../contract/field-errors.ts';
import type { Parsed } from '../../contract/question-reader.ts';
import type { Slices } from '../../check/slices.ts';
import { invalidRequest, type Problem } from '../problems.ts';
import type { JsonBody } from './json-body.ts';
import { JsonScan, type ScanFault, type ScanLimits } from './json-scan.ts';
import { describeSyntaxError } from './json-syntax.ts';

/** Objects and arrays inside one another; a valid request has four. */
export const MAX_DEPTH = 32;
export const TOO_DEEP = `takes at most ${MAX_DEPTH} objects and arrays inside one another`;
/** Fields and items of one target, or of all that is no target: a valid one has 21. */
const MAX_VALUES = 64;
/** In characters; a line of a stream has as many. */
const MAX_TARGET_LENGTH = 8192;
const MAX_REST_LENGTH = 64 * 1024;
/** In characters. Finding the mistake in a longer text would hold up all callers, and nobody wrote it by hand. */
const MAX_EXPLAINED = 256 * 1024;
/** Targets that are parsed without a look at the clock. */
const UNWATCHED = 8;
export const POISON = 'takes no key "__proto__", and no "constructor" that has a "prototype"';
const NO_BODY = invalidRequest([{ path: 'body', message: 'is required: a JSON object with "targets"' }]);

const NO_LIST = { start: 0, end: 0, starts: [] };

/** Rejects with the Problem of a text that is refused as such. */
export async function readQuestion({ text }: JsonBody, contract: Contract, slices: Slices): Promise<Parsed> {
  if (text === '') throw NO_BODY;
  const scan = new JsonScan(text, limitsOf(contract));
  await slices.run((until) => scan.run(until));
  if (scan.refusal !== null) throw refused(scan.refusal, contract);
  if (scan.isBroken) throw notUnderstood(text);
  const { fault } = scan;
  const { start, end: listEnd, starts } = scan.list ?? NO_LIST;
  const isEmpty = starts.length <= 1 && text.slice(starts[0], listEnd).trim() === '';
  const rest = scan.list === null ? text : `${text.slice(0, start)}[${isEmpty ? '' : 0}]${text.slice(listEnd + 1)}`;
  const reader = contract.readerOf(parse(text, rest));
  let next = isEmpty ? 1 : 0;
  await slices.run((until) => {
    while (next < starts.length && !reader.isHopeless) {
      const end = starts[next + 1] ?? listEnd + 1;
      const wanted = parse(text, text.slice(starts[next++], end - 1));
      if (fault === null) reader.add(wanted);
      if (next % UNWATCHED === 0 && performance.now() >= until) return true;
    }
    return false;
  });
  if (fault !== null) throw refused(fault, contract);
  return reader.end();
}

function limitsOf({ maxTargets }: Contract): ScanLimits {
  return {
    maxDepth: MAX_DEPTH,
    maxValues: MAX_VALUES,
    maxItemLength: MAX_TARGET_LENGTH,
    maxRestLength: MAX_REST_LENGTH,
    list: 'targets',
    maxItems: maxTargets,
  };
}

/** A part of `whole`. */
function parse(whole: string, part: string): unknown {
  try {
    return JSON.parse(part) as unknown;
  } catch {
    throw notUnderstood(whole);
  }
}

function refused(fault: ScanFault, { maxTargets }: Contract): Problem {
  const where = 'path' in fault ? formatPath(fault.path, 'body') : 'body';
  switch (fault.kind) {
    case 'too-deep':
      return invalidRequest([{ path: 'body', message: TOO_DEEP }]);
    case 'poison':
      return invalidRequest([{ path: 'body', message: `takes valid JSON: ${POISON}` }]);
    case 'too-many-items':
      return invalidRequest([{ path: 'targets', message: `takes an array of 1 to ${maxTargets} targets` }]);
    case 'duplicate-key':
      return invalidRequest([{ path: where, message: 'is there twice in the same object' }]);
    case 'too-many-values':
      return invalidRequest([{ path: where, message: `takes at most ${MAX_VALUES} fields and items${beside(where)}` }]);
    case 'too-long': {
      const most = where === 'body' ? MAX_REST_LENGTH : MAX_TARGET_LENGTH;
      return invalidRequest([{ path: where, message: `takes at most ${most} characters${beside(where)}` }]);
    }
  }
}

function beside(where: string): string {
  return where === 'body' ? ' beside its targets' : '';
}

function notUnderstood(text: string): Problem {
  const fault = text.length > MAX_EXPLAINED ? null : describeSyntaxError(text);
  const message = fault === null ? 'takes valid JSON, in which no key is "__proto__"' : `takes valid JSON: ${fault}`;
  return invalidRequest([{ path: 'body', message }]);
}
