// One question, three vantages, three answers: reachd as three users of one namespace, whose firewall tells users apart.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import type { CheckReply } from '../../src/check/result.ts';
import type { VantagesReport } from '../../src/fleet/fleet-view.ts';
import { NATS_SERVER } from '../support/bus-server.ts';
import { builtScript } from '../support/built-service.ts';
import type { FetchMethods } from '../support/fetch-agent.ts';
import { labTest } from '../support/lab/availability.ts';
import { Namespace } from '../support/lab/namespace.ts';
import { Service } from '../support/service.ts';

t.setTimeout(180_000);

const AGENT = new URL('../support/fetch-agent.ts', import.meta.url);
const BUS_PORT = '4222';
const GATEWAY_PORT = '8090';
/** What stands between each of them and the target. */
const VANTAGES = {
  free: { uid: 65_531, rule: 'accept' },
  quiet: { uid: 65_532, rule: 'drop' },
  told: { uid: 65_533, rule: 'reject with icmp admin-prohibited' },
} as const;

const RULES = Object.values(VANTAGES).map(({ uid, rule }) => `meta skuid ${uid} tcp dport ${GATEWAY_PORT} ${rule}`);
const TABLE = `table inet fleet {
  chain out {
    type filter hook output priority 0
${RULES.join('\n')}
  }
}
`;

labTest('the same target is open, timeout and rejected from three vantage points, in one reply', async (t) => {
  const namespace = await Namespace.create();
  t.teardown(() => namespace.close());
  await namespace.run('nft', ['-f', '-'], TABLE);
  const within = ['ip', 'netns', 'exec', namespace.name];
  const argv = ['netns', 'exec', namespace.name, NATS_SERVER, '--addr', '127.0.0.1', '--port', BUS_PORT];
  const bus = spawn('ip', argv, { stdio: 'ignore' });
  t.teardown(async () => {
    bus.kill('SIGKILL');
    await once(bus, 'close');
  });

  const start = (vantage: string, port: string, role: string, as: readonly string[]): Service => {
    const env = { NATS_URL: `nats://127.0.0.1:${BUS_PORT}`, VANTAGE: vantage, PORT: port, FLEET_ROLE: role };
    return new Service(t, { within: [...within, ...as], env, script: builtScript() });
  };
  const gateway = start('gw', GATEWAY_PORT, 'coordinator', []);
  const agents = Object.entries(VANTAGES).map(([name, { uid }], number) =>
    start(name, String(8091 + number), 'agent', [
      ...['setpriv', `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups', '--no-new-privs'],
    ]),
  );
  const url = await gateway.listening();
  await Promise.all(agents.map((agent) => agent.listening()));
  const caller = await namespace.start<FetchMethods>(AGENT);
  const areHere = async (): Promise<boolean> => {
    const { body } = await caller.call('get', `${url}/vantages`);
    return (body as VantagesReport).vantages.length === agents.length;
  };
  while (!(await areHere())) await sleep(50);

  const targets = [`127.0.0.1:${GATEWAY_PORT}`];
  const { status, body } = await caller.call('post', `${url}/check`, { targets, from: ['*'], timeoutMs: 1000 });
  t.equal(status, 200);
  const { results, vantages, summary } = body as CheckReply;
  t.match(results, [
    { vantage: 'free', outcome: 'open', ok: true, cause: null },
    { vantage: 'quiet', outcome: 'timeout', ok: false, cause: { layer: 'deadline' } },
    {
      vantage: 'told',
      outcome: 'rejected',
      ok: false,
      cause: { layer: 'icmp', icmp: { type: 3, code: 13, from: '127.0.0.1' } },
    },
  ]);
  t.equal(results.length, 3);
  t.same(summary.outcomes, { open: 1, timeout: 1, rejected: 1 });
  t.ok(vantages?.every(({ state }) => state === 'answered'));
});
