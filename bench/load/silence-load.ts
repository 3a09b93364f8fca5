// A process that holds many checks in flight to a target that does not answer: what they cost while they wait, and how
// late their deadlines are kept. It runs with --expose-gc and heap-witness.ts.
import { setTimeout as sleep } from 'node:timers/promises';
import { setEnvironmentData } from 'node:worker_threads';
import { monotonicMs } from '../../src/clock.ts';
import { ReactorClient } from '../../src/reactor/client.ts';
import { percentile, type Report } from '../report.ts';
import { loopback } from './attempts.ts';
import { askWitness, WITNESS, witnessMemory } from './heap-witness.ts';
import { answerLoads } from './load-process.ts';

export interface SilentLoad {
  readonly port: number;
  readonly checks: number;
  /** The deadlines stand evenly in `spreadMs`, the first after `timeoutMs`. */
  readonly timeoutMs: number;
  readonly spreadMs: number;
}

interface Heaps {
  readonly main: number;
  readonly worker: number;
}

const MEASURE_CPU_MS = 1000;
/** Its command wakes the worker, and its result comes at once. */
const OVERDUE = { timeoutMs: 1, deadline: 0, handshake: 'half', caller: 0, request: 0, source: null } as const;

const { maxInFlight } = JSON.parse(process.argv[2] ?? '{}') as { maxInFlight: number };
setEnvironmentData(WITNESS, witnessMemory);
const client = await new ReactorClient({ maxInFlight }).start();

/** Before the first round: what the reactor keeps for the next attempts counts as theirs. */
let empty: Heaps | null = null;

async function run({ port, checks, timeoutMs, spreadMs }: SilentLoad): Promise<Report> {
  const before = (empty ??= await heaps(port));
  const begin = monotonicMs();
  const lateness = new Float64Array(checks);
  let odd = 0;
  const attempts: Promise<void>[] = [];
  for (let i = 0; i < checks; i++) {
    const deadline = begin + timeoutMs + (spreadMs * i) / checks;
    const options = { ...OVERDUE, timeoutMs: Infinity, deadline };
    const attempt = client.attempt({ address: loopback, port }, options).then(({ ending }) => {
      lateness[i] = monotonicMs() - deadline;
      if (ending !== 'cut-short') odd++;
    });
    attempts.push(attempt);
  }
  while (client.inFlight < checks && monotonicMs() < begin + timeoutMs) await sleep(5);
  const during = await heaps(port);
  const residentMb = process.memoryUsage.rss() / 2 ** 20;
  const corePercent = await measureCpu();
  if (monotonicMs() > begin + timeoutMs) throw new Error('the deadlines came before the measurement was over');
  await Promise.all(attempts);
  return {
    heapBytes: (during.main - before.main) / checks,
    workerHeapBytes: (during.worker - before.worker) / checks,
    residentMb,
    corePercent,
    latenessP99Ms: percentile(lateness, 0.99),
    odd: odd > 0 ? { 'not cut short': odd } : {},
  };
}

/** Live bytes of both threads' heaps, after a collection. */
async function heaps(port: number): Promise<Heaps> {
  const worker = await askWitness(() => client.attempt({ address: loopback, port }, OVERDUE));
  globalThis.gc?.();
  return { main: process.memoryUsage().heapUsed, worker };
}

/** User and system time of the whole process, in percent of one core. */
async function measureCpu(): Promise<number> {
  const begin = performance.now();
  const used = process.cpuUsage();
  await sleep(MEASURE_CPU_MS);
  const { user, system } = process.cpuUsage(used);
  return (user + system) / 10 / (performance.now() - begin);
}

answerLoads(
  (load) => run(load as SilentLoad),
  () => client.close(0),
);
