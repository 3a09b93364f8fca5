// A stream's deadline bounds its answers, whatever its lines wait for: the rate of their caller, or room.
import t from 'tap';
import { Checker } from '../../src/check/checker.ts';
import { build } from '../support/build.ts';
import { address, FakeReactor } from '../support/fake-reactor.ts';

interface Line {
  readonly outcome?: string;
  readonly cause?: { readonly code: string };
  readonly summary?: { readonly total: number; readonly outcomes: Record<string, number> };
}

t.test('lines that wait for their caller’s rate are answered at the deadline, and not charged', async (t) => {
  const checker = new Checker({
    reactor: new FakeReactor(),
    resolver: {
      lookup: () => Promise.resolve({ answer: [address('10.0.0.1')], durationMs: 0, queuedMs: 0, cached: true }),
    },
    policy: { judge: () => ({ allowed: true }) },
    vantage: 'test',
    maxQueued: 100,
  });
  const { app } = await build(t, { checker, config: { rateTargetsPerSecond: 1, rateBurst: 2 } });
  const reply = await app.inject({
    method: 'POST',
    url: '/check?deadlineMs=200',
    headers: { 'content-type': 'text/plain' },
    payload: '10.0.0.1:80\n'.repeat(40),
  });
  const lines = reply.body
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
  t.match(lines.at(-1)?.summary, { total: 40, outcomes: { open: 2, failed: 38 } });
  const late = lines.filter(({ outcome }) => outcome === 'failed');
  t.ok(late.every(({ cause }) => cause?.code === 'not-started'));
});
