// What one request has learned of the way to one address: which routers answered, and which ports are open. Targets at the
// same address share it, and no others do: two addresses of one network may well be reached by different ways. Pure.
import type { Hop } from '../check/result.ts';

const MAX_OPEN_PORTS = 3;

export class Path {
  /** By TTL - 1; a gap where no router has answered. */
  readonly #hops: Hop[] = [];
  /** TTLs at which somebody has met silence. */
  readonly #silences = new Set<number>();
  /** Ports whose SYN-ACK some check of the request has seen; a few are enough. */
  readonly openPorts: number[] = [];
  /** Settles when the first trace has ended, which asks alone; null before there is one. */
  first: Promise<void> | null = null;

  /** As far as a router has answered, gaps included. */
  get hops(): readonly Hop[] {
    return this.#hops;
  }

  /** Of the answers of its routers, in milliseconds; 0 for none. */
  get slowestMs(): number {
    return Math.max(0, ...this.#hops.map(({ latencyMs }) => latencyMs ?? 0));
  }

  noteSilence(ttl: number): void {
    this.#silences.add(ttl);
  }

  /** Whether no router is expected to answer there: none beyond that TTL has, and one SYN at least was not answered. */
  isSilentAt(ttl: number): boolean {
    return ttl > this.#hops.length && this.#silences.has(ttl);
  }

  noteOpen(port: number): void {
    if (this.openPorts.length < MAX_OPEN_PORTS && !this.openPorts.includes(port)) this.openPorts.push(port);
  }

  learn(hop: Hop): void {
    if (hop.address === null) return;
    for (let ttl = this.#hops.length + 1; ttl < hop.ttl; ttl++) this.#hops.push(gapAt(ttl));
    this.#hops[hop.ttl - 1] = hop;
  }
}

export function gapAt(ttl: number): Hop {
  return { ttl, address: null, latencyMs: null };
}
