// A caller inside a network namespace: it asks what the test asks, where the test itself cannot reach.
import { serve } from './lab/serve.ts';

export interface Fetched {
  readonly status: number;
  readonly body: unknown;
}

const methods = {
  async get(url: string): Promise<Fetched> {
    const reply = await fetch(url);
    return { status: reply.status, body: await reply.json() };
  },
  async post(url: string, body: unknown): Promise<Fetched> {
    const headers = { 'content-type': 'application/json' };
    const reply = await fetch(url, { method: 'POST', body: JSON.stringify(body), headers });
    return { status: reply.status, body: await reply.json() };
  },
};
export type FetchMethods = typeof methods;

serve(methods);
