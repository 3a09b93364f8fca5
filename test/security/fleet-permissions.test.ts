// What deploy/nats/users.conf forbids, nats-server refuses: a name that stands in a subject of the bus is the name of a key.
import { errors, type NatsConnection } from '@nats-io/transport-node';
import t, { type Test } from 'tap';
import { BusServer, NATS_SERVER } from '../support/bus-server.ts';
import { tokenIssuer } from '../support/bus-tokens.ts';
import { agentPermissions, clientOf, shippedUsers, USERS, type UserName } from '../support/bus-users.ts';
import { startGuardedBus, until } from '../support/guarded-bus.ts';
import { Authority } from '../support/certificates.ts';
import { withoutProgram } from '../support/debian-program.ts';

const skip = withoutProgram(NATS_SERVER);

type Act = readonly [what: string, by: UserName, operation: 'publish' | 'subscription', subject: string];

const FORBIDDEN: readonly Act[] = [
  ['show a card of another vantage', 'node-a', 'publish', 'reachd.v1.here.node-b.i1'],
  ['answer for another vantage', 'node-a', 'publish', 'reachd.v1.to.gateway.g1.node-b.i1.job.ask'],
  ['show itself in answer to “who” as another', 'node-a', 'publish', 'reachd.v1.to.gateway.g1.node-b.i1.here'],
  ['ask another vantage', 'node-a', 'publish', 'reachd.v1.ask.node-b.i1'],
  ['ask who is there', 'node-a', 'publish', 'reachd.v1.who.node-a'],
  ['hear what another is asked', 'node-a', 'subscription', 'reachd.v1.ask.node-b.*'],
  ['hear what all are asked', 'node-a', 'subscription', 'reachd.v1.ask.>'],
  ['hear answers', 'node-a', 'subscription', 'reachd.v1.to.gateway.>'],
  ['hear the cards of others', 'node-a', 'subscription', 'reachd.v1.here.>'],
  ['hear the inbox of another', 'node-a', 'subscription', '_INBOX_node-b.>'],
  ['hear any inbox', 'node-a', 'subscription', '_INBOX.>'],
  ['hear everything', 'node-a', 'subscription', '>'],
  ['say what is no word of the fleet', 'node-a', 'publish', 'else.where'],
  ['ask who is there in another’s name', 'gateway', 'publish', 'reachd.v1.who.site-b'],
  ['show a card', 'gateway', 'publish', 'reachd.v1.here.node-a.i1'],
  ['answer', 'gateway', 'publish', 'reachd.v1.to.gateway.g1.node-a.i1.job.ask'],
  ['hear the answers to another asker', 'gateway', 'subscription', 'reachd.v1.to.site-b.>'],
  ['hear the answers to all', 'gateway', 'subscription', 'reachd.v1.to.>'],
  ['hear what vantages are asked', 'gateway', 'subscription', 'reachd.v1.ask.>'],
  ['answer for another vantage', 'site-b', 'publish', 'reachd.v1.to.gateway.g1.node-a.i1.job.ask'],
  ['show a card of another vantage', 'site-b', 'publish', 'reachd.v1.here.node-a.i1'],
  ['ask who is there in another’s name', 'site-b', 'publish', 'reachd.v1.who.gateway'],
  ['hear the answers to another asker', 'site-b', 'subscription', 'reachd.v1.to.gateway.>'],
  ['hear what another is asked', 'site-b', 'subscription', 'reachd.v1.ask.node-a.*'],
];

const ALLOWED: readonly Act[] = [
  ['hear who asks who is there', 'node-a', 'subscription', 'reachd.v1.who.*'],
  ['hear what it is asked', 'node-a', 'subscription', 'reachd.v1.ask.node-a.*'],
  ['hear its inbox', 'node-a', 'subscription', '_INBOX_node-a.>'],
  ['show its card', 'node-a', 'publish', 'reachd.v1.here.node-a.i1'],
  ['answer in its name', 'node-a', 'publish', 'reachd.v1.to.gateway.g1.node-a.i1.job.ask'],
  ['ask who is there', 'gateway', 'publish', 'reachd.v1.who.gateway'],
  ['ask any vantage', 'gateway', 'publish', 'reachd.v1.ask.node-b.i1'],
  ['hear cards', 'gateway', 'subscription', 'reachd.v1.here.>'],
  ['hear the answers to itself', 'gateway', 'subscription', 'reachd.v1.to.gateway.>'],
  ['answer in its name', 'site-b', 'publish', 'reachd.v1.to.gateway.g1.site-b.i1.job.ask'],
  ['ask any vantage', 'site-b', 'publish', 'reachd.v1.ask.node-b.i1'],
  ['hear the answers to itself', 'site-b', 'subscription', 'reachd.v1.to.site-b.>'],
];

/** What the server has refused a client. */
function refusalsOf(client: NatsConnection): string[] {
  const refusals: string[] = [];
  void (async () => {
    for await (const status of client.status()) {
      if (status.type !== 'error' || !(status.error instanceof errors.PermissionViolationError)) continue;
      refusals.push(`${status.error.operation} ${status.error.subject}`);
    }
  })();
  return refusals;
}

function act(client: NatsConnection, operation: Act[2], subject: string): void {
  if (operation === 'publish') client.publish(subject, '{}');
  // Without a callback of its own the refusal is thrown where nobody waits.
  else client.subscribe(subject, { callback: () => undefined });
}

/** Asserts that everything forbidden to the user is refused to this client. */
async function assertRefused(t: Test, client: NatsConnection, name: UserName): Promise<void> {
  const refusals = refusalsOf(client);
  for (const [what, by, operation, subject] of FORBIDDEN) {
    if (by !== name) continue;
    act(client, operation, subject);
    await client.flush();
    const refusal = `${operation} ${subject}`;
    await until(() => refusals.includes(refusal));
    t.ok(refusals.includes(refusal), `${by} may not ${what}: ${subject}`);
  }
}

t.test('every act that the permissions forbid is refused by the server', { skip }, async (t) => {
  const { as } = await startGuardedBus(t);
  for (const name of USERS) await assertRefused(t, await as(name), name);
});

t.test('one signing key with a template holds every agent to its own name', { skip }, async (t) => {
  const authority = Authority.root(t);
  const issuer = tokenIssuer(agentPermissions('{{name()}}'));
  const server = await BusServer.start(t, { identity: authority.issue('bus'), users: issuer.conf });
  const client = await clientOf(t, server.url, authority.file, issuer.credentialsOf('node-a'));
  await assertRefused(t, client, 'node-a');
  const other = await clientOf(t, server.url, authority.file, issuer.credentialsOf('node-b'));
  const refusals = refusalsOf(other);
  other.publish('reachd.v1.here.node-b.i1', '{}');
  other.publish('reachd.v1.here.node-a.i1', '{}');
  await until(() => refusals.length > 0);
  t.same(refusals, ['publish reachd.v1.here.node-a.i1']);
  const stranger = tokenIssuer(agentPermissions('{{name()}}')).credentialsOf('node-a');
  await t.rejects(clientOf(t, server.url, authority.file, stranger), { name: 'AuthorizationError' });
});

t.test('what each role has to do is not refused', { skip }, async (t) => {
  const { as } = await startGuardedBus(t);
  for (const name of USERS) {
    const client = await as(name);
    const refusals = refusalsOf(client);
    const acts = ALLOWED.filter(([, by]) => by === name);
    for (const [, , operation, subject] of acts) act(client, operation, subject);
    // Refused in the order in which they came: once this one is, the others have been judged.
    act(client, 'publish', 'the.end');
    await until(() => refusals.length > 0);
    t.same(refusals, ['publish the.end'], `${name}: ${acts.map(([what]) => what).join(', ')}`);
  }
});

t.test('nobody hears a card or an answer that is forged, and the true ones are heard', { skip }, async (t) => {
  const { as } = await startGuardedBus(t);
  const gateway = await as('gateway');
  const heard: string[] = [];
  for (const subject of ['reachd.v1.here.>', 'reachd.v1.to.gateway.>']) {
    gateway.subscribe(subject, { callback: (_, message) => void heard.push(message.subject) });
  }
  await gateway.flush();
  const node = await as('node-a');
  for (const name of ['node-b', 'node-a']) {
    node.publish(`reachd.v1.here.${name}.i1`, '{}');
    node.publish(`reachd.v1.to.gateway.g1.${name}.i1.job.ask`, '{}');
  }
  await until(() => heard.length >= 2);
  t.same(heard, ['reachd.v1.here.node-a.i1', 'reachd.v1.to.gateway.g1.node-a.i1.job.ask']);
});

t.test('nobody comes in with a key that the server does not know, or without one', { skip }, async (t) => {
  const { server, caFile, users } = await startGuardedBus(t);
  const stranger = shippedUsers().seedOf('node-a');
  for (const seed of [stranger, null]) {
    await t.rejects(clientOf(t, server.url, caFile, seed), { name: 'AuthorizationError' });
  }
  await t.resolves(clientOf(t, server.url, caFile, users.seedOf('node-a')));
});

t.test('a client that does not know the authority of the server goes no further', { skip }, async (t) => {
  const { server, users } = await startGuardedBus(t);
  const other = Authority.root(t, 'other');
  await t.rejects(clientOf(t, server.url, other.file, users.seedOf('node-a')), /certificate|self-signed/i);
});

t.test('a user that is taken out of the file is cut off when the server reads it again', { skip }, async (t) => {
  const { server, users, as } = await startGuardedBus(t);
  const [out, stays] = [await as('node-a'), await as('node-b')];
  server.reload(users.without('node-a'));
  await t.resolves(out.closed());
  await t.resolves(stays.flush());
});
