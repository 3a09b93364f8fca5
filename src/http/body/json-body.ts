// A body that is one JSON text: uncompressed, counted as it arrives, and handed on as text. What it asks for is read by
// json-question.ts, in slices.
import type { FastifyInstance } from 'fastify';
import { Problem } from '../problems.ts';
import { readText } from './read-text.ts';

export class JsonBody {
  /** Without a byte order mark. */
  readonly text: string;

  constructor(text: string) {
    this.text = text.startsWith('\ufeff') ? text.slice(1) : text;
  }
}

/** `limit`: bytes of a body. */
export function installJsonBody(app: FastifyInstance, limit: number): void {
  // Refuse a compressed body before it is read; otherwise the parser would report mistakes in compressed bytes.
  app.addHook('onRequest', (request, _reply, done) => {
    const coding = request.headers['content-encoding'];
    if (coding === undefined || request.method !== 'POST' || isIdentity(coding)) done();
    else done(encoded());
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', (request, bytes, done) => {
    const reading = { limit, memory: request.memory.part, large: app.largeBodies };
    readText(bytes, request.raw, reading, (error, text) => done(error, new JsonBody(text)));
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
