// Callers as a process of its own, in the namespace of the service that they ask: hostile ones, or a good one. Two of these
// run beside each other, so that what the hostile ones cost takes nothing of the good one's time.
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CheckReply } from '../../../src/check/result.ts';
import { serve } from '../lab/serve.ts';
import { besiege, count, type Siege, type Tally } from './attacks.ts';
import { Exchange, type Sending } from './exchange.ts';

export interface Answered {
  readonly status: number | null;
  readonly head: string;
  readonly text: string;
  readonly tookMs: number;
}

/** What a good caller asks for, and what is right to hear. */
export interface Errand {
  readonly port: number;
  readonly token: string;
  readonly everyMs: number;
  /** By target, the outcome. Each is asked in a request of its own. */
  readonly right: Readonly<Record<string, string>>;
}

export interface Seen {
  /** By target, and of `/livez`, in milliseconds. */
  readonly tookMs: Readonly<Record<string, readonly number[]>>;
  readonly wrong: Tally;
}

const server = createServer((socket) => socket.on('error', () => undefined).resume());
let over = new AbortController();
let running: Promise<unknown> = Promise.resolve();
let tally: Tally = {};
let tookMs: Record<string, number[]> = {};

async function ask(sending: Sending): Promise<Answered> {
  const startedAt = performance.now();
  const exchange = new Exchange(sending);
  await exchange.ended;
  const { status, head, text } = exchange;
  return { status, head, text, tookMs: performance.now() - startedAt };
}

/** Looks that one answer is there and right. */
async function look({ port, token, right }: Errand, target: string): Promise<void> {
  const isHealth = target === '/livez';
  const how = isHealth ? { path: target } : { token, body: JSON.stringify({ targets: [target], timeoutMs: 3000 }) };
  const answer = await ask({ port, ...how });
  (tookMs[target] ??= []).push(answer.tookMs);
  if (answer.status !== 200) count(tally, `${target}: ${answer.status ?? 'no answer'}`);
  if (answer.status !== 200 || isHealth) return;
  const { outcome, cause } = (JSON.parse(answer.text) as CheckReply).results[0] ?? {};
  if (outcome !== right[target]) count(tally, `${target}: ${outcome ?? ''} ${cause?.code ?? ''}`);
}

async function goOn(errand: Errand): Promise<void> {
  const { everyMs, right } = errand;
  const asked: Promise<void>[] = [];
  while (!over.signal.aborted) {
    for (const target of ['/livez', ...Object.keys(right)]) asked.push(look(errand, target));
    await sleep(everyMs, undefined, { signal: over.signal }).catch(() => undefined);
  }
  await Promise.all(asked);
}

const methods = {
  ask,
  /** A port of this process that accepts. */
  async listen(): Promise<number> {
    await once(server.listen(0, '0.0.0.0'), 'listening');
    return (server.address() as AddressInfo).port;
  },
  /** Attacks until stop(). */
  attack(siege: Siege): void {
    running = Promise.all([running, besiege(siege, over.signal, tally)]);
  },
  /** Asks until stop(). */
  errand(errand: Errand): void {
    running = Promise.all([running, goOn(errand)]);
  },
  /** Ends what goes on, and tells what came of it: how often which status, of an errand what was wrong. */
  async stop(): Promise<Seen> {
    over.abort();
    await running;
    const seen = { tookMs, wrong: tally };
    over = new AbortController();
    [running, tally, tookMs] = [Promise.resolve(), {}, {}];
    return seen;
  },
};
export type CallerMethods = typeof methods;

serve(methods);
