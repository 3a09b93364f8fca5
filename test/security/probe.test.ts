// GET /probe on the live service is a check like any other: what the policy denies is denied, audited and counted.
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { readExposition } from '../support/exposition.ts';
import { openPort } from '../support/raw-sockets.ts';
import { Service } from '../support/service.ts';

t.setTimeout(120_000);

const authorization = 'Bearer a-token-for-scrapes';

t.test('a target that the policy denies is told as denied, with its caller in the audit', async (t) => {
  const service = new Service(t, { env: { API_TOKENS: 'prometheus:a-token-for-scrapes' } });
  const url = await service.listening();
  const page = async (path: string) => {
    const reply = await fetch(url + path, { headers: { authorization } });
    t.equal(reply.status, 200, path);
    return readExposition(await reply.text());
  };
  const denied = await page('/probe?target=169.254.169.254:80');
  t.equal(denied.value('probe_success'), 0);
  t.equal(denied.value('probe_tcp_outcome', { outcome: 'denied' }), 1);
  t.equal(denied.value('probe_ip_addr_hash'), 0, 'of what is denied nothing is told');
  const audited = () => service.log.filter(({ msg }) => msg === 'audit');
  while (audited().length === 0) await sleep(10);
  t.match(audited(), [{ principal: 'prometheus', target: '169.254.169.254:80', rule: 'metadata', outcome: 'denied' }]);

  const open = await page(`/probe?target=127.0.0.1:${openPort(t).port}`);
  t.equal(open.value('probe_success'), 1);
  const metrics = await page('/metrics');
  t.equal(metrics.value('reachd_policy_denials_total', { rule: 'metadata' }), 1);
  t.equal(metrics.value('reachd_checks_total', { outcome: 'denied' }), 1);
  t.equal(metrics.value('reachd_checks_total', { outcome: 'open' }), 1);
  t.equal(metrics.value('reachd_attempts_total', { outcome: 'open', family: 'ipv4' }), 1);
  t.equal(metrics.value('reachd_http_requests_total', { route: '/probe', code: '200' }), 2);
});
