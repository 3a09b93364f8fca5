// A namespace with a service, a name server that is silent for most names, hostile callers and a good one. Nothing leads out.
import type { Test } from 'tap';
import { builtScript } from '../built-service.ts';
import { Dns, RESOLV_CONF } from '../lab/dns.ts';
import type { Child } from '../lab/child.ts';
import { Namespace } from '../lab/namespace.ts';
import type { Service, ServiceOptions } from '../service.ts';
import type { AttackName } from './attacks.ts';
import type { CallerMethods, Errand, Seen } from './caller-agent.ts';

const AGENT = new URL('./caller-agent.ts', import.meta.url);
const MOST_CALLERS = 100;
const HOSTS = '127.0.0.1 localhost\n';
/** It answers with 1000 addresses, all of this host. */
export const THOUSAND = 'thousand.lab';
const KNOWN = 'known.lab';
const TABLE = {
  '*': { isSilent: true },
  [KNOWN]: { addresses: ['127.0.0.1'] },
  [THOUSAND]: { addresses: Array.from({ length: 1000 }, (_, i) => `127.7.${i >> 8}.${i & 255}`) },
};

export const GOOD = 'token-of-the-good-one';

/** The token of the n-th hostile caller, from 0. */
export function tokenOf(n: number): string {
  return `token-of-hostile-${n}`;
}

export class SiegeLab {
  readonly namespace: Namespace;
  readonly hostile: Child<CallerMethods>;
  readonly good: Child<CallerMethods>;
  /** A port that accepts; on port 1 nobody listens. */
  readonly open: number;

  private constructor(namespace: Namespace, hostile: Child<CallerMethods>, good: Child<CallerMethods>, open: number) {
    this.namespace = namespace;
    this.hostile = hostile;
    this.good = good;
    this.open = open;
  }

  /** Needs what the packet lab needs (../lab/availability.ts). It is gone when the test ends. */
  static async create(t: Pick<Test, 'teardown'>): Promise<SiegeLab> {
    const etc = { 'resolv.conf': RESOLV_CONF, 'nsswitch.conf': 'hosts: files dns\n', hosts: HOSTS };
    const namespace = await Namespace.create(etc);
    t.teardown(() => namespace.close());
    await Dns.start(namespace, TABLE);
    const [hostile, good] = await Promise.all([
      namespace.start<CallerMethods>(AGENT, { isMeasured: false }),
      namespace.start<CallerMethods>(AGENT, { isMeasured: false }),
    ]);
    return new SiegeLab(namespace, hostile, good, await good.call('listen'));
  }

  /**
   * What makes a service run inside. `ip netns exec` would put another /sys over this one, and with it hide the cgroup that
   * the service looks for its memory in.
   */
  options({ env, within = [], ...options }: ServiceOptions = {}): ServiceOptions {
    const { name } = this.namespace;
    const binds = ['resolv.conf', 'nsswitch.conf', 'hosts'].map(
      (file) => `mount --bind /etc/netns/${name}/${file} /etc/${file}`,
    );
    const inside = ['nsenter', `--net=/run/netns/${name}`, 'unshare', '--mount', 'sh', '-c'];
    const tokens = Array.from({ length: MOST_CALLERS }, (_, n) => `hostile-${n}:${tokenOf(n)}`);
    return {
      ...options,
      script: builtScript(),
      within: [...within, ...inside, `${binds.join(' && ')} && exec "$@"`, 'sh'],
      env: { AUDIT: 'none', API_TOKENS: [`good:${GOOD}`, ...tokens].join(','), ...env },
    };
  }

  /** Sends the good one on its errands, by address and by name, until seen(). */
  async watch(port: number, everyMs: number): Promise<void> {
    await this.good.call('errand', this.#errand(port, everyMs));
  }

  #errand(port: number, everyMs: number): Errand {
    const right = { [`127.0.0.1:${this.open}`]: 'open', '127.0.0.1:1': 'refused', [`${KNOWN}:${this.open}`]: 'open' };
    return { port, token: GOOD, everyMs, right };
  }

  /** Sends one more caller on the same errands, to another service: it sees how busy the machine is. */
  async witness(port: number, everyMs: number): Promise<() => Promise<Seen>> {
    const witness = await this.namespace.start<CallerMethods>(AGENT, { isMeasured: false });
    await witness.call('errand', this.#errand(port, everyMs));
    return () => witness.call('stop');
  }

  /** What the good one has seen since watch(). */
  seen(): Promise<Seen> {
    return this.good.call('stop');
  }

  /** Lets `callers` hostile callers, from the `first` on, attack until ceased(). */
  async attack(port: number, attack: AttackName, callers: number, first = 0): Promise<void> {
    const tokens = Array.from({ length: callers }, (_, n) => tokenOf(first + n));
    await this.hostile.call('attack', { port, open: this.open, tokens, attack });
  }

  /** Ends the attacks, and tells how often they came to what. */
  async cease(): Promise<Seen['wrong']> {
    return (await this.hostile.call('stop')).wrong;
  }
}

/** A service in a lab, and its port. */
export async function listeningPort(service: Service): Promise<number> {
  return Number(new URL(await service.listening()).port);
}
