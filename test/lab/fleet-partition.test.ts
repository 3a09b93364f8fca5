// A vantage whose link is cut, with what it was doing: each answer is there once, by itself or as the fleet's, and when the
// link is back so is the vantage. Nobody closes a connection meanwhile: only silence tells.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import type { CheckReply } from '../../src/check/result.ts';
import type { VantagesReport } from '../../src/fleet/fleet-view.ts';
import { NATS_SERVER } from '../support/bus-server.ts';
import { builtScript } from '../support/built-service.ts';
import { folderOf } from '../support/debian-program.ts';
import type { FetchMethods } from '../support/fetch-agent.ts';
import { labTest } from '../support/lab/availability.ts';
import type { Namespace } from '../support/lab/namespace.ts';
import { VethLab } from '../support/lab/veth-lab.ts';
import { Service } from '../support/service.ts';

t.setTimeout(180_000);

const CALLER = new URL('../support/fetch-agent.ts', import.meta.url);
const BUS_PORT = '4222';
/** On the host: nobody listens, and a firewall drops. */
const CLOSED = 7001;
const SILENT = 7002;
const TARGETS = 50;

labTest('a partition costs the answers of who is behind it, none twice, and heals', async (t) => {
  const lab = await VethLab.create();
  t.teardown(() => lab.close());
  const { host, client, target } = lab;
  await lab.filter(SILENT, 'drop');
  const busArgv = ['--addr', target.ipv4, '--port', BUS_PORT, '--user', 'fleet', '--pass', 'secret'];
  const bus = spawn('ip', ['netns', 'exec', host.name, NATS_SERVER, ...busArgv], { stdio: 'ignore' });
  t.teardown(async () => {
    bus.kill('SIGKILL');
    await once(bus, 'close');
  });
  const shared = {
    NATS_URL: `nats://${target.ipv4}:${BUS_PORT}`,
    NATS_CREDENTIALS_FILE: `${folderOf(t, { bus: 'fleet:secret' })}/bus`,
    ALLOW_CIDRS: `${target.ipv4}/32`,
  };
  const start = (where: Namespace, vantage: string, role: string): Service => {
    const env = { ...shared, VANTAGE: vantage, FLEET_ROLE: role };
    return new Service(t, { within: ['ip', 'netns', 'exec', where.name], env, script: builtScript() });
  };
  const members = [start(host, 'gw', 'coordinator'), start(host, 'near', 'agent'), start(client, 'far', 'agent')];
  const [url = ''] = await Promise.all(members.map((member) => member.listening()));
  const caller = await host.start<FetchMethods>(CALLER);

  const here = async (): Promise<readonly string[]> => {
    const { body } = await caller.call('get', `${url}/vantages`);
    return (body as VantagesReport).vantages.filter(({ state }) => state === 'here').map(({ name }) => name);
  };
  const ask = async (port: number, timeoutMs: number): Promise<CheckReply> => {
    const targets = Array<string>(TARGETS).fill(`${target.ipv4}:${port}`);
    const { status, body } = await caller.call('post', `${url}/check`, { targets, from: ['far', 'near'], timeoutMs });
    t.equal(status, 200);
    return body as CheckReply;
  };
  /** What each vantage's results came to, counted. */
  const told = ({ results }: CheckReply): Record<string, number> => {
    const counts: Record<string, number> = {};
    for (const { vantage = '', outcome, cause } of results) {
      const word = `${vantage} ${cause?.layer === 'fleet' ? 'fleet' : outcome}`;
      counts[word] = (counts[word] ?? 0) + 1;
    }
    return counts;
  };

  while ((await here()).length < 2) await sleep(50);
  t.same(told(await ask(CLOSED, 1000)), { 'far refused': TARGETS, 'near refused': TARGETS });

  const midway = ask(SILENT, 6000);
  await sleep(1000);
  await host.ip('link set veth0 down');
  t.same(told(await midway), { 'far fleet': TARGETS, 'near timeout': TARGETS }, 'cut in the middle');
  t.same(told(await ask(CLOSED, 1000)), { 'far fleet': TARGETS, 'near refused': TARGETS }, 'and asked while it is cut');

  await host.ip('link set veth0 up');
  while ((await here()).length < 2) await sleep(200);
  let healed = told(await ask(CLOSED, 1000));
  while (healed['far refused'] !== TARGETS) {
    await sleep(200);
    healed = told(await ask(CLOSED, 1000));
  }
  t.same(healed, { 'far refused': TARGETS, 'near refused': TARGETS }, 'when it is back');
});
