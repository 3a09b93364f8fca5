// What a trace came to, in words that a person reads. Pure.
import type { TargetAnswer } from './answer.ts';
import type { Verdict } from './comparison.ts';
import type { TraceReport } from '../check/result.ts';
import type { Walked } from './walk.ts';

export function report(address: string, walked: Walked, verdict: Verdict | null): TraceReport {
  const { hops, answered } = walked;
  const last = hops.findLast((hop) => hop.address !== null);
  const told = last?.address ?? null;
  return {
    answeredAtTtl: answered?.isExact === true ? answered.ttl : null,
    by: verdict?.by ?? null,
    hops,
    last: last === undefined || told === null ? null : { ttl: last.ttl, address: told },
    summary: [tell(address, walked, verdict, told, last?.ttl ?? 0), ...tellUnasked(walked)].join('; '),
  };
}

function tell(
  address: string,
  { hops, answered, end }: Walked,
  verdict: Verdict | null,
  last: string | null,
  lastTtl: number,
): string {
  if (answered !== null) return tellAnswer(address, answered, verdict);
  const upTo = last === null ? 'no hop on the way answers' : `SYNs are answered up to ${last} (hop ${lastTtl})`;
  if (end === 'silent') return last === null ? `${upTo}, nor does the target` : `${upTo}; nothing beyond answers`;
  if (end === 'too-far') return `${upTo}; the trace goes no farther`;
  if (end === 'answered') return upTo;
  if (hops.length === 0) return end.kind === 'over' ? 'the request was over before a hop was asked' : cannot(end.code);
  const why = end.kind === 'over' ? 'the request was over before the trace' : cannot(end.code);
  return `${upTo}; ${why}`;
}

function cannot(code: string): string {
  return `this host could not send the next SYN: ${code}`;
}

function tellAnswer(
  address: string,
  { ttl, answer, isExact }: NonNullable<Walked['answered']>,
  verdict: Verdict | null,
): string {
  if (!isExact) return `${inWords(answer)} comes from hop ${ttl} or from before it`;
  if (answer.kind === 'icmp') return `${inWords(answer)}, to SYNs that get as far as hop ${ttl}`;
  const comes = `${inWords(answer)} comes from hop ${ttl}`;
  switch (verdict?.by) {
    case 'target':
      return `${comes}, and port ${verdict.port ?? 0} answers from there too: it is ${address} itself`;
    case 'other':
      return `${comes}, though ${address} is ${inHops(verdict.distance, ttl)} away: something on the way answers in its place`;
    default:
      return `${comes}; no other port of ${address} tells whether it is the target’s`;
  }
}

function inHops(distance: number | null, ttl: number): string {
  if (distance !== null) return `${distance} hops`;
  return `more than ${ttl} ${ttl === 1 ? 'hop' : 'hops'}`;
}

function inWords(answer: TargetAnswer): string {
  if (answer.kind === 'icmp') return answer.words;
  return answer.kind === 'syn-ack' ? 'the SYN-ACK' : 'the RST';
}

function tellUnasked({ unasked }: Walked): string[] {
  if (unasked.length === 0) return [];
  const which = unasked.length === 1 ? `hop ${unasked.join()} was` : `hops ${unasked.join(', ')} were`;
  return [`${which} not asked, because a router answers about one probe a second`];
}
