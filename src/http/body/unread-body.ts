// A body that nobody reads: of a request that is refused, or that takes none. It is received all the same, so that the reply
// is not lost and the connection can go on; in turns where it is large, and not kept. Node would take in whatever comes at
// once: of a hundred such bodies 400 ms in one turn, and half a gigabyte of garbage.
import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyRequest } from 'fastify';
import { closeWhenRead } from '../closing.ts';
import { free } from './held-bytes.ts';

/** It is likely to be here already, and is taken in at once. */
const SMALL_BYTES = 16 * 1024;

/** Receives what is left of the body of `request`, before its reply is sent. Call it as soon as nobody reads it any more. */
export function leaveBody({ raw, server }: FastifyRequest): void {
  const bytes = announcedBytes(raw.headers);
  if (raw.complete || bytes === 0) return;
  closeWhenRead(raw);
  if (bytes > SMALL_BYTES) {
    raw.on('data', (chunk: Buffer) => {
      free(chunk);
      server.largeBodies.waitLast(raw);
    });
  }
  raw.resume();
}

/** Infinity where it is not said. */
function announcedBytes(headers: IncomingHttpHeaders): number {
  return headers['transfer-encoding'] === undefined ? Number(headers['content-length'] ?? 0) : Infinity;
}
