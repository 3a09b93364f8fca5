// A hundred hostile callers for a while, and one good one that asks once a second, by address and by name: all its answers
// are right. `npm run hostile` is five minutes of it, and there the good one's answers have to be quick, too.
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { ATTACKS, type AttackName } from '../support/hostile/attacks.ts';
import type { Seen } from '../support/hostile/caller-agent.ts';
import { listeningPort, SiegeLab } from '../support/hostile/siege-lab.ts';
import { quantile } from '../support/http-client.ts';
import { labTest } from '../support/lab/availability.ts';
import { Service } from '../support/service.ts';

const seconds = Number(process.env['SOAK_SECONDS'] ?? 10);
/** 0: the figures are told, and nothing is asked of them. */
const mostP99Ms = Number(process.env['SOAK_P99_MS'] ?? 0);
const CALLERS = 100;
const EVERY_MS = 1000;
const FIT = ['200', 'held', '429', '503'];

/** As proc(5) says it. */
function peakOf(pid: number): string {
  return /^VmHWM:\s+(.+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 'unknown';
}

/** Of the main thread: the seconds that it has run, and those that it has waited for a processor. */
function threadTimes(pid: number): readonly [ran: number, waited: number] {
  const [ran = 0, waited = 0] = readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ').map(Number);
  return [ran / 1e9, waited / 1e9];
}

function tell(t: Test, who: string, { tookMs }: Seen): void {
  for (const [what, took] of Object.entries(tookMs)) {
    const [p50, p99, most] = [quantile(took, 0.5), quantile(took, 0.99), Math.max(...took)].map(Math.round);
    t.comment(`${who}, ${what}: ${took.length} answers, p50 ${p50} ms, p99 ${p99} ms, at most ${most} ms`);
  }
}

t.setTimeout((seconds + 120) * 1000);

labTest(`${CALLERS} hostile callers, and a good one: all its answers are right`, async (t) => {
  const lab = await SiegeLab.create(t);
  const service = new Service(t, lab.options());
  const port = await listeningPort(service);
  // Nobody attacks this one: what its answers take is what the machine takes.
  const idle = new Service(t, lab.options());
  const witnessed = await lab.witness(await listeningPort(idle), EVERY_MS);
  await lab.watch(port, EVERY_MS);
  const attacks = Object.keys(ATTACKS) as AttackName[];
  const each = Math.ceil(CALLERS / attacks.length);
  for (const [i, attack] of attacks.entries()) {
    await lab.attack(port, attack, Math.min(each, CALLERS - i * each), i * each);
  }
  for (let second = 0; second < seconds && service.child.exitCode === null; second++) await sleep(1000);
  const pid = service.child.pid ?? 0;
  const [ran, waited] = threadTimes(pid);
  const seen = await lab.seen();
  const { wrong, tookMs } = seen;
  const tally = await lab.cease();

  t.same(wrong, {}, 'every answer is right');
  t.same(
    Object.keys(tally).filter((came) => !FIT.includes(came)),
    [],
    `what the others came to: ${JSON.stringify(tally)}`,
  );
  for (const [what, took] of Object.entries(tookMs)) {
    const p99 = quantile(took, 0.99);
    t.ok(took.length >= Math.floor(seconds / 2), 'it was asked all the time');
    if (mostP99Ms > 0) t.ok(p99 < mostP99Ms, `p99 of ${what} is under ${mostP99Ms} ms`);
  }
  tell(t, 'the good one', seen);
  tell(t, 'a service that nobody attacks', await witnessed());
  t.comment(`the main thread ran for ${ran.toFixed(0)} s, and waited ${waited.toFixed(0)} s for a processor`);
  t.comment(`resident at its peak: ${peakOf(pid)}`);
  t.equal((await service.end('SIGTERM')).code, 0);
});
