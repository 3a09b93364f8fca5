// A connect to a closed local port inside the ephemeral range can be given that very port as its source, and then connects
// to itself (RFC 9293, simultaneous open). Nobody listens there: it is never open.
import t from 'tap';
import { labTest } from '../support/lab/availability.ts';
import { Namespace } from '../support/lab/namespace.ts';
import { Reachd, targetAt } from '../support/lab/reachd.ts';

t.setTimeout(120_000);

const MANY = 10_000;
/** Few at a time: the range has 64 ports for all. */
const IN_FLIGHT = 8;
const PORT = 40_010;
const LOOPBACKS = ['127.0.0.1', '::1'];
const MET_ITSELF = {
  layer: 'tcp',
  code: 'ECONNREFUSED',
  message: 'nothing listens there: the connect met itself',
};

labTest('a connect that meets itself is refused', async (t) => {
  const namespace = await Namespace.create();
  t.teardown(() => namespace.close());
  const reachd = await Reachd.start(namespace, IN_FLIGHT);

  await t.test('with one ephemeral port there is nobody else to meet', async (t) => {
    await namespace.sysctl({ 'ipv4/ip_local_port_range': `${PORT} ${PORT}` });
    for (const host of LOOPBACKS) {
      for (const handshake of ['half', 'full'] as const) {
        const { outcome, ok, cause } = await reachd.result({ target: targetAt(host, PORT), handshake });
        t.strictSame(
          { outcome, ok, cause },
          { outcome: 'refused', ok: false, cause: MET_ITSELF },
          `${host} ${handshake}`,
        );
      }
    }
  });

  await t.test(`of ${MANY} checks within 64 ports none is open`, async (t) => {
    await namespace.sysctl({ 'ipv4/ip_local_port_range': '40000 40063' });
    const asks = Array.from({ length: MANY }, (_, i) => ({ target: targetAt(LOOPBACKS[i % 2] ?? '', PORT) }));
    const { summary, results } = await reachd.check(asks);
    t.strictSame(summary.outcomes, { refused: MANY });
    const met = results.filter(({ cause }) => cause?.message === MET_ITSELF.message).length;
    t.ok(met > 0, `${met} of them met themselves`);
  });
});
