// `--url`: the same words against a server, by its API: tokens, its limits, its policy, and big files as streams.
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import type { CheckReply, CheckResult } from '../../src/check/result.ts';
import { openPort, reachd } from '../support/command.ts';
import { Service } from '../support/service.ts';

t.setTimeout(180_000);

const TOKEN = 'a-token-of-the-ci';

t.test('a server answers as this host would, each line in its place, and says from where', async (t) => {
  const env = { VANTAGE: 'dmz.1', API_TOKENS: `ci:${TOKEN}` };
  const url = await new Service(t, { env }).listening();
  const port = await openPort(t);
  const targets = Array.from({ length: 3000 }, (_, i) => (i === 7 ? 'no port' : `127.0.0.1:${i % 2 === 0 ? port : 1}`));
  const argv = ['check', '--file', '-', '--url', url, '--output', 'json', '--family', 'ipv4'];
  const asked = await reachd(t, argv, { input: targets.join('\n'), env: { REACHD_TOKEN: TOKEN } });
  t.match(asked, { code: 1, stderr: /^reachd: standard input:8: target must not contain spaces/ });
  const { results, ...rest } = JSON.parse(asked.stdout) as { results: CheckResult[] };
  t.match(rest, { vantage: { name: 'dmz.1' }, summary: { total: 2999, ok: 1500, notOk: 1499, invalid: 1 } });
  t.same(
    results.map(({ target }) => target),
    targets.filter((_, i) => i !== 7),
  );
});

t.test('wait and ping ask a server too', async (t) => {
  const url = await new Service(t, {}).listening();
  const port = await openPort(t);
  t.equal((await reachd(t, ['wait', `127.0.0.1:${port}`, '--within', '60s', '--url', url])).code, 0);
  const { code, stdout } = await reachd(t, [
    'ping',
    `127.0.0.1:${port}`,
    '--count',
    '2',
    '--interval',
    '1ms',
    '--url',
    url,
  ]);
  t.equal(code, 0);
  t.match(stdout, /seq=2 {2}open/);
});

t.test('Ctrl-C: what the server has not answered is cancelled, and the status is 130', async (t) => {
  const url = await new Service(t, {}).listening();
  const target = `127.0.0.1:${await openPort(t)}`;
  const argv = ['check', '--file', '-', '--url', url, '--count', '100', '--interval', '10s', '--output', 'json'];
  const command = new Service(t, { argv, stdin: 'pipe' });
  command.child.stdin?.write(`bad\n${target}\n127.0.0.1:1\n`);
  if (command.child.stderr !== null) await once(command.child.stderr, 'data');
  command.child.kill('SIGINT');
  const { code, stdout } = await command.ended;
  t.equal(code, 130);
  const { ok, results, summary } = JSON.parse(stdout) as CheckReply & { readonly ok: boolean };
  t.equal(ok, false);
  t.same(
    results.map(({ target, outcome }) => [target, outcome]),
    [
      [target, 'cancelled'],
      ['127.0.0.1:1', 'cancelled'],
    ],
  );
  t.match(summary, { total: 2, notOk: 2, invalid: 1 });
});

t.test('a server that does not answer, refuses or breaks off is told in one line, with status 2', async (t) => {
  const locked = await new Service(t, { env: { API_TOKENS: `ci:${TOKEN}` } }).listening();
  const other = createServer((request, response) => {
    if (request.url?.startsWith('/lost/') === true) response.end('{"index":0');
    else response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end('elsewhere');
  }).listen(0, '127.0.0.1');
  await once(other, 'listening');
  t.teardown(() => other.close());
  const origin = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
  const rows = [
    ['http://127.0.0.1:1', [], /^reachd: http:\/\/127\.0\.0\.1:1 does not answer: ECONNREFUSED\n$/],
    [locked, [], /^reachd: .* takes an API token: set REACHD_TOKEN to a valid one\n$/],
    [origin, [], /^reachd: .* says 302: this is no reply of reachd\n$/],
    [`${origin}/lost/`, [], /^reachd: the reply of .* broke off\n$/],
  ] as const;
  for (const [url, flags, line] of rows) {
    const { code, stdout, stderr } = await reachd(t, ['check', '127.0.0.1:1', '--url', url, ...flags]);
    t.match({ code, stdout }, { code: 2, stdout: '' }, url);
    t.match(stderr, line);
  }
  const open = await new Service(t, {}).listening();
  const above = await reachd(t, ['check', '127.0.0.1:1', '--timeout', '40s', '--url', open]);
  t.match(above, { code: 2, stderr: /^reachd: --timeout takes an integer from 10 to 30000 \(milliseconds\)\n$/ });
});

t.test('a target that the server’s policy denies ends a wait at once: it could never be reached', async (t) => {
  const url = await new Service(t, { env: { POLICY: 'public-only' } }).listening();
  const { code, stdout } = await reachd(t, ['wait', '127.0.0.1:1', '--url', url]);
  t.equal(code, 1);
  t.match(stdout, /denied/);
});
