// GET /instance: what this process is, for whoever may ask.
import t from 'tap';
import { VERSION } from '../../src/process/version.ts';
import { build } from '../support/build.ts';

t.test('it says what this instance is and how busy it is', async (t) => {
  const config = { vantage: 'node-a', maxInFlight: 77, policy: 'public-only' } as const;
  const { app, lifecycle } = await build(t, { config });
  const reply = (await app.inject('/instance')).json<Record<string, unknown>>();
  t.match(reply, {
    version: VERSION,
    node: process.version,
    vantage: { name: 'node-a' },
    state: 'serving',
    startedAt: /^\d{4}-\d\d-\d\dT.*Z$/,
    attempts: { inFlight: 3, queued: 5, limit: 77 },
    policy: { preset: 'public-only', mode: 'enforce' },
  });
  t.ok(Number(reply['uptimeMs']) >= 0);
  lifecycle.enter('draining');
  t.match((await app.inject('/instance')).json(), { state: 'draining' });
});

t.test('what is in flight is never more than what is unanswered, whatever was read first', async (t) => {
  const { app } = await build(t, { load: () => ({ inFlight: 9, unanswered: 4 }) });
  t.match((await app.inject('/instance')).json(), { attempts: { inFlight: 9, queued: 0 } });
});
