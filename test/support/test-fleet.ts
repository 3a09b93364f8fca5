// A fleet of real reachd processes on a real nats-server, all on loopback, gone when the test ends.
import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CheckReply, CheckResult, StreamSummary, VantageAnswer } from '../../src/check/result.ts';
import { BusServer } from './bus-server.ts';
import { builtScript } from './built-service.ts';
import { Service } from './service.ts';

interface Closing {
  teardown(close: () => unknown): unknown;
}

export interface Member {
  readonly service: Service;
  readonly url: string;
}

/** The reply to a stream. */
export interface Streamed {
  readonly results: readonly (CheckResult & { readonly index: number })[];
  readonly summary: StreamSummary;
  readonly vantages: readonly VantageAnswer[];
}

const JSON_HEADERS = { 'content-type': 'application/json' };

export class TestFleet {
  readonly members: ReadonlyMap<string, Member>;
  bus: BusServer;
  readonly #t: Closing;

  private constructor(t: Closing, bus: BusServer, members: ReadonlyMap<string, Member>) {
    this.#t = t;
    this.bus = bus;
    this.members = members;
  }

  /** One instance for each name; a name that is there twice has two. The first asks: it is `gw`, and no vantage. */
  static async start(t: Closing, names: readonly string[], env: Record<string, string> = {}): Promise<TestFleet> {
    const bus = await BusServer.open(t);
    const shared = { NATS_URL: `nats://127.0.0.1:${bus.port}`, ...env };
    const started = ['gw', ...names].map((vantage, number) => {
      const own = { VANTAGE: vantage, FLEET_ROLE: number === 0 ? 'coordinator' : 'both' };
      return [`${vantage}#${number}`, new Service(t, { env: { ...shared, ...own }, script: builtScript() })] as const;
    });
    const members = new Map<string, Member>();
    for (const [key, service] of started) members.set(key, { service, url: await service.listening() });
    const fleet = new TestFleet(t, bus, members);
    await fleet.until(async () => (await fleet.instances()) === names.length);
    return fleet;
  }

  get gateway(): Member {
    return this.member('gw#0');
  }

  member(key: string): Member {
    const member = this.members.get(key);
    if (member === undefined) throw new Error(`there is no ${key}`);
    return member;
  }

  async instances(): Promise<number> {
    const response = await fetch(`${this.gateway.url}/vantages`);
    const { vantages } = (await response.json()) as { vantages: { state: string; instances: object[] }[] };
    return vantages.filter(({ state }) => state === 'here').flatMap(({ instances }) => instances).length;
  }

  async check(body: object): Promise<CheckReply> {
    const sent = { method: 'POST', headers: JSON_HEADERS, body: JSON.stringify(body) };
    const response = await fetch(`${this.gateway.url}/check`, sent);
    if (response.status !== 200) throw new Error(await response.text());
    return (await response.json()) as CheckReply;
  }

  /** Begins a stream, whose lines are yet to be sent. */
  stream(query: string): ClientRequest {
    const headers = { 'content-type': 'text/plain' };
    const sent = request(`${this.gateway.url}/check?${query}`, { method: 'POST', headers, agent: false });
    sent.on('error', () => undefined);
    this.#t.teardown(() => sent.destroy());
    return sent;
  }

  /** Attempts in flight and waiting, of one instance. */
  async load(key: string): Promise<number> {
    const response = await fetch(`${this.member(key).url}/instance`);
    const { attempts } = (await response.json()) as { attempts: { inFlight: number; queued: number } };
    return attempts.inFlight + attempts.queued;
  }

  async restartBus(): Promise<void> {
    this.bus = await this.bus.restart(this.#t);
  }

  /** Asks again and again until it holds; the test's own time is the bound. */
  async until(holds: () => Promise<boolean>): Promise<void> {
    while (!(await holds())) await sleep(20);
  }
}

/** All of a stream's reply; `onResult` sees how many results there are so far. */
export async function streamed(
  sent: ClientRequest,
  onResult: (count: number) => void = () => undefined,
): Promise<Streamed> {
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  const results: Streamed['results'][number][] = [];
  let end: Omit<Streamed, 'results'> | null = null;
  let rest = '';
  for await (const chunk of response.setEncoding('utf8')) {
    const lines = (rest + String(chunk)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const said = JSON.parse(line) as Streamed['results'][number] | Omit<Streamed, 'results'>;
      if ('summary' in said) end = said;
      else results.push(said);
    }
    onResult(results.length);
  }
  if (end === null) throw new Error(`it broke off after ${results.length} results`);
  return { ...end, results };
}
