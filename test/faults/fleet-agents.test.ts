// Instances of a fleet that die, stand still or lose whom they work for.
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { openPort, silentPort } from '../support/raw-sockets.ts';
import { streamed, TestFleet } from '../support/test-fleet.ts';

t.setTimeout(300_000);

/** Fewer in a test than a fleet is made for. */
const LINES = 20_000;
const STILL_MS = 3000;

t.test('a sweep is answered line by line, each once, though an instance is killed in the middle', async (t) => {
  const target = `127.0.0.1:${openPort(t).port}`;
  const fleet = await TestFleet.start(t, ['a', 'a', 'b', 'b']);
  const sent = fleet.stream('from=*&by=one');
  let isKilled = false;
  const reply = streamed(sent, (count) => {
    if (count > LINES / 4 && !isKilled) isKilled = fleet.member('a#1').service.child.kill('SIGKILL');
  });
  sent.end(`${target}\n`.repeat(LINES));
  const { results, summary, vantages } = await reply;
  t.ok(isKilled);
  t.equal(summary.total, LINES);
  t.equal(new Set(results.map(({ index }) => index)).size, LINES, 'each line has an answer');
  t.equal(results.length, LINES, 'and only one');
  t.same(summary.outcomes, { open: LINES }, 'none is lost with the instance');
  t.same(
    vantages.map(({ name, state }) => [name, state]),
    [
      ['a', 'answered'],
      ['b', 'answered'],
    ],
  );
});

t.test('a coordinator that stood still goes on: each line is answered once', async (t) => {
  const target = `127.0.0.1:${openPort(t).port}`;
  const fleet = await TestFleet.start(t, ['a', 'b']);
  const sent = fleet.stream('from=*&by=one');
  const { child } = fleet.gateway.service;
  let isStopped = false;
  const reply = streamed(sent, (count) => {
    if (count <= LINES / 4 || isStopped) return;
    isStopped = child.kill('SIGSTOP');
    setTimeout(() => child.kill('SIGCONT'), STILL_MS);
    sent.end(`${target}\n`.repeat(LINES / 2));
  });
  sent.write(`${target}\n`.repeat(LINES / 2));
  const { results, summary } = await reply;
  t.ok(isStopped);
  t.equal(new Set(results.map(({ index }) => index)).size, LINES);
  t.equal(results.length, LINES);
  t.same(summary.outcomes, { open: LINES });
});

t.test('what whoever takes it dies of is given up, and nothing else', async (t) => {
  const [open, silent] = [openPort(t), silentPort(t)];
  const names = ['a', 'b', 'c', 'd', 'e', 'f'];
  const fleet = await TestFleet.start(t, names);
  const agents = names.map((name, number) => fleet.member(`${name}#${number + 1}`).service.child);
  // Whoever has an attempt in flight for long is killed: only the poisonous target is silent.
  const hunt = (async () => {
    for (let killed = 0; killed < 2;) {
      for (const [i, child] of agents.entries()) {
        if (child.killed) continue;
        const load = await fleet.load(`${names[i] ?? ''}#${i + 1}`).catch(() => 0);
        if (load > 0) killed += Number(child.kill('SIGKILL'));
      }
      await sleep(50);
    }
  })();
  const poisonous = `127.0.0.1:${silent.port}`;
  const body = { targets: [poisonous], from: ['*'], by: 'one', timeoutMs: 20_000 };
  const { results } = await fleet.check(body);
  await hunt;
  t.match(results, [{ target: poisonous, outcome: 'failed', cause: { layer: 'fleet' } }]);
  t.equal(agents.filter(({ killed }) => killed).length, 2, 'two of six');
  const after = await fleet.check({ targets: [`127.0.0.1:${open.port}`], from: ['*'], by: 'one' });
  t.same(after.summary.outcomes, { open: 1 }, 'and the others go on');
});

t.test('a vantage that is killed has a cause of its own; the others have their answers', async (t) => {
  const target = `127.0.0.1:${openPort(t).port}`;
  const fleet = await TestFleet.start(t, ['a', 'b']);
  const ending = await fleet.member('a#1').service.end('SIGKILL');
  t.equal(ending.signal, 'SIGKILL');
  const { results, vantages } = await fleet.check({ targets: [target], from: ['*'], expect: 'closed' });
  t.same(
    results.map(({ vantage, outcome, cause, ok }) => [vantage, outcome, cause?.layer, cause?.code, ok]),
    [
      ['a', 'failed', 'fleet', 'gone', false],
      ['b', 'open', 'expectation', 'unexpected', false],
    ],
    'silence is never what was expected',
  );
  t.match(vantages, [
    { name: 'a', state: 'missing', cause: { code: 'gone' } },
    { name: 'b', state: 'answered' },
  ]);
});

t.test('a vantage that stands still is silent, and asked again when it moves', async (t) => {
  const target = `127.0.0.1:${openPort(t).port}`;
  const fleet = await TestFleet.start(t, ['a', 'b']);
  const { child } = fleet.member('a#1').service;
  child.kill('SIGSTOP');
  const first = await fleet.check({ targets: [target], from: ['*'] });
  t.match(first.results, [
    { vantage: 'a', outcome: 'failed', cause: { layer: 'fleet', code: 'silent' } },
    { vantage: 'b', outcome: 'open' },
  ]);
  child.kill('SIGCONT');
  await fleet.until(async () => {
    const { ok } = await fleet.check({ targets: [target], from: ['*'] });
    if (!ok) await sleep(200);
    return ok;
  });
});

t.test('one that stands still in the middle of its work is lost, and another takes over', async (t) => {
  const silent = silentPort(t);
  const fleet = await TestFleet.start(t, ['a', 'a']);
  const body = { targets: Array.from({ length: 100 }, () => `127.0.0.1:${silent.port}`), from: ['a'], timeoutMs: 6000 };
  const reply = fleet.check(body);
  await fleet.until(async () => (await fleet.load('a#1')) > 0 && (await fleet.load('a#2')) > 0);
  fleet.member('a#1').service.child.kill('SIGSTOP');
  t.same((await reply).summary.outcomes, { timeout: 100 });
  fleet.member('a#1').service.child.kill('SIGCONT');
});

t.test('when the caller leaves, or the coordinator is killed, the vantages stop working for it', async (t) => {
  const silent = silentPort(t);
  const fleet = await TestFleet.start(t, ['a', 'b']);
  const isBusy = async (): Promise<boolean> => (await fleet.load('a#1')) > 0 && (await fleet.load('b#2')) > 0;
  const isIdle = async (): Promise<boolean> => (await fleet.load('a#1')) + (await fleet.load('b#2')) === 0;
  const ask = () => {
    const sent = fleet.stream('from=*&timeoutMs=30000');
    sent.end(`127.0.0.1:${silent.port}\n`.repeat(100));
    return sent;
  };
  const sent = ask();
  await fleet.until(isBusy);
  const leftAt = performance.now();
  sent.destroy();
  await fleet.until(isIdle);
  t.comment(`idle ${Math.round(performance.now() - leftAt)} ms after the caller left`);
  t.pass('idle long before any target’s time is over');
  ask();
  await fleet.until(isBusy);
  const killedAt = performance.now();
  fleet.gateway.service.child.kill('SIGKILL');
  await fleet.until(isIdle);
  const tookMs = performance.now() - killedAt;
  t.comment(`idle ${Math.round(tookMs)} ms after the coordinator was killed`);
  t.ok(tookMs < 25_000, 'long before any target’s time is over');
});
