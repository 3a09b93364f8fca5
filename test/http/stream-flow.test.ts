// A stream that cannot go on as fast as it comes, or at all: windows, limits, readers that stand still, callers that leave,
// the end of the process.
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import t from 'tap';
import { build, FakeChecker, listen } from '../support/build.ts';
import { whenCancelled } from '../support/inquiry.ts';
import { begin, type Line, linesOf, SilentChecker, until } from '../support/stream-client.ts';

t.test('reading stops while the caller has a window of unanswered targets, and goes on', async (t) => {
  const built = await build(t, { checker: new SilentChecker(), config: { streamWindow: 50 } });
  const { checker } = built;
  const sent = begin(t, await listen(built));
  sent.end('a:2\n'.repeat(120));
  const lines = linesOf(sent);
  for (const most of [50, 100, 120]) {
    await until(() => checker.asked === most);
    for (let i = 0; i < 20; i++) await new Promise(setImmediate);
    t.equal(checker.asked, most);
    checker.answerAll();
  }
  t.match((await lines).at(-1), { summary: { total: 120 } });
});

t.test('who sends all before it reads is answered', async (t) => {
  const sent = begin(t, await listen(await build(t)));
  const number = 500_000;
  const answered = once(sent, 'response') as Promise<[IncomingMessage]>;
  sent.end('10.0.0.1:80\n'.repeat(number));
  const [response] = await answered;
  await once(sent, 'finish');
  let rest = '';
  for await (const chunk of response.setEncoding('utf8')) rest = rest.slice(-1000) + String(chunk);
  t.match(JSON.parse(rest.trimEnd().split('\n').pop() ?? ''), { summary: { total: number } });
});

t.test('a reader that stands still stops the reading, 64 MB later', { timeout: 60_000 }, async (t) => {
  const sent = begin(t, await listen(await build(t)));
  const block = '10.0.0.1:80\n'.repeat(87_382);
  let megabytes = 0;
  const send = (): void => {
    while (megabytes < 300) {
      megabytes++;
      if (!sent.write(block)) return;
    }
  };
  const response = once(sent, 'response');
  sent.on('drain', send);
  send();
  await response;
  for (let before = -1; before !== megabytes;) {
    before = megabytes;
    await Promise.race([once(sent, 'drain'), new Promise((resolve) => setTimeout(resolve, 2000))]);
  }
  t.ok(megabytes >= 50 && megabytes < 150, `${megabytes} MB`);
});

for (const lines of [10, 1_000_000]) {
  t.test(`a caller who leaves cancels what is in flight, of ${lines} lines`, async (t) => {
    const built = await build(t, { checker: new SilentChecker() });
    const { checker, log } = built;
    const sent = begin(t, await listen(built));
    sent.write('a:2\n'.repeat(lines));
    await until(() => checker.asked >= 10);
    const { inquiry } = checker;
    if (inquiry === null) throw new Error('it was asked');
    const cancelled = whenCancelled(inquiry.cancellation);
    const leftAt = performance.now();
    sent.destroy();
    await cancelled;
    t.ok(performance.now() - leftAt < 1000, `after ${(performance.now() - leftAt).toFixed(0)} ms`);
    checker.answerAll();
    await until(() => log.length > 0);
    t.match(log, [{ msg: 'request left by its caller' }]);
  });
}

t.test('the end of the grace period ends a stream that is not whole without a summary', async (t) => {
  const built = await build(t, { checker: new SilentChecker() });
  const { checker, lifecycle } = built;
  const sent = begin(t, await listen(built));
  sent.write('a:2\nb:2\n');
  await until(() => checker.asked === 2);
  lifecycle.abortChecks();
  checker.answerAll();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  let text = '';
  await t.rejects(async () => {
    for await (const chunk of response.setEncoding('utf8')) text += String(chunk);
  });
  t.match(
    text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Line),
    [{ index: 0 }, { index: 1 }],
  );
});

t.test('limits of callers make a stream wait', async (t) => {
  const built = await build(t, { config: { rateTargetsPerSecond: 1000, rateBurst: 10, maxQueuedPerCaller: 10_000 } });
  const sent = begin(t, await listen(built));
  const startedAt = performance.now();
  sent.end('a:2\n'.repeat(210));
  t.match((await linesOf(sent)).at(-1), { summary: { total: 210, ok: 210 } });
  t.ok(performance.now() - startedAt >= 190, 'ten at once, the others one a millisecond');
});

t.test('a stream lasts as long as it moves, and one that does not is cut off', async (t) => {
  const built = await build(t, { checker: new FakeChecker() });
  const server = built.app.server as typeof built.app.server & { connectionsCheckingInterval: number };
  Object.assign(server, { headersTimeout: 100, requestTimeout: 200, timeout: 1000, connectionsCheckingInterval: 20 });
  const sent = begin(t, await listen(built));
  const startedAt = performance.now();
  const timer = setInterval(() => sent.write('a:2\n'), 50);
  t.teardown(() => clearInterval(timer));
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  // The connection ends with an error, which `once` would reject with.
  const closed = new Promise((resolve) => response.on('error', () => undefined).on('close', resolve));
  response.resume();
  for (let i = 0; i < 20; i++) await once(response, 'data');
  t.ok(performance.now() - startedAt > 500, 'beyond the time for a whole request');
  clearInterval(timer);
  await closed;
  t.notOk(response.complete);
});
