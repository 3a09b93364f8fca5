// How often routers are asked. Linux answers a burst of six probes of one asker, then one a second (icmp_ratelimit), and
// what a router does not answer looks like a router that never does. Which router stands where is not known before it has
// answered, so probes are counted by their TTL, over all requests: the routers near this host are the same for most targets.
import { monotonicMs } from '../clock.ts';
import { Pause, waitFor } from '../check/waiting-line.ts';
import type { Waiting } from '../check/run.ts';
import { TokenBucket } from '../token-bucket.ts';

const BURST = 6;
/** A little less than what routers do, whose seconds are not ours. */
const PER_SECOND = 0.9;

export class Pacing {
  /** By family and TTL: IPv6 has a limit of its own. */
  readonly #buckets = new Map<string, TokenBucket>();

  /** Whether a probe may be sent at `ttl`, within `maxMs` milliseconds from now. Then its turn is taken. */
  async turn(family: 4 | 6, ttl: number, maxMs: number, waiting: Waiting): Promise<boolean> {
    const bucket = this.#bucket(family, ttl);
    const until = monotonicMs() + maxMs;
    for (;;) {
      const now = monotonicMs();
      const left = bucket.take(1, now);
      if (left === 0) return true;
      if (now + left > until || !(await waitFor([new Pause(left)], waiting))) return false;
    }
  }

  /** A probe that no router answered took nothing from any router's limit. */
  giveBack(family: 4 | 6, ttl: number): void {
    this.#bucket(family, ttl).owe(-1);
  }

  #bucket(family: 4 | 6, ttl: number): TokenBucket {
    const key = `${family} ${ttl}`;
    let bucket = this.#buckets.get(key);
    if (bucket === undefined) this.#buckets.set(key, (bucket = new TokenBucket(PER_SECOND, BURST, monotonicMs())));
    return bucket;
  }
}
