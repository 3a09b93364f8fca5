// Who answers: the target, or something on the way in its place. A packet carries the target's address either way, so it
// takes another port of the same address. If a SYN to that port dies at a router no nearer than the answer, the target is
// farther away than whoever answers. If both ports answer from the same distance, one with SYN-ACK and one with RST, that
// is the target, as far as packets can tell: a single rule of a firewall or a proxy makes one kind of answer. Whatever else
// comes proves nothing, and is said to.
import type { TargetAnswer } from './answer.ts';
import { Flow, type Journey } from './flow.ts';
import { Path } from './path.ts';
import { Walk } from './walk.ts';

/**
 * Ways of different length look like a liar: one port's SYNs go the short way, the other's the long one. Both are asked
 * again from other source ports, as often as that makes such a coincidence rarer than one in 65,000.
 */
const ROUNDS = 3;
const AGAIN_A_ROUND = 4;

export interface Verdict {
  readonly by: 'target' | 'other' | null;
  /** The port that told. */
  readonly port: number | null;
  /** How many hops away the target is, by that port's own answer; null when it gives none. */
  readonly distance: number | null;
}

const UNKNOWN: Verdict = { by: null, port: null, distance: null };

/** Whether `port`, which `answer` came from at `ttl`, is answered by the target. `others` are ports to compare with. */
export async function compare(
  journey: Journey,
  port: number,
  { ttl, answer }: { readonly ttl: number; readonly answer: TargetAnswer },
  others: readonly number[],
  maxHops: number,
): Promise<Verdict> {
  for (const other of others) {
    const flow = new Flow(journey, other);
    const seen = await flow.ask(ttl);
    if (seen.kind === 'hop') {
      if (!(await isSteady(journey, port, answer, other, ttl))) return UNKNOWN;
      const { answered } = await new Walk(flow, new Path(), maxHops).runBeyond(ttl);
      return { by: 'other', port: other, distance: answered?.isExact === true ? answered.ttl : null };
    }
    const differs = (seen.kind === 'syn-ack' || seen.kind === 'rst') && seen.kind !== answer.kind;
    if (differs) return { by: 'target', port: other, distance: ttl };
  }
  return UNKNOWN;
}

/** Whether SYNs to `port` are always answered at `ttl`, and SYNs to `other` never, wherever they leave from. */
async function isSteady(
  journey: Journey,
  port: number,
  answer: TargetAnswer,
  other: number,
  ttl: number,
): Promise<boolean> {
  for (let round = 0; round < ROUNDS; round++) {
    const again = Array.from({ length: AGAIN_A_ROUND }, () => new Flow(journey, port).askUnpaced(ttl));
    const [seen, ...answers] = await Promise.all([new Flow(journey, other).ask(ttl), ...again]);
    if (seen.kind !== 'hop' || answers.some(({ kind }) => kind !== answer.kind)) return false;
  }
  return true;
}
