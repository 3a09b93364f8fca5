// reachd in a namespace of the lab, as a test sees it. It runs there as a process of its own (reachd-agent.ts).
import { isIPv6 } from 'node:net';
import type { Cause } from '../../../src/check/outcome.ts';
import type { CheckReply, CheckResult } from '../../../src/check/result.ts';
import type { Child } from './child.ts';
import type { Namespace } from './namespace.ts';
import type { Ask, ReachdMethods } from './reachd-agent.ts';

const AGENT = new URL('./reachd-agent.ts', import.meta.url);

export class Reachd {
  readonly #agent: Child<ReachdMethods>;
  readonly #pid: number;

  private constructor(agent: Child<ReachdMethods>, pid: number) {
    this.#agent = agent;
    this.#pid = pid;
  }

  /** Resolves when its reactor turns; the namespace ends it on close. At most `maxInFlight` attempts connect at a time. */
  static async start(namespace: Namespace, maxInFlight = 4096): Promise<Reachd> {
    const agent = await namespace.start<ReachdMethods>(AGENT, { args: [String(maxInFlight)] });
    return new Reachd(agent, await agent.call('pid'));
  }

  /** Puts all questions at once. */
  check(asks: readonly Ask[]): Promise<CheckReply> {
    return this.#agent.call('check', asks);
  }

  /** Puts all questions at once; their results in the same order. */
  async results(...asks: readonly Ask[]): Promise<readonly CheckResult[]> {
    return (await this.check(asks)).results;
  }

  /** Puts one question. */
  async result(ask: Ask): Promise<CheckResult> {
    const [result] = await this.results(ask);
    if (result === undefined) throw new Error('a check without a result');
    return result;
  }

  /** Causes that the outcome table did not foresee, since the start. */
  unexpected(): Promise<readonly Cause[]> {
    return this.#agent.call('unexpected');
  }

  /** Stops the whole process, as a machine without a moment for it would. */
  freeze(): void {
    process.kill(this.#pid, 'SIGSTOP');
  }

  thaw(): void {
    process.kill(this.#pid, 'SIGCONT');
  }
}

/** A target as a caller writes it. */
export function targetAt(host: string, port: number): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}
