// Reads a body that is one JSON text: uncompressed, in which no key poisons a prototype and no object has a key twice.
import type { FastifyInstance } from 'fastify';
import { scanJson } from './json-scan.ts';
import { describeSyntaxError } from './json-syntax.ts';
import { invalidRequest, Problem } from '../problems.ts';
import { formatPath } from '../../contract/field-errors.ts';

/** Objects and arrays inside one another; a valid request has four. */
export const MAX_DEPTH = 32;
export const TOO_DEEP = `takes at most ${MAX_DEPTH} objects and arrays inside one another`;
/** In characters. Finding the mistake in a longer text would hold up all callers, and nobody wrote it by hand. */
const MAX_EXPLAINED = 256 * 1024;
const POISON = 'takes no key "__proto__", and no "constructor" that has a "prototype"';

export function installJsonBody(app: FastifyInstance): void {
  // Refuse a compressed body before it is read; otherwise the parser would report mistakes in compressed bytes.
  app.addHook('onRequest', (request, _reply, done) => {
    const coding = request.headers['content-encoding'];
    if (coding === undefined || request.method !== 'POST' || isIdentity(coding)) done();
    else done(encoded());
  });
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, text, done) => {
    const fault = scanJson(text, MAX_DEPTH);
    if (fault?.kind === 'too-deep') return done(invalidRequest([{ path: 'body', message: TOO_DEEP }]));
    // The declared type also allows a promise; this parser calls back before it returns.
    void parse(request, text, (error, body) => {
      if (error !== null) return done(text === '' ? error : notUnderstood(text));
      if (fault === null) return done(null, body);
      done(invalidRequest([{ path: formatPath(fault.path, 'body'), message: 'is there twice in the same object' }]));
    });
  });
}

/** RFC 9110, section 8.4: codings in the order in which they were applied. */
function isIdentity(contentEncoding: string): boolean {
  return contentEncoding.split(',').every((coding) => ['', 'identity'].includes(coding.trim().toLowerCase()));
}

/** RFC 9110, section 12.5.3: such a 415 says which codings are taken. */
function encoded(): Problem {
  const detail = 'The body takes no Content-Encoding but identity: send the text as it is.';
  return new Problem('unsupported-media-type', detail, { headers: { 'accept-encoding': 'identity' } });
}

/** Fastify's parser drops a byte order mark, then refuses broken JSON and poisonous keys in the same words. */
function notUnderstood(text: string): Problem {
  if (text.length > MAX_EXPLAINED) {
    return invalidRequest([{ path: 'body', message: 'takes valid JSON, in which no key is "__proto__"' }]);
  }
  const fault = describeSyntaxError(text.replace(/^\ufeff/, ''));
  return invalidRequest([{ path: 'body', message: fault === null ? POISON : `takes valid JSON: ${fault}` }]);
}
