// HTTP as these tests speak it: one request on a connection of its own, which is gone when the answer is there. A client
// that keeps connections would hold descriptors of the service that the test counts.
import { type Agent, type IncomingHttpHeaders, request } from 'node:http';
import type { CheckReply } from '../../src/check/result.ts';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly tookMs: number;
}

/** GET, or POST where there is a `body`; on a connection of `agent`'s, if there is one. Rejects where it breaks. */
export function ask(url: string, body?: object, agent: Agent | false = false): Promise<Answer> {
  const startedAt = performance.now();
  const headers = body === undefined ? {} : { 'content-type': 'application/json' };
  return new Promise((resolve, reject) => {
    const method = body === undefined ? 'GET' : 'POST';
    const sent = request(url, { agent, method, headers }, (reply) => {
      let text = '';
      reply.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      reply.on('error', reject).on('end', () => {
        const tookMs = performance.now() - startedAt;
        resolve({ status: reply.statusCode ?? 0, headers: reply.headers, text, tookMs });
      });
    });
    sent.on('error', reject).end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** POST /check, whose answer is to be a reply. */
export async function askCheck(url: string, body: object): Promise<CheckReply> {
  const { status, text } = await ask(`${url}/check`, body);
  if (status !== 200) throw new Error(`POST /check answered ${status}: ${text}`);
  return JSON.parse(text) as CheckReply;
}

/** The p-th fraction (0 to 1) of `values` is at or below the result. */
export function quantile(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))] ?? NaN;
}
