// `reachd ping`: one target again and again, a line for each attempt, and figures of all at the end.
import { setTimeout as sleep } from 'node:timers/promises';
import type { CheckResult, Stats } from '../check/result.ts';
import { type Decided, summarize } from '../check/stats.ts';
import type { Asking } from './asking-flags.ts';
import { type Answer, type Door, DoorError } from './door.ts';
import { Interruption } from './interruption.ts';
import { StandardOutput } from './output/standard-output.ts';
import { addressOf, countsOf, reasonOf } from './output/words.ts';
import { formatMs } from './time.ts';

export interface PingPlan {
  readonly asking: Asking;
  readonly target: string;
  readonly count: number;
  readonly intervalMs: number;
  readonly isQuiet: boolean;
}

/** Resolves with the exit status. */
export async function ping(plan: PingPlan): Promise<number> {
  const output = new StandardOutput();
  const door = await plan.asking.open((line) => void process.stderr.write(`reachd: ${line}\n`));
  const decided: Decided[] = [];
  let ok = 0;
  const end = new AbortController();
  const interruption = new Interruption(() => {
    end.abort();
    door.cancel();
  });
  const isOver = aborted(end.signal);
  const startedAt = performance.now();
  for (let sequence = 1; sequence <= plan.count && !end.signal.aborted; sequence++) {
    const result = await Promise.race([ask(door, plan.target), isOver]);
    // Cut short by Ctrl-C, it says nothing of the target.
    if (result === null || (result.outcome === 'cancelled' && interruption.status !== null)) break;
    if (result.ok) ok++;
    decided.push(decisiveOf(result));
    if (!plan.isQuiet) output.write(`${lineOf(result, sequence)}\n`);
    if (sequence === plan.count) break;
    const next = startedAt + sequence * plan.intervalMs;
    await sleep(Math.max(0, next - performance.now()), null, { signal: end.signal }).catch(() => undefined);
  }
  await door.finish();
  output.write(figuresOf(plan.target, summarize(decided)));
  await output.end();
  await door.close();
  if (interruption.status !== null) return ok > 0 ? 0 : interruption.status;
  return ok === decided.length ? 0 : 1;
}

/** The result of one question. Rejects with a DoorError where the door does not take it. */
async function ask(door: Door, target: string): Promise<CheckResult> {
  const answer = await new Promise<Answer>((answered, fail) => {
    const look = (): void => {
      const room = door.ask(target, answered);
      if (room !== null) room.then(look, fail);
    };
    look();
  });
  if ('problem' in answer) throw new DoorError(`${target}: ${answer.problem}`);
  return answer.result;
}

function aborted(signal: AbortSignal): Promise<null> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(null), { once: true }));
}

/** The attempt that decided, or what there was instead of one. */
function decisiveOf({ attempts, address, outcome, latencyMs }: CheckResult): Decided {
  const decisive = attempts.find((attempt) => attempt.address === address && attempt.outcome === outcome);
  return decisive ?? { outcome, latencyMs, synRetransmits: 0 };
}

function lineOf(result: CheckResult, sequence: number): string {
  const { outcome, latencyMs, attempts, address } = result;
  const decisive = attempts.find((attempt) => attempt.address === address && attempt.outcome === outcome);
  const rttMs = decisive?.rttMs ?? null;
  const parts = [
    addressOf(result) === '' ? result.target : `${result.target} (${addressOf(result)})`,
    `seq=${sequence}`,
    outcome,
    latencyMs === null ? '' : `latency=${formatMs(latencyMs)}`,
    rttMs === null ? '' : `rtt=${formatMs(rttMs)}`,
    reasonOf(result),
  ];
  return parts.filter((part) => part !== '').join('  ');
}

function figuresOf(target: string, stats: Stats): string {
  const counts = countsOf(stats.outcomes);
  const head = `${stats.sent} sent, ${stats.lossPercent} % lost, ${stats.synRetransmits} SYN retransmissions`;
  const { minMs, avgMs, p50Ms, p95Ms, maxMs, stddevMs } = stats;
  const figures = { min: minMs, avg: avgMs, p50: p50Ms, p95: p95Ms, max: maxMs, stddev: stddevMs };
  const latencies = Object.entries(figures).flatMap(([name, ms]) => (ms === null ? [] : [`${name} ${formatMs(ms)}`]));
  const lines = [`--- ${target}`, `${head}${counts === '' ? '' : ` (${counts})`}`, latencies.join(', ')];
  return `\n${lines.filter((line) => line !== '').join('\n')}\n`;
}
