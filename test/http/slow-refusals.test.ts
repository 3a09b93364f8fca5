// Who is refused for want of room, and asks again at once, waits for his refusals: to refuse costs the main thread, too.
import t from 'tap';
import { NoRoomError } from '../../src/check/pool.ts';
import { MOST_LATE_MS, SlowRefusals } from '../../src/http/slow-refusals.ts';
import { build } from '../support/build.ts';

t.test('the first refusals of a caller go out at once, then one a second, and none is later than five seconds', (t) => {
  const refusals = new SlowRefusals();
  const at = (now: number, caller = 'one'): number => refusals.delayMs(caller, now);
  t.same([at(0), at(0), at(0), at(0), at(0)], [0, 0, 1000, 2000, 3000]);
  t.equal(at(0, 'another'), 0, 'each caller by itself');
  for (let i = 0; i < 20; i++) at(0);
  t.equal(at(0), MOST_LATE_MS);
  t.equal(at(MOST_LATE_MS), 0);
  t.same([at(60_000), at(60_000), at(60_000)], [0, 0, 1000]);
  t.end();
});

t.test('a refusal that waits says what it would have said, and others are not slowed down by it', async (t) => {
  const checker = { check: () => Promise.reject(new NoRoomError('share', 'it is full')) };
  const { app } = await build(t, { checker });
  const ask = (target: string) => app.inject(`/check?target=${target}`);
  const asked = await Promise.all(Array.from({ length: 2 }, () => ask('a:1')));
  t.same(
    asked.map(({ statusCode }) => statusCode),
    [429, 429],
  );
  const awake = setInterval(() => undefined, 1000);
  t.teardown(() => clearInterval(awake));
  let isRefused = false;
  const late = ask('a:1').finally(() => (isRefused = true));
  for (let i = 0; i < 20; i++) t.equal((await ask('nonsense')).statusCode, 400, 'what is wrong is told at once');
  t.notOk(isRefused);
  const { statusCode, headers } = await late;
  t.equal(statusCode, 429);
  t.equal(headers['retry-after'], '1');
});
