// A process that checks and checks: every kind of target, at every turn, until its time or its number of checks is over.
// It says what it has seen each second, one line of JSON, and at last what was not right. Run with --expose-gc.
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Checker } from '../../src/check/checker.ts';
import { Resolver } from '../../src/check/resolver.ts';
import type { Check, CheckOptions, CheckResult } from '../../src/check/result.ts';
import { parseTarget } from '../../src/check/target.ts';
import { ReactorClient } from '../../src/reactor/client.ts';
import { openDescriptors } from './descriptors.ts';
import { closedPort, silentPort } from './raw-sockets.ts';
import { Cancellation } from '../../src/check/cancellation.ts';
import { inquiry } from './inquiry.ts';

const [seconds = 20, mostChecks = 1_000_000] = process.argv.slice(2).map(Number);
const CALLERS = 2;
const CHECKS_A_CALL = 200;
/** Sockets without an attempt are closed a second after the last work. */
const REST_MS = 1500;

/** How a kind of target is asked for, and what is right to hear of it. */
interface Kind {
  readonly weight: number;
  readonly target: (n: number) => string;
  readonly options?: (n: number) => Partial<CheckOptions>;
  readonly right: string;
}

const server = createServer((socket) => socket.on('error', () => undefined).resume()).listen(0, '127.0.0.1');
await once(server, 'listening');
const { port: open } = server.address() as { port: number };
const lasting = { teardown: () => undefined };
const { port: closed } = closedPort(lasting);
const { port: silent } = silentPort(lasting);

const KINDS: readonly Kind[] = [
  { weight: 70, target: () => `127.0.0.1:${open}`, right: 'open' },
  { weight: 2, target: () => `127.0.0.1:${open}`, options: () => ({ handshake: 'full' }), right: 'open' },
  { weight: 8, target: () => `good.test:${open}`, right: 'open' },
  { weight: 80, target: () => `127.0.0.1:${closed}`, right: 'refused' },
  { weight: 25, target: () => `127.0.0.1:${silent}`, options: (n) => ({ timeoutMs: 1 + (n % 20) }), right: 'timeout' },
  { weight: 10, target: (n) => `missing-${n % 1000}.test:80`, right: 'unresolved' },
  { weight: 5, target: () => `127.0.0.1:${silent}`, right: 'cancelled' },
];
const WEIGHTED = KINDS.flatMap((kind) => Array<Kind>(kind.weight).fill(kind));
const DEFAULTS: CheckOptions = {
  timeoutMs: 20_000,
  handshake: 'half',
  family: 'any',
  addresses: 'any',
  expect: 'open',
  count: 1,
  intervalMs: 0,
  sourceAddress: null,
  sourceInterface: null,
  trace: 'none',
  tls: null,
};

const reactor = await new ReactorClient({ maxInFlight: 1024 }).start();
const resolver = new Resolver((name) =>
  name === 'good.test'
    ? Promise.resolve([{ address: '127.0.0.1', family: 4 }])
    : Promise.reject(Object.assign(new Error('no such name'), { code: 'NXDOMAIN' })),
);
const policy = { judge: () => ({ allowed: true }) as const };
const checker = new Checker({ reactor, resolver, policy, maxQueued: 100_000, vantage: 'soak' });

const outcomes: Record<string, number> = {};
const wrong: Record<string, number> = {};
let checks = 0;

/** One caller's request, of which the rest is cancelled when nothing else is left of it. */
async function call(): Promise<void> {
  const first = checks;
  const asked = Array.from({ length: CHECKS_A_CALL }, (_, i) => kindAt(first + i));
  checks += asked.length;
  const leaving = new Cancellation();
  let left = asked.filter(({ right }) => right !== 'cancelled').length;
  const { results } = await checker.check(
    asked.map((kind, i) => checkOf(kind, first + i)),
    inquiry({
      cancellation: leaving,
      onResult: (index) => {
        if (asked[index]?.right !== 'cancelled' && --left === 0) leaving.cancel();
      },
    }),
  );
  if (results.length !== asked.length) count(wrong, `${results.length} results of ${asked.length}`);
  results.forEach((result, i) => judge(result, asked[i]?.right ?? ''));
}

function judge({ outcome, cause }: CheckResult, right: string): void {
  count(outcomes, outcome);
  if (outcome !== right) count(wrong, `${right}: ${outcome} ${cause?.layer ?? ''} ${cause?.code ?? ''}`);
}

/** All kinds in a fixed shuffle. */
function kindAt(n: number): Kind {
  const kind = WEIGHTED[(n * 7919) % WEIGHTED.length];
  if (kind === undefined) throw new RangeError(`no kind at ${n}`);
  return kind;
}

function checkOf(kind: Kind, n: number): Check {
  const target = parseTarget(kind.target(n));
  if (typeof target === 'string') throw new Error(target);
  return { target, name: undefined, options: { ...DEFAULTS, ...kind.options?.(n) } };
}

function count(tally: Record<string, number>, key: string): void {
  tally[key] = (tally[key] ?? 0) + 1;
}

function say(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

async function round(untilMs: number): Promise<void> {
  const callers = Array.from({ length: CALLERS }, async () => {
    while (performance.now() < untilMs && checks < mostChecks) await call();
  });
  await Promise.all(callers);
}

await round(performance.now() + 500);
await sleep(REST_MS);
const baseline = openDescriptors();
const startedAt = performance.now();
for (let second = 1; second <= seconds && checks < mostChecks; second++) {
  await round(startedAt + second * 1000);
  gc?.();
  const { rss, heapUsed } = process.memoryUsage();
  say({ atMs: performance.now() - startedAt, checks, rss, heapUsed });
}
await sleep(REST_MS);
const tookMs = performance.now() - startedAt - REST_MS;
say({ checks, tookMs, outcomes, wrong, baseline, left: openDescriptors(), outstanding: reactor.outstanding });
await reactor.close(0);
process.exit(0);
