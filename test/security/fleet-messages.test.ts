// What a key that is let in may still say wrong, to real reachd processes on a real nats-server: it is dropped, and told.
import { setTimeout as sleep } from 'node:timers/promises';
import type { NatsConnection } from '@nats-io/transport-node';
import t, { type Test } from 'tap';
import type { CheckReply } from '../../src/check/result.ts';
import { NATS_SERVER } from '../support/bus-server.ts';
import { withoutProgram } from '../support/debian-program.ts';
import { fleetLogOf, type GuardedBus, startGuardedBus, until } from '../support/guarded-bus.ts';
import { openPort } from '../support/raw-sockets.ts';
import { check, type Service } from '../support/service.ts';

t.setTimeout(300_000);

const skip = withoutProgram(NATS_SERVER);
const encode = JSON.stringify;

/** node-a, whose key somebody has who answers as he likes: `answer` gets the subject of each question's answers. */
async function rogue(bus: GuardedBus, answer: (node: NatsConnection, reply: string) => void): Promise<NatsConnection> {
  const node = await bus.as('node-a');
  node.subscribe('reachd.v1.ask.node-a.i1', {
    callback: (_, { data, reply = '' }) => {
      if (data.length > 0 && new TextDecoder().decode(data).includes('"type":"check"')) answer(node, reply);
    },
  });
  await node.flush();
  return node;
}

/** Until the gateway knows this vantage, which shows itself. */
async function shown(url: string, name: string, show: () => void = () => undefined): Promise<void> {
  await until(async () => {
    show();
    const { vantages } = (await (await fetch(`${url}/vantages`)).json()) as { vantages: { name: string }[] };
    return vantages.some((vantage) => vantage.name === name);
  });
}

function showCard(node: NatsConnection): void {
  node.publish('reachd.v1.here.node-a.i1', encode({ labels: {}, version: '0', draining: false }));
}

async function askAll(url: string, target: string): Promise<CheckReply> {
  return (await (await check(url, { targets: [target], from: ['node-a', 'node-b'] })).json()) as CheckReply;
}

async function members(t: Test, answer: (node: NatsConnection, reply: string) => void) {
  const bus = await startGuardedBus(t);
  const [gateway, honest] = [bus.reachd('gateway', 'coordinator'), bus.reachd('node-b', 'agent')];
  const url = await gateway.listening();
  await honest.listening();
  await shown(url, 'node-b');
  const node = await rogue(bus, answer);
  await shown(url, 'node-a', () => showCard(node));
  return { bus, gateway, honest, url, node };
}

const FORGED = { layer: 'fleet', code: 'forged', message: 'forged' };
const RESULT = { target: 'other:1', vantage: 'node-b', ok: true, outcome: 'open', latencyMs: 1, address: '127.0.0.1' };

function results(result: object): string {
  return encode({
    type: 'results',
    durationMs: 1,
    results: [[0, { dns: null, cause: null, attempts: [], ...result }]],
  });
}

function done(node: NatsConnection, reply: string, result: object): void {
  node.publish(reply, encode({ type: 'accepted', checkedAt: new Date().toISOString() }));
  node.publish(reply, results(result));
  node.publish(reply, encode({ type: 'done' }));
}

t.test('nobody but the gateway itself says that there was no answer', { skip }, async (t) => {
  const target = `127.0.0.1:${openPort(t).port}`;
  const { gateway, url } = await members(t, (node, reply) => {
    done(node, reply, { ...RESULT, ok: false, outcome: 'failed', cause: FORGED });
  });
  const reply = await askAll(url, target);
  t.match(reply.results, [
    { vantage: 'node-a', outcome: 'failed', cause: { layer: 'fleet', code: /^(?!forged)/ } },
    { vantage: 'node-b', outcome: 'open', ok: true },
  ]);
  t.notMatch(encode(reply), /forged/);
  await until(() => fleetLogOf(gateway).includes('no result'));
  t.match(fleetLogOf(gateway), /a message of the fleet was refused: node-a\/i1 gives what is no result/);
});

t.test('a result is of who gave it and of what it was asked, whatever it says', { skip }, async (t) => {
  const target = `127.0.0.1:${openPort(t).port}`;
  const { url } = await members(t, (node, reply) => {
    // Answers for node-b's question, and to a job of nobody's, are none of the key's subjects or are nobody's cells.
    done(node, reply.replace(/[^.]+\.[^.]+$/, 'nobody.0-0'), RESULT);
    done(node, reply, RESULT);
  });
  const { results } = await askAll(url, target);
  t.match(results, [
    { vantage: 'node-a', target, outcome: 'open', latencyMs: 1 },
    { vantage: 'node-b', target, outcome: 'open' },
  ]);
  t.equal(results.length, 2);
});

t.test(
  'what is longer than a message may be is refused by the server, which tells, and cuts its sender off',
  { skip },
  async (t) => {
    const target = `127.0.0.1:${openPort(t).port}`;
    const { bus, url, node } = await members(t, (node, reply) => {
      // The client would not send it.
      if (node.info !== undefined) Object.assign(node.info, { max_payload: 2 ** 30 });
      done(node, reply, { ...RESULT, address: 'x'.repeat(2 ** 20) });
    });
    const { results } = await askAll(url, target);
    t.match(results, [
      { vantage: 'node-a', outcome: 'failed', cause: { layer: 'fleet' } },
      { vantage: 'node-b', outcome: 'open' },
    ]);
    await node.closed();
    t.match(bus.server.log, /maximum payload exceeded/i);
  },
);

/** An ask of node-b in the gateway's name, said again until its log has something of it: it tells once a second. */
async function refused(
  t: Test,
  ask: object,
  replyOf: (instance: string) => string,
): Promise<{ log: string; heard: string[] }> {
  const bus = await startGuardedBus(t);
  const agent: Service = bus.reachd('node-b', 'agent');
  await agent.listening();
  const gateway = await bus.as('gateway');
  let instance = '';
  const heard: string[] = [];
  gateway.subscribe('reachd.v1.to.gateway.>', {
    callback: (_, { subject }) => {
      if (subject.endsWith('.here')) instance = subject.split('.')[6] ?? '';
      else heard.push(subject);
    },
  });
  await until(async () => {
    gateway.publish('reachd.v1.who.gateway', encode({ instance: 'g1' }));
    await sleep(50);
    return instance !== '';
  });
  await until(async () => {
    gateway.publish(`reachd.v1.ask.node-b.${instance}`, encode(ask), { reply: replyOf(instance) });
    await sleep(50);
    return fleetLogOf(agent) !== '';
  });
  return { log: fleetLogOf(agent), heard };
}

const ASK = { type: 'check', principal: 'p', deadlineMs: null, options: {}, targets: ['127.0.0.1:1'] };

t.test('an ask with more targets than one may have is refused, and told', { skip }, async (t) => {
  const targets = Array.from({ length: 1001 }, () => '127.0.0.1:1');
  const { log, heard } = await refused(t, { ...ASK, targets }, (id) => `reachd.v1.to.gateway.g1.node-b.${id}.j.0-0`);
  t.match(log, /a message of the fleet was refused: an ask that is none came by reachd\.v1\.ask\.node-b\./);
  t.same(heard, []);
});

t.test('an ask whose answers would be another vantage’s is refused, and told', { skip }, async (t) => {
  const { log, heard } = await refused(t, ASK, () => 'reachd.v1.to.gateway.g1.node-a.i1.j.0-0');
  t.match(log, /a message of the fleet was refused: an ask that is none came by reachd\.v1\.ask\.node-b\./);
  t.same(heard, []);
});
