// The packet lab proved by itself: what it plays is what Linux sees, seen from inside through plain node:net.
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { labTest } from '../support/lab/availability.ts';
import type { Child } from '../support/lab/child.ts';
import type { DialerMethods } from '../support/lab/dialer.ts';
import { Lab } from '../support/lab/lab.ts';
import { runCommand } from '../support/lab/run-command.ts';

const DIALER = new URL('../support/lab/dialer.ts', import.meta.url);

t.jobs = 1;

async function open(t: Test): Promise<{ lab: Lab; agent: Child<DialerMethods> }> {
  const lab = await Lab.create();
  t.teardown(() => lab.close());
  return { lab, agent: await lab.agent<DialerMethods>(DIALER) };
}

/** 2000 connections with a delay of 50 ms: by how much the kernel's round trips exceed it, and exceed lateMs, sorted. */
async function playBurst(lab: Lab, agent: Child<DialerMethods>): Promise<{ over: number[]; beyond: number[] }> {
  await lab.clear();
  await lab.on(93, { answer: 'syn-ack', afterMs: 50 });
  const dialling = agent.call('dialAll', lab.target.ipv4, 93, 2000, { timeoutMs: 10_000, stayMs: 2000 });
  await sleep(1200);
  const sockets = await lab.namespace.run('ss', ['-tinHO', 'state', 'established']);
  await dialling;
  const late = new Map((await lab.flows(93)).map(({ from, lateMs }) => [from.port, lateMs]));
  const over: number[] = [];
  const beyond: number[] = [];
  for (const [, port, rttMs] of sockets.matchAll(/:(\d+) +\S+:93 .* rtt:([\d.]+)/g)) {
    over.push(Number(rttMs) - 50);
    beyond.push(Number(rttMs) - 50 - (late.get(Number(port)) ?? 0));
  }
  return { over: over.sort((a, b) => a - b), beyond: beyond.sort((a, b) => a - b) };
}

labTest('a far side plays what it is told to, over IPv4 and IPv6', async (t) => {
  const { lab, agent } = await open(t);

  for (const [family, target] of [
    ['IPv4', lab.target.ipv4],
    ['IPv6', lab.target.ipv6],
  ] as const) {
    const router = family === 'IPv4' ? lab.router.ipv4 : lab.router.ipv6;

    await t.test(`${family}: a SYN-ACK after 5 ms opens, and an orderly close ends with FIN`, async (t) => {
      await lab.on(80, { answer: 'syn-ack', afterMs: 5 });
      await agent.call('dial', target, 80);
      const { outcome, ms } = await agent.call('dial', target, 80);
      t.equal(outcome, 'open');
      t.ok(ms >= 5 && ms < 25, `${ms} ms`);
      const [, flow] = await lab.flows({ address: target, port: 80 });
      t.same(flow?.segments, ['SYN', 'ACK', 'FIN', 'ACK']);
      t.equal(flow?.to.address, target);
      t.equal(flow?.from.address, family === 'IPv4' ? lab.local.ipv4 : lab.local.ipv6);
    });

    await t.test(`${family}: a RST is ECONNREFUSED`, async (t) => {
      await lab.on(81, { answer: 'rst' });
      t.equal((await agent.call('dial', target, 81)).outcome, 'ECONNREFUSED');
      t.same((await lab.flows({ address: target, port: 81 })).at(-1)?.segments, ['SYN']);
    });

    await t.test(`${family}: administratively prohibited, from the target and from a router`, async (t) => {
      const [error, code] =
        family === 'IPv4' ? [{ type: 3, code: 13 }, 'EHOSTUNREACH'] : [{ type: 1, code: 1 }, 'EACCES'];
      await lab.on(82, { answer: 'icmp', ...error }, { answer: 'icmp', ...error, from: router, afterMs: 2 });
      t.equal((await agent.call('dial', target, 82)).outcome, code);
      t.equal((await agent.call('dial', target, 82)).outcome, code);
    });

    await t.test(`${family}: silence is silence`, async (t) => {
      t.equal((await agent.call('dial', target, 83, { timeoutMs: 200 })).outcome, 'timeout');
      t.same((await lab.flows({ address: target, port: 83 }))[0]?.segments, ['SYN']);
    });

    await t.test(`${family}: a lost first SYN is sent again after a second and then answered`, async (t) => {
      await lab.on(84, { answer: 'syn-ack', fromSyn: 2 });
      const { outcome, ms } = await agent.call('dial', target, 84);
      t.equal(outcome, 'open');
      t.ok(ms >= 900 && ms < 1300, `${ms} ms`);
      t.same((await lab.flows({ address: target, port: 84 }))[0]?.segments.slice(0, 3), ['SYN', 'SYN', 'ACK']);
    });

    await t.test(`${family}: a wrong acknowledgement is answered with RST and opens nothing`, async (t) => {
      await lab.on(85, { answer: 'wrong-ack' });
      t.equal((await agent.call('dial', target, 85, { timeoutMs: 300 })).outcome, 'timeout');
      t.same((await lab.flows({ address: target, port: 85 }))[0]?.segments.slice(0, 2), ['SYN', 'RST']);
    });

    await t.test(`${family}: a bare SYN opens simultaneously, and closes in order`, async (t) => {
      await lab.on(86, { answer: 'syn', banner: 'both of us' });
      const { outcome, data } = await agent.call('dial', target, 86, { stayMs: 50 });
      t.equal(outcome, 'open');
      t.equal(data, 'both of us');
      const segments = (await lab.flows({ address: target, port: 86 }))[0]?.segments ?? [];
      t.same(segments.slice(0, 2), ['SYN', 'SYN-ACK']);
      t.same(segments.slice(-2), ['FIN', 'ACK']);
    });

    await t.test(`${family}: a banner arrives, and data is acknowledged`, async (t) => {
      await lab.on(87, { answer: 'syn-ack', banner: 'hello' });
      const { data } = await agent.call('dial', target, 87, { stayMs: 50, send: 'good day' });
      t.equal(data, 'hello');
      const segments = (await lab.flows({ address: target, port: 87 }))[0]?.segments ?? [];
      t.equal(segments.filter((segment) => segment === 'data').length, 1, 'sent once, so it was acknowledged');
    });

    await t.test(`${family}: a RST in the instant of the SYN-ACK ends what it opened`, async (t) => {
      await lab.on(88, { answer: 'syn-ack-then-rst' });
      t.equal((await agent.call('dial', target, 88, { stayMs: 200 })).outcome, 'ECONNRESET');
    });

    await t.test(`${family}: a FIN in the instant of the SYN-ACK lets the connection open`, async (t) => {
      await lab.on(89, { answer: 'syn-ack-then-fin' });
      t.equal((await agent.call('dial', target, 89, { stayMs: 20 })).outcome, 'open');
      const segments = (await lab.flows({ address: target, port: 89 }))[0]?.segments ?? [];
      t.equal(segments.filter((segment) => segment === 'FIN').length, 1);
      t.notOk(segments.includes('RST'));
    });
  }

  await t.test('an abrupt end is a RST, and packets are counted by name', async (t) => {
    await lab.on(90, { answer: 'syn-ack' });
    await agent.call('dial', lab.target.ipv4, 90, { isAbrupt: true });
    await agent.call('dial', lab.target.ipv6, 90);
    t.same(await lab.seen({ address: lab.target.ipv4, port: 90 }), {
      flows: 1,
      SYN: 1,
      'SYN-ACK': 0,
      ACK: 1,
      RST: 1,
      FIN: 0,
      data: 0,
    });
    const both = await lab.seen(90);
    t.equal(both.flows, 2);
    t.equal(both.FIN, 1);
  });

  await t.test('an address of its own has a script of its own', async (t) => {
    await lab.on(91, { answer: 'rst' });
    await lab.on({ address: '10.77.9.9', port: 91 }, { answer: 'syn-ack' });
    t.equal((await agent.call('dial', '10.77.9.9', 91)).outcome, 'open');
    t.equal((await agent.call('dial', '10.77.9.8', 91)).outcome, 'ECONNREFUSED');
  });

  await t.test('flows meet the behaviours in turn, and the last one for ever', async (t) => {
    await lab.on(92, { answer: 'rst' }, { answer: 'syn-ack' });
    const outcomes = [];
    for (let i = 0; i < 3; i += 1) outcomes.push((await agent.call('dial', lab.target.ipv4, 92)).outcome);
    t.same(outcomes, ['ECONNREFUSED', 'open', 'open']);
  });

  await t.test('clear() forgets scripts and counts', async (t) => {
    await lab.clear();
    t.equal((await lab.seen(80)).flows, 0);
    t.equal((await agent.call('dial', lab.target.ipv4, 81, { timeoutMs: 100 })).outcome, 'timeout');
  });

  await t.test('2000 delays at once are kept to well under a millisecond, and the lab knows where not', async (t) => {
    // Other work on the machine can spoil a burst: of the lab's own lateness, and of what lies between its write and the
    // kernel's clock, one burst of ten has to be free in the middle. A lab that is late by itself never is.
    let [over, beyond] = [Infinity, Infinity];
    for (let burst = 0; burst < 10 && Math.max(over, beyond) >= 0.5; burst += 1) {
      const played = await playBurst(lab, agent);
      t.equal(played.over.length, 2000);
      t.ok((played.over[0] ?? -1) > -0.1, 'no answer before its time');
      over = Math.min(over, played.over[1000] ?? Infinity);
      beyond = Math.min(beyond, played.beyond[1000] ?? Infinity);
      t.comment(`over by ${over} ms and beyond what the lab knows by ${beyond} ms, in the middle`);
    }
    t.ok(over < 0.5, `late by ${over} ms`);
    t.ok(beyond < 0.5, `lateMs accounts for all but ${beyond} ms`);
  });

  await t.test('routes that fail, fail in connect() itself', async (t) => {
    await lab.route('unreachable', '10.79.1.0/24');
    await lab.route('prohibit', '10.79.2.0/24');
    await lab.route('blackhole', '10.79.3.0/24');
    await lab.route('prohibit', 'fd79::/64');
    t.equal((await agent.call('dial', '10.79.1.1', 1)).outcome, 'EHOSTUNREACH');
    t.equal((await agent.call('dial', '10.79.2.1', 1)).outcome, 'EACCES');
    t.equal((await agent.call('dial', '10.79.3.1', 1)).outcome, 'EINVAL');
    t.equal((await agent.call('dial', 'fd79::1', 1)).outcome, 'EACCES');
    t.equal((await agent.call('dial', '10.80.0.1', 1)).outcome, 'ENETUNREACH', 'no default route: nothing can leave');
  });

  await t.test('what an agent throws is thrown here, with its name and code', async (t) => {
    await t.rejects(agent.call('fail'), { name: 'RangeError', message: 'as asked', code: 'ELAB' });
  });
});

labTest('a lab leaves nothing behind', async (t) => {
  const lab = await Lab.create();
  const { name } = lab.namespace;
  t.match(await runCommand('ip', ['netns', 'list']), name);
  await lab.close();
  t.notMatch(await runCommand('ip', ['netns', 'list']), name);
  await t.rejects(runCommand('ls', ['-d', `/etc/netns/${name}`]));
  await t.rejects(lab.seen(80), { message: /is gone/ });
});
