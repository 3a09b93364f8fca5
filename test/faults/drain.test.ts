// The end of the service under load: nobody's answer is lost, before the end or by it.
import { execFile, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import t, { type Test } from 'tap';
import type { CheckReply } from '../../src/check/result.ts';
import { builtScript } from '../support/built-service.ts';
import { ask } from '../support/http-client.ts';
import { closedPort, openPort, silentPort } from '../support/raw-sockets.ts';
import { Service } from '../support/service.ts';
import { SteadyLoad, type Fate } from '../support/steady-load.ts';

t.setTimeout(300_000);

const DRAIN_MS = 1000;
const SOON_MS = 3000;
const script = builtScript();
const firstProcess = fileURLToPath(new URL('../support/first-process.cjs', import.meta.url));

/** The service, in the way it is to be run, and how to signal it. */
function start(t: Test, asFirst: boolean, env: Record<string, string>): { service: Service; pid: () => number } {
  const service = new Service(t, asFirst ? { script: firstProcess, env: { ...env, SCRIPT: script } } : { script, env });
  const { pid = 0 } = service.child;
  return { service, pid: () => (asFirst ? childOf(childOf(pid)) : pid) };
}

/** Throws when there is none. */
function childOf(pid: number): number {
  const child = Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ')[0]);
  if (!(child > 0)) throw new Error(`process ${pid} has no child`);
  return child;
}

/** What is wrong with an answer; null for a whole one in which each target has its result. */
function wrong({ fate, status, body }: Fate, targets: readonly string[]): string | null {
  if (fate !== 'answered') return fate;
  if (status !== 200) return `status ${status}`;
  const { results } = JSON.parse(body) as CheckReply;
  const told = results.map(({ target, outcome }) => `${target} ${outcome}`);
  return JSON.stringify(told) === JSON.stringify([`${targets[0] ?? ''} open`, `${targets[1] ?? ''} refused`])
    ? null
    : told.join(', ');
}

const noNamespaces =
  spawnSync('unshare', ['--pid', '--fork', 'true']).status === 0 ? false : 'this user may not make PID namespaces';
for (const asFirst of [false, true]) {
  const title = `SIGTERM under load${asFirst ? ', as PID 1' : ''}: no answer is lost, and the end comes in time`;
  t.test(title, { skip: asFirst ? noNamespaces : false }, async (t) => {
    const { service, pid } = start(t, asFirst, { DRAIN_DELAY_MS: String(DRAIN_MS) });
    const url = await service.listening();
    const targets = [`127.0.0.1:${openPort(t).port}`, `127.0.0.1:${closedPort(t).port}`];
    const load = new SteadyLoad(url, { targets }, 16);
    await sleep(700);
    const signalledAt = performance.now();
    process.kill(pid(), 'SIGTERM');
    await load.ended();
    const { code } = await service.ended;
    const tookMs = performance.now() - signalledAt;
    t.equal(code, 0);
    t.ok(tookMs < DRAIN_MS + SOON_MS, `${tookMs.toFixed(0)} ms`);

    // Whoever comes when the listener closes may meet a reset before the service has seen anything.
    const { fates } = load;
    const served = fates.filter(({ sentAt }) => sentAt < signalledAt + DRAIN_MS - 100);
    const late = fates.filter(({ sentAt }) => sentAt >= signalledAt + DRAIN_MS - 100);
    t.comment(`${served.length} requests until the end of the delay, ${late.length} after it`);
    t.ok(served.length > 50, 'there was load');
    t.same([...new Set(served.map((fate) => wrong(fate, targets)))], [null], 'each answer is whole and right');
    t.notOk(
      late.some(({ fate }) => fate === 'torn'),
      'no answer breaks off',
    );
    const draining = served.filter(({ sentAt }) => sentAt > signalledAt + 300);
    t.ok(draining.length > 10 && draining.every(({ closing }) => closing), 'each draining answer ends its connection');
  });
}

t.test('SIGTERM with silent checks beyond the grace: their callers hear that they are cancelled', async (t) => {
  const { service, pid } = start(t, false, { DRAIN_DELAY_MS: '200', SHUTDOWN_GRACE_MS: '300' });
  const url = await service.listening();
  const target = `127.0.0.1:${silentPort(t).port}`;
  const left = Array.from({ length: 20 }, () =>
    ask(`${url}/check`, { targets: Array(50).fill(target), timeoutMs: 30_000 }),
  );
  await sleep(500);
  const signalledAt = performance.now();
  process.kill(pid(), 'SIGTERM');
  const answers = await Promise.all(left);
  t.equal((await service.ended).code, 0);
  const tookMs = performance.now() - signalledAt;
  t.ok(tookMs >= 500 && tookMs < 500 + SOON_MS, `${tookMs.toFixed(0)} ms`);
  for (const { status, text } of answers) {
    t.equal(status, 200);
    t.match(JSON.parse(text), { summary: { total: 50, outcomes: { cancelled: 50 } } });
  }
});

const MOMENTS_MS = [0, 25, 50, 100, 150, 200, 300, 400, 500];

t.test('a signal at any moment of the start ends it in time', async (t) => {
  for (const afterMs of MOMENTS_MS) {
    const { service, pid } = start(t, false, { DRAIN_DELAY_MS: '0' });
    await sleep(afterMs);
    process.kill(pid(), 'SIGTERM');
    const ending = await Promise.race([service.ended, sleep(5000)]);
    t.ok(ending?.code === 0 || ending?.signal === 'SIGTERM', `${afterMs} ms after its start`);
  }
});

t.test(
  'as PID 1 too, from its first line on: before that, the kernel keeps signals from it',
  { skip: noNamespaces },
  async (t) => {
    for (const afterMs of MOMENTS_MS) {
      const { service, pid } = start(t, true, { DRAIN_DELAY_MS: '0' });
      while (!service.log.some(({ msg }) => msg === 'it hears signals')) await sleep(1);
      await sleep(afterMs);
      process.kill(pid(), 'SIGTERM');
      const ending = await Promise.race([service.ended, sleep(5000)]);
      if (ending === undefined) process.kill(pid(), 'SIGKILL');
      t.match(ending, { code: 0, signal: null, stderr: '' }, `${afterMs} ms after that`);
    }
  },
);

t.test(
  'wrk sees no error in the drain delay',
  { skip: spawnSync('wrk', ['-v']).error?.message ?? false },
  async (t) => {
    const { service, pid } = start(t, false, { DRAIN_DELAY_MS: '3000' });
    const url = await service.listening();
    const asked = `${url}/check?target=127.0.0.1:${openPort(t).port}`;
    const wrk = promisify(execFile)('wrk', ['-c', '8', '-t', '1', '-d', '2', asked]);
    await sleep(500);
    process.kill(pid(), 'SIGTERM');
    const { stdout } = await wrk;
    t.match(stdout, /\d+ requests in/);
    t.notMatch(stdout, /Non-2xx|Socket errors/);
    t.equal((await service.ended).code, 0);
  },
);
