// The service as it is shipped, in a namespace of the lab, as a user who may do nothing: uid 65534, without capabilities.
import type { CheckReply, CheckResult } from '../../../src/check/result.ts';
import { builtScript } from '../built-service.ts';
import type { FetchMethods } from '../fetch-agent.ts';
import { Service } from '../service.ts';
import type { Child } from './child.ts';
import type { Namespace } from './namespace.ts';

const CALLER = new URL('../fetch-agent.ts', import.meta.url);
const PORT = '8097';
const AS_NOBODY = [
  'setpriv',
  '--reuid=65534',
  '--regid=65534',
  '--clear-groups',
  '--bounding-set=-all',
  '--no-new-privs',
];

interface Closing {
  teardown(close: () => unknown): unknown;
}

export class UnprivilegedReachd {
  readonly pid: number;
  readonly #url: string;
  readonly #caller: Child<FetchMethods>;

  private constructor(pid: number, url: string, caller: Child<FetchMethods>) {
    this.pid = pid;
    this.#url = url;
    this.#caller = caller;
  }

  /** Its settings are `env`. The caller that asks it is a process of the same namespace. */
  static async start(
    t: Closing,
    namespace: Namespace,
    env: Readonly<Record<string, string>> = {},
  ): Promise<UnprivilegedReachd> {
    const within = ['ip', 'netns', 'exec', namespace.name, ...AS_NOBODY];
    const service = new Service(t, { within, env: { PORT, ...env }, script: builtScript() });
    const url = await service.listening();
    return new UnprivilegedReachd(service.child.pid ?? 0, url, await namespace.start<FetchMethods>(CALLER));
  }

  /** The status and body of a POST /check. */
  post(body: object): Promise<{ status: number; body: unknown }> {
    return this.#caller.call('post', `${this.#url}/check`, body);
  }

  async check(body: object): Promise<CheckReply> {
    const reply = await this.post(body);
    if (reply.status !== 200) throw new Error(JSON.stringify(reply.body));
    return reply.body as CheckReply;
  }

  async result(target: string, options: object = {}): Promise<CheckResult> {
    const [result] = (await this.check({ targets: [target], trace: 'always', ...options })).results;
    if (result === undefined) throw new Error('a check without a result');
    return result;
  }
}
