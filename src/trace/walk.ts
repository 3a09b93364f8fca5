// The walk: TTL after TTL, until somebody answers for the target or nobody answers any more.
import type { Hop } from '../check/result.ts';
import { roundMs } from '../check/stats.ts';
import { type Answer, isTargetAnswer, type TargetAnswer } from './answer.ts';
import type { Flow } from './flow.ts';
import { gapAt, type Path } from './path.ts';

/** So many hops in a row without an answer end a walk. */
const MAX_SILENT = 5;

export interface Walked {
  readonly hops: readonly Hop[];
  /** Who answered at which TTL; null when nobody did. */
  readonly answered: { readonly ttl: number; readonly answer: TargetAnswer; readonly isExact: boolean } | null;
  /** Why it ended without an answer. */
  readonly end: 'answered' | 'silent' | 'too-far' | Extract<Answer, { readonly kind: 'over' | 'unable' }>;
  /** TTLs at which no probe was sent for the sake of the routers. */
  readonly unasked: readonly number[];
}

export class Walk {
  readonly #flow: Flow;
  readonly #path: Path;
  readonly #maxHops: number;
  readonly #hops: Hop[] = [];
  readonly #unasked: number[] = [];
  /** The last TTL at which this target itself was asked and did not answer. */
  #unansweredAt = 0;
  #silent = 0;

  constructor(flow: Flow, path: Path, maxHops: number) {
    this.#flow = flow;
    this.#path = path;
    this.#maxHops = maxHops;
  }

  /** `isSilent`: the target has just been silent, so that the hops which are known need not be asked again. */
  async run(isSilent: boolean): Promise<Walked> {
    const first = await this.#takeOver(isSilent);
    return await this.#runFrom(first);
  }

  /** From a TTL at which `hops` routers are known to lie on the way. */
  async runBeyond(ttl: number): Promise<Walked> {
    this.#unansweredAt = ttl;
    return await this.#runFrom(ttl + 1);
  }

  /**
   * Takes over what others have learned, and returns the TTL to go on from. If the target does not answer at the last of
   * those hops, it does not at any before, and one question serves for all. If it does answer there, they are all asked.
   */
  async #takeOver(isSilent: boolean): Promise<number> {
    const known = [...this.#path.hops];
    if (known.length === 0) return 1;
    if (!isSilent) {
      const answer = await this.#flow.ask(known.length);
      if (isTargetAnswer(answer)) return 1;
      if (answer.kind !== 'unasked') this.#unansweredAt = known.length;
    }
    this.#hops.push(...known);
    return known.length + 1;
  }

  async #runFrom(first: number): Promise<Walked> {
    for (let ttl = first; ttl <= this.#maxHops; ttl++) {
      // Many targets that are silent at one address would wait for each other, and no router would notice.
      const answer = await (this.#path.isSilentAt(ttl) ? this.#flow.askUnpaced(ttl) : this.#flow.ask(ttl));
      if (isTargetAnswer(answer)) {
        const isExact = this.#unansweredAt === ttl - 1;
        return this.#ended('answered', { ttl, answer, isExact });
      }
      if (answer.kind === 'over' || answer.kind === 'unable') return this.#ended(answer);
      this.#note(ttl, answer);
      if (this.#silent === MAX_SILENT) return this.#ended('silent');
    }
    return this.#ended('too-far');
  }

  #note(ttl: number, answer: Exclude<Answer, TargetAnswer>): void {
    if (answer.kind === 'unasked') {
      this.#unasked.push(ttl);
      this.#hops.push(gapAt(ttl));
      return;
    }
    this.#unansweredAt = ttl;
    if (answer.kind === 'hop') {
      const hop = { ttl, address: answer.address, latencyMs: roundMs(answer.latencyMs) };
      this.#hops.push(hop);
      this.#path.learn(hop);
      this.#silent = 0;
    } else {
      this.#hops.push(gapAt(ttl));
      this.#path.noteSilence(ttl);
      this.#silent++;
    }
  }

  #ended(end: Walked['end'], answered: Walked['answered'] = null): Walked {
    return { hops: this.#hops, answered, end, unasked: this.#unasked };
  }
}
