// What guards the service, on the service as it runs: tokens that change, limits, and many callers at once.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import type { CheckReply } from '../../src/check/result.ts';
import { check, Service } from '../support/service.ts';

t.setTimeout(180_000);

t.test('many callers at once are answered, and nothing is complained about', async (t) => {
  const service = new Service(t, {});
  const url = await service.listening();
  const targets = [`127.0.0.1:${new URL(url).port}`];
  for (let round = 0; round < 3; round++) {
    const replies = await Promise.all(Array.from({ length: 40 }, () => check(url, { targets })));
    t.ok(replies.every(({ status }) => status === 200));
  }
  t.equal((await service.end('SIGINT')).stderr, '');
});

t.test(
  'limits: connects wait for their rate and their address, a caller’s targets beyond its rate are refused',
  async (t) => {
    const env = { CONNECT_RATE: '100', MAX_IN_FLIGHT_PER_ADDRESS: '2', RATE_TARGETS_PER_SECOND: '1', RATE_BURST: '30' };
    const url = await new Service(t, { env }).listening();
    const targets = Array.from({ length: 30 }, () => `127.0.0.1:${new URL(url).port}`);
    const reply = (await (await check(url, { targets })).json()) as CheckReply;
    t.match(reply, { ok: true, summary: { outcomes: { open: 30 } } });
    t.ok(reply.durationMs > 280, `${reply.durationMs} ms for 29 connects after the first`);
    const refused = await check(url, { targets });
    t.equal(refused.status, 429);
    t.ok(Number(refused.headers.get('retry-after')) >= 28);
  },
);

t.test('tokens of a file are asked for, and rotated under the running service', async (t) => {
  const file = join(t.testdir({ tokens: 'ci:the-first-token-of-ci\n' }), 'tokens');
  const service = new Service(t, { env: { API_TOKENS_FILE: file } });
  const url = await service.listening();
  const ask = async (token: string) =>
    (await fetch(`${url}/policy`, { headers: { authorization: `Bearer ${token}` } })).status;
  t.equal((await fetch(`${url}/policy`)).status, 401);
  t.equal((await fetch(`${url}/livez`)).status, 200);
  t.same([await ask('the-first-token-of-ci'), await ask('the-other-token-of-ci')], [200, 401]);
  writeFileSync(file, 'ci:the-other-token-of-ci\n');
  while (!service.log.some(({ msg }) => msg === 'the API tokens were read again')) await sleep(20);
  t.same([await ask('the-first-token-of-ci'), await ask('the-other-token-of-ci')], [401, 200]);
  writeFileSync(file, 'nonsense\n');
  while (!service.log.some(({ msg }) => msg === 'the API tokens stay as they were')) await sleep(20);
  t.equal(await ask('the-other-token-of-ci'), 200);
  writeFileSync(file, '');
  while (!service.log.some(({ failure }) => failure === 'the file holds no token')) await sleep(20);
  t.equal(await ask('the-other-token-of-ci'), 200, 'an emptied file locks nobody out');
  t.notMatch(JSON.stringify(service.log), /-token-of-ci/);
});
