// Traces in every form of a request and a reply, by the service on the loopback: this host is one hop away.
import t from 'tap';
import type { CheckReply, CheckResult } from '../../src/check/result.ts';
import { check, Service } from '../support/service.ts';

t.test('a trace stands in each form of a reply, and only where it was asked for', async (t) => {
  const service = new Service(t, {});
  const url = await service.listening();
  const own = new URL(url).host;
  const closed = '127.0.0.1:1';
  const open = {
    answeredAtTtl: 1,
    by: 'target',
    hops: [],
    last: null,
    summary: 'the SYN-ACK comes from hop 1, and port 1 answers from there too: it is 127.0.0.1 itself',
  };
  const targets = [own, closed];

  const always = (await (await check(url, { targets, trace: 'always' })).json()) as CheckReply;
  t.strictSame(always.results[0]?.trace, open);
  t.match(always.results[1], { outcome: 'refused', trace: { answeredAtTtl: 1, hops: [] } });

  const onFailure = (await (await check(url, { targets, trace: 'on-failure' })).json()) as CheckReply;
  t.same(
    onFailure.results.map((result) => 'trace' in result),
    [false, true],
  );
  t.match(onFailure.results[1]?.trace, { by: 'target', summary: /^the RST comes from hop 1, and port \d+ answers/ });

  const without = (await (await check(url, { targets })).json()) as CheckReply;
  t.notOk(without.results.some((result) => 'trace' in result));

  const query = await fetch(`${url}/check?target=${own}&trace=always`);
  t.equal(query.status, 200);
  t.strictSame(((await query.json()) as CheckReply).results[0]?.trace, open);

  const lines = await check(
    url,
    { targets: [{ host: '127.0.0.1', port: 1, trace: 'always' }] },
    'application/x-ndjson',
  );
  const [line] = (await lines.text()).split('\n');
  t.match(JSON.parse(line ?? '') as CheckResult, { outcome: 'refused', trace: { answeredAtTtl: 1 } });

  const headers = { 'content-type': 'text/plain' };
  const stream = await fetch(`${url}/check?trace=always`, { method: 'POST', headers, body: `${own}\n` });
  const [result, summary] = (await stream.text()).split('\n');
  t.strictSame((JSON.parse(result ?? '') as CheckResult).trace, open);
  t.match(JSON.parse(summary ?? ''), { summary: { total: 1, ok: 1, invalid: 0 } });
});

t.test('a service that is told not to trace refuses the option, and does not offer it', async (t) => {
  const service = new Service(t, { env: { TRACE: 'off' } });
  const url = await service.listening();
  const refused = await check(url, { targets: ['127.0.0.1:1'], trace: 'always' });
  t.equal(refused.status, 400);
  t.match(await refused.text(), /TRACE=off/);
  t.match(await (await check(url, { targets: ['127.0.0.1:1'] })).json(), { results: [{ outcome: 'refused' }] });
});
