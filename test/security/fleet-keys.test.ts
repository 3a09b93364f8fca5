// A key that the server does not take, or takes no more: reachd says so, goes on without a fleet, and is back when it is.
import t from 'tap';
import { NATS_SERVER } from '../support/bus-server.ts';
import { Authority } from '../support/certificates.ts';
import { withoutProgram } from '../support/debian-program.ts';
import { fleetLogOf, startGuardedBus, until } from '../support/guarded-bus.ts';
import type { Service } from '../support/service.ts';

t.setTimeout(300_000);

const skip = withoutProgram(NATS_SERVER);
/** NATS' own client gives up after two. */
const REFUSALS = 4;

async function isConnected(url: string): Promise<boolean> {
  return (await (await fetch(`${url}/metrics`)).text()).includes('\nreachd_fleet_bus_connected 1\n');
}

function refusals(service: Service): number {
  return fleetLogOf(service).match(/the bus of the fleet: .*Authorization/gi)?.length ?? 0;
}

t.test('a key that is unknown is tried again for ever, and taken once the server knows it', { skip }, async (t) => {
  const { server, users, reachd } = await startGuardedBus(t);
  server.reload(users.without('node-b'));
  const service = reachd('node-b', 'both');
  const url = await service.listening();
  await until(() => refusals(service) >= REFUSALS);
  t.ok(refusals(service) >= REFUSALS, 'and each refusal is told');
  t.notOk(await isConnected(url));
  t.equal((await fetch(`${url}/readyz`)).status, 200, 'it is as ready as without a fleet');
  server.reload(users.conf);
  await until(() => isConnected(url));
  t.ok(await isConnected(url));
});

t.test('a key that is withdrawn is cut off, and taken again when it is back', { skip }, async (t) => {
  const { server, users, reachd } = await startGuardedBus(t);
  const service = reachd('node-b', 'both');
  const url = await service.listening();
  await until(() => isConnected(url));
  server.reload(users.without('node-b'));
  await until(() => refusals(service) > 0);
  t.ok(refusals(service) > 0, 'which is told');
  t.notOk(await isConnected(url));
  server.reload(users.conf);
  await until(() => isConnected(url));
  t.ok(await isConnected(url));
});

t.test('a server whose authority is unknown is told nothing, and the log says why', { skip }, async (t) => {
  const { reachd } = await startGuardedBus(t);
  const service = reachd('node-b', 'both', { NATS_CA_FILE: Authority.root(t, 'other').file });
  const url = await service.listening();
  await until(() => /certificate|self-signed/i.test(fleetLogOf(service)));
  t.match(fleetLogOf(service), /the bus of the fleet: .*(certificate|self-signed)/i);
  t.notOk(await isConnected(url));
  t.equal((await fetch(`${url}/readyz`)).status, 200);
});
