// How true reachd's times are: the kernel's round trip and its own latency against delays that the lab keeps.
// What the lab itself was late by is allowed for. A machine with other work can spoil a measurement, never better one:
// of up to four, the best counts.
import t, { type Test } from 'tap';
import { labTest } from '../support/lab/availability.ts';
import { Lab } from '../support/lab/lab.ts';
import type { Ask } from '../support/lab/reachd-agent.ts';
import { Reachd, targetAt } from '../support/lab/reachd.ts';
import type { CheckResult } from '../../src/check/result.ts';

t.setTimeout(120_000);

const DELAYS_MS = [5, 50, 333];
const MEASUREMENTS = 4;
const ALONE = 5;
const AMID = 40;
const OTHERS = 2000;
const MOST_RTT_MS = 1;
const MOST_LATENCY_MS = 3;

/** A port whose answers take `delayMs`. */
const portOf = (delayMs: number): number => 7000 + delayMs;

/** Each sample has an address of its own, by which its flow is found again. */
function samples(delayMs: number, count: number): Ask[] {
  return Array.from({ length: count }, (_, index) => {
    const address = index % 2 === 0 ? `10.77.30.${index + 1}` : `fd77::30:${index + 1}`;
    return { target: targetAt(address, portOf(delayMs)) };
  });
}

interface Excess {
  /** The smallest, so that an answer before its time is seen. */
  readonly leastRttMs: number;
  /** What nine of ten do not exceed. */
  readonly rttMs: number;
  /** The median. */
  readonly latencyMs: number;
}

/** By how much the results exceed the delay and the lab's own lateness. */
async function excessOf(lab: Lab, delayMs: number, results: readonly CheckResult[]): Promise<Excess> {
  const flows = await lab.flows(portOf(delayMs));
  const lateMs = new Map(flows.map(({ to, lateMs }) => [to.address, lateMs]));
  const over = (ms: number | null | undefined, address: string | null): number =>
    (ms ?? Infinity) - delayMs - (lateMs.get(address ?? '') ?? 0);
  const rtts = results.map(({ attempts, address }) => over(attempts[0]?.rttMs, address)).sort((a, b) => a - b);
  const latencies = results.map(({ latencyMs, address }) => over(latencyMs, address)).sort((a, b) => a - b);
  return {
    leastRttMs: Math.min(...results.map(({ attempts }) => (attempts[0]?.rttMs ?? Infinity) - delayMs)),
    rttMs: rtts[Math.ceil(rtts.length * 0.9) - 1] ?? Infinity,
    latencyMs: latencies[Math.floor(latencies.length / 2)] ?? Infinity,
  };
}

/** The best of a few measurements; each one has to be free of answers before their time. */
async function best(t: Test, what: string, measure: () => Promise<Excess[]>): Promise<void> {
  let bests: Excess[] = [];
  for (let i = 0; i < MEASUREMENTS; i += 1) {
    const excesses = await measure();
    for (const { leastRttMs } of excesses) t.ok(leastRttMs > -0.1, `no round trip is shorter than its delay`);
    bests = excesses.map((excess, index) => ({
      ...excess,
      rttMs: Math.min(excess.rttMs, bests[index]?.rttMs ?? Infinity),
      latencyMs: Math.min(excess.latencyMs, bests[index]?.latencyMs ?? Infinity),
    }));
    if (bests.every(({ rttMs, latencyMs }) => rttMs < MOST_RTT_MS && latencyMs < MOST_LATENCY_MS)) break;
  }
  for (const [index, { rttMs, latencyMs }] of bests.entries()) {
    const delay = `${what}, ${DELAYS_MS[index] ?? '?'} ms`;
    t.ok(rttMs < MOST_RTT_MS, `${delay}: rttMs exceeds it by ${rttMs.toFixed(3)} ms at 90 %`);
    t.ok(latencyMs < MOST_LATENCY_MS, `${delay}: latencyMs exceeds it by ${latencyMs.toFixed(3)} ms in the middle`);
  }
}

async function script(lab: Lab): Promise<void> {
  await lab.clear();
  for (const delayMs of DELAYS_MS) await lab.on(portOf(delayMs), { answer: 'syn-ack', afterMs: delayMs });
  await lab.on(7001, { answer: 'syn-ack', afterMs: 20 });
  await lab.on(7002, { answer: 'rst', afterMs: 10 });
}

labTest('delays of 5, 50 and 333 ms are told to the millisecond', async (t) => {
  const lab = await Lab.create();
  t.teardown(() => lab.close());
  const reachd = await Reachd.start(lab.namespace);

  await t.test('alone', async (t) => {
    await best(t, 'alone', async () => {
      await script(lab);
      const excesses = [];
      for (const delayMs of DELAYS_MS) {
        const results = [];
        for (const ask of samples(delayMs, ALONE)) results.push(await reachd.result(ask));
        excesses.push(await excessOf(lab, delayMs, results));
      }
      return excesses;
    });
  });

  await t.test('amid 2000 other checks', async (t) => {
    const measured = DELAYS_MS.flatMap((delayMs) => samples(delayMs, AMID));
    const every = Math.floor(OTHERS / measured.length);
    const others = Array.from({ length: OTHERS }, (_, i): Ask => {
      // A third is open, a third refused, a third silent.
      return { target: targetAt(i % 2 === 0 ? lab.target.ipv4 : lab.target.ipv6, 7001 + (i % 3)), timeoutMs: 2500 };
    });
    // The measured ones stand evenly among the others, the delays by turns.
    const order = measured.map((_, i) => measured[(i % DELAYS_MS.length) * AMID + Math.floor(i / DELAYS_MS.length)]);
    const asks = others.flatMap((other, i) => (i % every === 0 ? [other, order[i / every]] : [other])).filter(isThere);
    t.equal(asks.length, OTHERS + measured.length);

    await best(t, 'in a burst', async () => {
      await script(lab);
      const { results, summary } = await reachd.check(asks);
      t.match(summary.outcomes, { open: 667 + measured.length, refused: 667, timeout: 666 });
      const resultsOf = (delayMs: number): CheckResult[] =>
        results.filter(({ target }) => target.endsWith(`:${portOf(delayMs)}`));
      return Promise.all(DELAYS_MS.map((delayMs) => excessOf(lab, delayMs, resultsOf(delayMs))));
    });
  });
});

function isThere<T>(item: T | undefined): item is T {
  return item !== undefined;
}
