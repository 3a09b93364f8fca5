// A hundred hostile callers for a while, and one good one that asks once a second, by address and by name: all its answers
// are right. `npm run hostile` is five minutes of it, and there the good one's answers have to be quick, too.
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { ATTACKS, type AttackName } from '../support/hostile/attacks.ts';
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

t.setTimeout((seconds + 120) * 1000);

labTest(`${CALLERS} hostile callers, and a good one: all its answers are right`, async (t) => {
  const lab = await SiegeLab.create(t);
  const service = new Service(t, lab.options());
  const port = await listeningPort(service);
  await lab.watch(port, EVERY_MS);
  const attacks = Object.keys(ATTACKS) as AttackName[];
  const each = Math.ceil(CALLERS / attacks.length);
  for (const [i, attack] of attacks.entries()) {
    await lab.attack(port, attack, Math.min(each, CALLERS - i * each), i * each);
  }
  for (let second = 0; second < seconds && service.child.exitCode === null; second++) await sleep(1000);
  const { wrong, tookMs } = await lab.seen();
  const tally = await lab.cease();

  t.same(wrong, {}, 'every answer is right');
  t.same(
    Object.keys(tally).filter((came) => !FIT.includes(came)),
    [],
    `what the others came to: ${JSON.stringify(tally)}`,
  );
  for (const [what, took] of Object.entries(tookMs)) {
    const p99 = quantile(took, 0.99);
    const figures = `${what}: ${took.length} answers, p50 ${quantile(took, 0.5).toFixed(0)} ms, p99 ${p99.toFixed(0)} ms`;
    t.comment(`${figures}, at most ${Math.max(...took).toFixed(0)} ms`);
    t.ok(took.length >= Math.floor(seconds / 2), 'it was asked all the time');
    if (mostP99Ms > 0) t.ok(p99 < mostP99Ms, `p99 of ${what} is under ${mostP99Ms} ms`);
  }
  t.comment(`resident at its peak: ${peakOf(service.child.pid ?? 0)}`);
  t.equal((await service.end('SIGTERM')).code, 0);
});
