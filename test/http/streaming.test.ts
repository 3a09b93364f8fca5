// Results as lines while the checks run, and callers who leave: on a port, because only a connection can be cut.
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import t from 'tap';
import type { Cancellation } from '../../src/check/cancellation.ts';
import type { Inquiry } from '../../src/check/inquiry.ts';
import type { Check, CheckReply } from '../../src/check/result.ts';
import { build, FakeChecker, listen, replyOf, resultOf } from '../support/build.ts';
import { whenCancelled } from '../support/inquiry.ts';

/** Settles when the test says so. */
class HeldChecker {
  readonly #begun = deferred<HeldCheck>();

  get begun(): Promise<HeldCheck> {
    return this.#begun.promise;
  }

  check(checks: readonly Check[], { cancellation, onResult }: Inquiry): Promise<CheckReply> {
    const { promise, resolve, reject } = deferred<CheckReply>();
    const results = checks.map(resultOf);
    this.#begun.resolve({
      cancellation,
      settle: (index) => {
        const result = results[index];
        if (result !== undefined) onResult?.(index, result);
      },
      finish: () => resolve(replyOf(results)),
      fail: reject,
    });
    return promise;
  }
}

interface HeldCheck {
  readonly cancellation: Cancellation;
  readonly settle: (index: number) => void;
  readonly finish: () => void;
  readonly fail: (error: Error) => void;
}

t.test('each result is a line as it settles, the summary is the last', async (t) => {
  const built = await build(t, { checker: new HeldChecker() });
  const { checker } = built;
  const port = await listen(built);
  const caller = post(port, ['a:1', 'b:2'], 'application/x-ndjson');
  const held = await checker.begun;
  held.settle(1);
  const { response } = await caller.answered;
  t.match(response.headers['content-type'], /^application\/x-ndjson/);
  const lines = response.setEncoding('utf8')[Symbol.asyncIterator]();
  t.match(JSON.parse((await lines.next()).value as string), { index: 1, target: 'b:2', ok: true });
  held.settle(0);
  t.match(JSON.parse((await lines.next()).value as string), { index: 0, target: 'a:1', ok: false });
  held.finish();
  t.same(JSON.parse((await lines.next()).value as string), {
    summary: { total: 2, ok: 1, notOk: 1, outcomes: { refused: 1, open: 1 } },
    vantage: { name: 'fake' },
  });
  t.equal((await lines.next()).done, true);
});

t.test('a stream that breaks off ends without a summary, and the cause is logged', async (t) => {
  const built = await build(t, { checker: new HeldChecker() });
  const { checker, log } = built;
  const port = await listen(built);
  const caller = post(port, ['a:1', 'b:2'], 'application/x-ndjson');
  const held = await checker.begun;
  held.settle(0);
  const { response } = await caller.answered;
  held.fail(new Error('the domain broke'));
  await t.rejects(async () => {
    for await (const chunk of response) t.notMatch(String(chunk), 'summary');
  });
  t.match(
    log.filter((line) => line['level'] === 50),
    [{ msg: 'stream of results broke off', reqId: String, err: { message: 'the domain broke' } }],
  );
});

t.test('10,000 lines arrive whole and in order', async (t) => {
  const { app } = await build(t, { checker: new FakeChecker() });
  const targets = Array.from({ length: 10_000 }, (_, i) => `10.0.${i >> 8}.${i & 255}:80`);
  const headers = { accept: 'application/x-ndjson' };
  const reply = await app.inject({ method: 'POST', url: '/check', payload: { targets }, headers });
  const lines = reply.body.trimEnd().split('\n');
  t.equal(lines.length, 10_001);
  t.same(
    lines.slice(0, -1).map((line) => (JSON.parse(line) as { index: number }).index),
    [...targets.keys()],
  );
});

for (const accept of ['application/json', 'application/x-ndjson']) {
  t.test(`a caller who leaves aborts what is left (${accept})`, async (t) => {
    const built = await build(t, { checker: new HeldChecker() });
    const { checker, log } = built;
    const port = await listen(built);
    const caller = post(port, ['a:1', 'b:2'], accept);
    caller.answered.catch(() => undefined);
    const held = await checker.begun;
    t.equal(held.cancellation.isCancelled, false);
    const aborted = whenCancelled(held.cancellation);
    caller.leave();
    await aborted;
    held.finish();
    await new Promise(setImmediate);
    t.match(log, [{ msg: 'request left by its caller', status: null }]);
    t.equal(log.length, 1);
  });
}

t.test('a reply that has been written aborts nothing', async (t) => {
  const built = await build(t, { checker: new FakeChecker() });
  const { checker } = built;
  const port = await listen(built);
  const { response } = await post(port, ['a:1'], 'application/json').answered;
  response.resume();
  await once(response, 'close');
  await new Promise(setImmediate);
  t.equal(checker.inquiries[0]?.cancellation.isCancelled, false);
});

t.test('the end of the grace period aborts every check, and its reply still goes out', async (t) => {
  const { app, checker, lifecycle } = await build(t, { checker: new HeldChecker() });
  const reply = app.inject('/check?target=a:2');
  const held = await checker.begun;
  lifecycle.abortChecks();
  t.equal(held.cancellation.isCancelled, true);
  held.finish();
  t.equal((await reply).statusCode, 200);
  t.equal(lifecycle.checksAborted.aborted, true);
});

function post(port: number, targets: readonly string[], accept: string) {
  const headers = { accept, 'content-type': 'application/json' };
  const outgoing = request({ host: '127.0.0.1', port, method: 'POST', path: '/check', headers, agent: false });
  outgoing.end(JSON.stringify({ targets }));
  const answered = once(outgoing, 'response').then(([response]) => ({
    response: response as IncomingMessage,
  }));
  return { answered, leave: () => outgoing.destroy() };
}

function deferred<T>() {
  let resolve!: (value: T) => void;
  let reject!: (reason: Error) => void;
  const promise = new Promise<T>((onValue, onReason) => {
    resolve = onValue;
    reject = onReason;
  });
  return { promise, resolve, reject };
}
