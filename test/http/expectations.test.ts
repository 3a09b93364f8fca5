// What is expected of targets, and which results are listed: as a body, a query and lines have it.
import t from 'tap';
import type { CheckReply } from '../../src/check/result.ts';
import type { ProblemReply } from '../../src/http/document/reply-schemas.ts';
import { build } from '../support/build.ts';

t.test('a list of expected outcomes is an array in a body, and a value that is repeated in a query', async (t) => {
  const { app, checker } = await build(t);
  const expected = async (query: string) => {
    const reply = await app.inject(`/check?target=a:2&${query}`);
    t.equal(reply.statusCode, 200, query);
    return checker.asked.at(-1)?.[0]?.options.expect;
  };
  t.equal(await expected(''), 'open');
  t.equal(await expected('expect=open'), 'open');
  t.equal(await expected('expect=closed'), 'closed');
  t.same(await expected('expect=refused'), ['refused']);
  t.same(await expected('expect=refused&expect=timeout'), ['refused', 'timeout']);
  const own = { host: 'a', port: 2, expect: ['unresolved', 'open'] };
  const payload = { targets: ['a:2', own, { ...own, expect: ['open'] }], expect: ['timeout'] };
  t.equal((await app.inject({ method: 'POST', url: '/check', payload })).statusCode, 200);
  t.same(
    checker.asked.at(-1)?.map(({ options }) => options.expect),
    [['timeout'], own.expect, 'open'],
    'a list of `open` alone is `open`',
  );
});

const EXPECT =
  'takes open, closed, or a list of one or more different ones of open, refused, rejected, unreachable, timeout, unresolved';

t.test('nothing else is an expectation', async (t) => {
  const { app } = await build(t);
  const body = (expect: unknown) =>
    app.inject({ method: 'POST', url: '/check', payload: { targets: ['a:2'], expect } as object });
  const rows = [
    [await body('refused'), 'expect'],
    [await body([]), 'expect'],
    [await body(['open', 'open']), 'expect'],
    [await body(['refused', 'closed']), 'expect'],
    [await body(['denied']), 'expect'],
    [await body(true), 'expect'],
    [await app.inject('/check?target=a:2&expect=failed'), 'expect'],
    [await app.inject('/check?target=a:2&expect=refused,timeout'), 'expect'],
    [await app.inject('/check?target=a:2&expect=open&expect=open'), 'expect'],
    [await app.inject('/check?target=a:2&expect=closed&expect=open'), 'expect'],
  ] as const;
  for (const [reply, path] of rows) {
    t.equal(reply.statusCode, 400);
    t.same(reply.json<ProblemReply>().errors, [{ path, message: EXPECT }]);
  }
});

t.test('results: failed lists what is not ok, and the summary counts all', async (t) => {
  const { app } = await build(t);
  const targets = ['a:2', 'b:1', 'c:3', 'd:1'];
  const payload = { targets, results: 'failed' };
  const query = targets.map((target) => `target=${target}`).join('&');
  const post = await app.inject({ method: 'POST', url: '/check', payload });
  const get = await app.inject(`/check?${query}&results=failed`);
  const summary = { total: 4, ok: 2, notOk: 2 };
  for (const reply of [post, get]) {
    const { results, ...rest } = reply.json<CheckReply>();
    t.match(rest, { ok: false, summary });
    t.same(
      results.map(({ target }) => target),
      ['b:1', 'd:1'],
    );
  }
  const headers = { accept: 'application/x-ndjson' };
  const linesOf = async (asked: object) => {
    const { body } = await app.inject({ method: 'POST', url: '/check', payload: asked, headers });
    return body
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
  };
  t.match(await linesOf(payload), [{ index: 1, target: 'b:1' }, { index: 3, target: 'd:1' }, { summary }]);
  t.match(await linesOf({ targets: ['a:2'], results: 'failed' }), [{ summary: { total: 1, ok: 1, notOk: 0 } }]);
  t.equal((await app.inject(`/check?${query}&results=all`)).json<CheckReply>().results.length, 4);

  const errors = [{ path: 'results', message: 'takes one of all, failed' }];
  t.match((await app.inject(`/check?${query}&results=none`)).json(), { status: 400, errors });
  const own = { targets: [{ host: 'a', port: 2, results: 'failed' }] };
  const refused = await app.inject({ method: 'POST', url: '/check', payload: own });
  t.match(refused.json(), { errors: [{ path: 'targets[0].results', message: 'is not a known field' }] });
});
