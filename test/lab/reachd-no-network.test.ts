// The service where there is no network, asked over HTTP: nothing that this host says by itself passes for a firewall's word.
import t from 'tap';
import type { CheckReply } from '../../src/check/result.ts';
import type { FetchMethods } from '../support/fetch-agent.ts';
import { labTest } from '../support/lab/availability.ts';
import { Namespace } from '../support/lab/namespace.ts';
import { Service } from '../support/service.ts';

t.setTimeout(120_000);

const AGENT = new URL('../support/fetch-agent.ts', import.meta.url);
const PORT = 8098;

labTest('without a route nothing is proved of a firewall, and the reply says why', async (t) => {
  const namespace = await Namespace.create();
  t.teardown(() => namespace.close());
  await namespace.route('unreachable', '10.1.0.0/24');
  await namespace.route('blackhole', '10.2.0.0/24');
  const service = new Service(t, { within: ['ip', 'netns', 'exec', namespace.name], env: { PORT: String(PORT) } });
  const url = await service.listening();
  const caller = await namespace.start<FetchMethods>(AGENT);

  const targets = ['10.0.0.1:80', '[fd00::1]:80', '10.1.0.1:80', '10.2.0.1:80'];
  for (const expect of ['closed', ['unreachable', 'timeout']]) {
    const { status, body } = await caller.call('post', `${url}/check`, { targets, expect });
    const { ok, summary, results } = body as CheckReply;
    t.same({ status, ok, notOk: summary.notOk }, { status: 200, ok: false, notOk: targets.length });
    for (const result of results) {
      t.match(result, { ok: false, expect, outcome: 'unreachable', cause: { layer: 'local' } }, result.target);
      t.match(result.attempts, [{ localAddress: null, localPort: null, at: String }]);
      t.match(result.cause?.message, /; expected .*, and only this host says so$/);
    }
  }
  // A target that does answer is still closed: the host itself, where nobody listens.
  const { body } = await caller.call('post', `${url}/check`, { targets: ['127.0.0.1:1'], expect: 'closed' });
  t.match(body, { ok: true, results: [{ ok: true, outcome: 'refused', expect: 'closed' }] });
});
