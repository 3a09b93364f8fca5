// A result as a person reads it: why, and what else is worth a look.
import { OUTCOMES } from '../../check/outcome.ts';
import type { CheckResult, OutcomeCounts, StreamSummary } from '../../check/result.ts';
import { formatMs } from '../time.ts';

/** Why a target is not open, or what is odd about it though it is; empty where nothing is. */
export function reasonOf({ cause, stats, attempts, trace }: CheckResult): string {
  const retransmits = attempts.reduce((sum, { synRetransmits }) => sum + synRetransmits, 0);
  const notes = [
    cause === null ? '' : cause.message,
    // The cause of silence tells it already.
    trace === undefined || cause?.message.endsWith(trace.summary) === true ? '' : trace.summary,
    stats === undefined
      ? ''
      : `${stats.open} of ${stats.sent} open, ${stats.lossPercent} % lost` +
        (stats.p50Ms === null || stats.maxMs === null
          ? ''
          : `, p50 ${formatMs(stats.p50Ms)}, max ${formatMs(stats.maxMs)}`),
    retransmits === 0 ? '' : `${retransmits} SYN ${retransmits === 1 ? 'retransmission' : 'retransmissions'}`,
  ];
  return notes.filter((note) => note !== '').join('; ');
}

/** The address that decided, where the target is a name. */
export function addressOf({ dns, address }: CheckResult): string {
  return dns === null ? '' : (address ?? '');
}

/** `500 targets: 497 ok, 3 not (2 refused, 1 timeout), 1 line is no target; 1.20 s`. */
export function summaryOf({ total, ok, notOk, outcomes, invalid }: StreamSummary, durationMs: number): string {
  const lines = invalid === 0 ? '' : `, ${invalid} ${invalid === 1 ? 'line is' : 'lines are'} no target`;
  const found = `${ok} ok${notOk === 0 ? '' : `, ${notOk} not`} (${countsOf(outcomes)})`;
  return `${total} ${total === 1 ? 'target' : 'targets'}: ${total === 0 ? 'nothing asked' : found}${lines}; ${formatMs(durationMs)}`;
}

/** `2 open, 1 refused`, in the order in which outcomes are listed everywhere. */
export function countsOf(counts: OutcomeCounts): string {
  const counted = OUTCOMES.filter((outcome) => counts[outcome] !== undefined);
  return counted.map((outcome) => `${counts[outcome] ?? 0} ${outcome}`).join(', ');
}
