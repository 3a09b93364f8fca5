// The one body that is understood: JSON, without the keys that poison prototypes and without a key twice.
import type { FastifyInstance } from 'fastify';
import { findDuplicateKey } from './duplicate-keys.ts';
import { invalidRequest } from './problems.ts';
import { formatPath } from './validation.ts';

export function installJsonBody(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, text, done) => {
    // Its declared type also allows a promise; what it does is call back, before it returns.
    void parse(request, text, (error, body) => {
      if (error !== null) return done(error);
      const path = findDuplicateKey(text);
      if (path === null) return done(null, body);
      done(invalidRequest([{ path: formatPath(path, 'body'), message: 'is there twice in the same object' }]));
    });
  });
}
