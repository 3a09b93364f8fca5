// Limits at the HTTP edge: 429 with Retry-After, by token or by address, for both doors and both forms of the reply.
import t from 'tap';
import { RateLimitedError } from '../../src/callers/limits.ts';
import { problemOf } from '../../src/http/problems.ts';
import { build } from '../support/build.ts';
import { stopClock } from '../support/fake-clock.ts';

const apiTokens = ['ci:a-token-of-the-ci', 'ops:a-token-of-the-ops'];
const CI = { authorization: 'Bearer a-token-of-the-ci' };
const OPS = { authorization: 'Bearer a-token-of-the-ops' };

t.test('targets beyond the rate are 429, before anything is checked, until it has room again', async (t) => {
  const clock = stopClock(t);
  const { app, checker } = await build(t, { config: { apiTokens, rateTargetsPerSecond: 2, rateBurst: 3 } });
  const three = { targets: ['a:2', 'b:2', 'c:2'] };
  const post = (headers: object, payload: object = three, accept = 'application/json') =>
    app.inject({ method: 'POST', url: '/check', payload, headers: { ...headers, accept } });
  t.equal((await post(CI)).statusCode, 200);
  for (const accept of ['application/json', 'application/x-ndjson']) {
    const refused = await post(CI, three, accept);
    t.equal(refused.statusCode, 429);
    t.equal(refused.headers['retry-after'], '2', 'three targets take 1.5 s: whole seconds, rounded up');
    t.match(refused.json(), { type: 'urn:reachd:problem:rate-limited', status: 429, detail: /2 targets a second/ });
  }
  t.equal((await app.inject({ url: '/check?target=a:2', headers: CI })).statusCode, 429, 'the other door');
  t.equal((await post(OPS)).statusCode, 200, 'another token');
  t.equal(checker.asked.length, 2);
  t.equal((await app.inject({ url: '/policy', headers: CI })).statusCode, 200, 'what checks nothing is not limited');
  clock.advance(1500);
  t.equal((await post(CI)).statusCode, 200);
});

t.test('what is not valid costs nothing of the rate', async (t) => {
  stopClock(t);
  const { app } = await build(t, { config: { rateTargetsPerSecond: 1, rateBurst: 1 } });
  for (let i = 0; i < 5; i++) t.equal((await app.inject('/check?target=127.1:80')).statusCode, 400);
  t.equal((await app.inject('/check?target=a:2')).statusCode, 200);
  t.equal((await app.inject('/check?target=a:2')).statusCode, 429);
});

t.test('without tokens callers are told apart by address', async (t) => {
  stopClock(t);
  const { app } = await build(t, { config: { rateTargetsPerSecond: 1, rateBurst: 1 } });
  const ask = async (remoteAddress: string) =>
    (await app.inject({ url: '/check?target=a:2', remoteAddress })).statusCode;
  t.same([await ask('127.0.0.1'), await ask('127.0.0.1'), await ask('127.0.0.2')], [200, 429, 200]);
});

t.test('a caller’s waiting checks are bounded, and counted out when they have ended', async (t) => {
  let end: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (end = resolve));
  const checker = {
    async check() {
      await held;
      throw new Error('ended');
    },
  };
  const { app } = await build(t, { checker, config: { maxQueuedPerCaller: 2 } });
  const ask = (targets: string[]) => app.inject({ method: 'POST', url: '/check', payload: { targets } });
  const first = ask(['a:1', 'b:2']);
  await new Promise(setImmediate);
  const second = await ask(['c:3']);
  t.match([second.statusCode, second.headers['retry-after']], [429, '1']);
  end();
  t.equal((await first).statusCode, 500);
  t.equal((await ask(['c:3'])).statusCode, 500, 'there is room again, also after a failure');
});

t.test('off, nobody is counted', async (t) => {
  const { app } = await build(t);
  for (let i = 0; i < 50; i++) t.equal((await app.inject('/check?target=a:2')).statusCode, 200);
});

t.test('Retry-After is never 0', async (t) => {
  const retryAfter = (ms: number) => problemOf(new RateLimitedError('', ms)).headers['retry-after'];
  t.same([0, 0.1, 999, 1000, 1001, 61_000].map(retryAfter), ['1', '1', '1', '1', '2', '61']);
  return Promise.resolve();
});
