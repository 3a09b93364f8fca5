// Everything at once for a while: every outcome is right, and nothing grows. `npm run soak` is the same for five minutes or
// a million checks.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { builtAgent } from '../support/built-service.ts';

const seconds = Number(process.env['SOAK_SECONDS'] ?? 20);
const mostChecks = Number(process.env['SOAK_CHECKS'] ?? 1_000_000);
/** The part of the time that caches, pools and the compiler may take to fill and settle. */
const WARM_UP = 0.3;
const MEGABYTE = 1024 * 1024;
const AGENT = fileURLToPath(new URL('../support/soak-agent.ts', import.meta.url));

t.setTimeout((seconds + 120) * 1000);

interface Sample {
  readonly atMs: number;
  readonly checks: number;
  readonly rss: number;
  readonly heapUsed: number;
}

interface Summary {
  readonly checks: number;
  readonly tookMs: number;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly wrong: Readonly<Record<string, number>>;
  readonly baseline: Readonly<Record<string, number>>;
  readonly left: Readonly<Record<string, number>>;
  readonly outstanding: number;
}

/** What `read` grows by over the samples, in bytes: the least-squares slope times the span. */
function growth(samples: readonly Sample[], read: (sample: Sample) => number): number {
  const xs = samples.map(({ checks }) => checks);
  const ys = samples.map(read);
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanX, meanY] = [mean(xs), mean(ys)];
  const covariance = xs.reduce((sum, x, i) => sum + (x - meanX) * ((ys[i] ?? 0) - meanY), 0);
  const variance = xs.reduce((sum, x) => sum + (x - meanX) ** 2, 0);
  return (covariance / variance) * ((xs.at(-1) ?? 0) - (xs[0] ?? 0));
}

t.test('a mix of all outcomes: every one is right, and nothing grows', async (t) => {
  const agent = builtAgent(AGENT);
  const child = spawn('/usr/bin/env', [
    ...['-u', 'NODE_OPTIONS', process.execPath, '--expose-gc', '--enable-source-maps', agent],
    ...[String(seconds), String(mostChecks)],
  ]);
  t.teardown(() => child.kill('SIGKILL'));
  let complaints = '';
  child.stderr.on('data', (chunk) => (complaints += String(chunk)));
  const exit = once(child, 'close');
  const lines: object[] = [];
  for await (const line of createInterface({ input: child.stdout })) lines.push(JSON.parse(line) as object);
  await exit;
  t.equal(complaints, '');
  const summary = lines.pop() as Summary;
  const samples = lines as Sample[];

  t.comment(`${summary.checks} checks in ${(summary.tookMs / 1000).toFixed(1)} s: ${JSON.stringify(summary.outcomes)}`);
  t.same(summary.wrong, {}, 'every outcome is right');
  t.match(summary.outcomes, { open: Number, refused: Number, timeout: Number, cancelled: Number, unresolved: Number });
  t.equal(summary.outstanding, 0);
  t.same(summary.left, summary.baseline, 'descriptors are back at the start');

  const settled = samples.slice(Math.ceil(samples.length * WARM_UP));
  t.ok(settled.length >= 5, `${settled.length} samples after the warm-up`);
  const heap = growth(settled, ({ heapUsed }) => heapUsed) / MEGABYTE;
  const resident = growth(settled, ({ rss }) => rss) / MEGABYTE;
  const last = settled.at(-1);
  t.comment(`heap ${((last?.heapUsed ?? 0) / MEGABYTE).toFixed(1)} MB, grown by ${heap.toFixed(2)} MB`);
  t.comment(`resident ${((last?.rss ?? 0) / MEGABYTE).toFixed(1)} MB, grown by ${resident.toFixed(2)} MB`);
  t.ok(heap < 2, `heap: ${heap.toFixed(2)} MB`);
  t.ok(resident < 12, `resident: ${resident.toFixed(2)} MB`);
});
