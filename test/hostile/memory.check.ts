// Callers that make reachd hold as much as they can, while it has little: it refuses, or it makes them wait, and lives; and
// whoever asks for one target is answered all the while.
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import type { CheckReply } from '../../src/check/result.ts';
import type { AttackName } from '../support/hostile/attacks.ts';
import { HOSTILE_BODIES } from '../support/hostile/bodies.ts';
import { type Confinement, confinements } from '../support/hostile/confinement.ts';
import { GOOD, listeningPort, SiegeLab, tokenOf } from '../support/hostile/siege-lab.ts';
import { WatchedService } from '../support/hostile/turn-watch.ts';
import { quantile } from '../support/http-client.ts';
import { labTest } from '../support/lab/availability.ts';

t.setTimeout(300_000);

/** Each for so long, by so many callers. */
const SIEGES: readonly { readonly attacks: readonly AttackName[]; readonly callers: number; readonly ms: number }[] = [
  { attacks: ['replies that nobody reads', 'lines that nobody reads'], callers: 6, ms: 7000 },
  { attacks: ['half-sent bodies'], callers: 10, ms: 3000 },
  { attacks: ['ten thousand silent names that wait'], callers: 3, ms: 4000 },
];
/** Of a hostile caller: it was answered, left unanswered, refused in words, or cut off. */
const FIT = ['200', 'held', '400', '413', '429', '503'];
const LARGE = [
  'a million unknown keys',
  'empty objects for targets',
  'empty arrays for targets',
  'a key twice, at the end',
];
const BATCH = 10_000;

async function assertHarmless(t: Test, confinement: Confinement): Promise<void> {
  const lab = await SiegeLab.create(t);
  const { within, nodeArgv } = confinement;
  const watched = new WatchedService(t, lab.options({ within, nodeArgv }));
  const { service } = watched;
  const port = await listeningPort(service);
  await watched.longestMs(); // Of its start.
  const isAlive = (): boolean => service.child.exitCode === null && service.child.signalCode === null;

  for (const { attacks, callers, ms } of SIEGES) {
    const words = attacks.join(', ');
    await lab.watch(port, 250);
    for (const [i, attack] of attacks.entries()) await lab.attack(port, attack, callers, i * callers);
    for (let waited = 0; waited < ms && isAlive(); waited += 100) await sleep(100);
    const tally = await lab.cease();
    const { wrong, tookMs } = await lab.seen();
    if (!isAlive()) {
      const { code, signal, stderr } = await service.ended;
      t.fail(`${words}: the process is dead`, { code, signal, stderr, killed: confinement.killed() });
      return;
    }
    t.same(wrong, {}, `${words}: the good one has the right answers`);
    t.same(
      Object.keys(tally).filter((came) => !FIT.includes(came)),
      [],
      `${words}: ${JSON.stringify(tally)}`,
    );
    const health = tookMs['/livez'] ?? [];
    const figures = `/livez p50 ${quantile(health, 0.5).toFixed(0)} ms, at most ${Math.max(...health).toFixed(0)} ms`;
    t.comment(`${words}: ${figures}; the longest turn ${(await watched.longestMs()).toFixed(0)} ms of processor time`);
  }

  const callers = LARGE.flatMap((name, n) => [
    { name, token: tokenOf(n) },
    { name, token: tokenOf(n) },
  ]);
  const bodies = new Map(HOSTILE_BODIES.map((body) => [body.name, body]));
  const answers = await Promise.all(
    callers.map(({ name, token }) => lab.hostile.call('ask', { port, token, body: bodies.get(name)?.make() ?? '' })),
  );
  t.same(
    answers.filter(({ status }) => !FIT.includes(String(status))),
    [],
    'large bodies, two at a time',
  );

  await lab.watch(port, 20);
  const targets = Array<string>(BATCH).fill(`127.0.0.1:${lab.open}`);
  const batch = await lab.good.call('ask', { port, token: GOOD, body: JSON.stringify({ targets, timeoutMs: 20_000 }) });
  const { wrong, tookMs } = await lab.seen();
  t.equal(batch.status, 200);
  t.same((JSON.parse(batch.text) as CheckReply).summary.outcomes, { open: BATCH }, 'then a batch of ten thousand');
  t.same(wrong, {});
  t.comment(`beside the batch: /livez p99 ${quantile(tookMs['/livez'] ?? [], 0.99).toFixed(1)} ms`);
  t.equal((await service.end('SIGTERM')).code, 0, 'it ends as it should');
  t.equal(confinement.killed(), 0, 'the kernel has killed nothing');
}

for (const confinement of confinements()) {
  t.teardown(() => confinement.remove());
  labTest(`in ${confinement.name} no caller kills the process, and a good one is answered`, (t) =>
    assertHarmless(t, confinement),
  );
}
