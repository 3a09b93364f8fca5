// One log line for each request, when it is over: also when the caller left before the reply. A route with
// `logLevel: 'silent'` has none.
import type { FastifyInstance } from 'fastify';

export function installRequestLog(app: FastifyInstance): void {
  app.addHook('onRequest', (request, reply, done) => {
    // 'close' comes in every case, 'finish' before it unless the connection broke first.
    let finished = false;
    reply.raw.on('finish', () => {
      finished = true;
    });
    reply.raw.on('close', () => {
      const { method, url } = request;
      const durationMs = Math.round(reply.elapsedTime * 1000) / 1000;
      const status = finished ? reply.statusCode : null;
      request.log.info({ method, url, status, durationMs }, finished ? 'request' : 'request left by its caller');
    });
    done();
  });
}
