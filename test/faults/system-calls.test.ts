// System calls of the reactor that fail, on the live service: each target of a request has one result, and what this
// machine could not do is never said of the target.
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import type { CheckResult } from '../../src/check/result.ts';
import { builtScript } from '../support/built-service.ts';
import { Fault, faultTest } from '../support/faults.ts';
import { ask, askCheck } from '../support/http-client.ts';
import { assertBackIn, descriptorsOf, reactorThread } from '../support/process-witness.ts';
import { closedPort, openPort, silentPort } from '../support/raw-sockets.ts';
import { Service } from '../support/service.ts';

const ERRORS = ['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM', 'EADDRNOTAVAIL', 'EAGAIN', 'EINTR', 'ENOSPC'] as const;
const SYSCALLS = ['socket', 'setsockopt', 'connect', 'epoll_ctl', 'epoll_wait', 'getsockopt'] as const;
const SPORADIC = 'when=3+5';
const PERMANENT = 'when=1+';
/** Only faults that pass: a wait that always fails ends the worker, which worker-loss.test.ts is about. */
const PASSING_ONLY = new Set<string>(['epoll_wait']);
const SILENCE_MS = 200;

t.setTimeout(300_000);

const script = builtScript();

/** What may be said of a target; `failed` only with a cause of this machine's own. */
const ALLOWED = { open: ['open', 'failed'], closed: ['refused', 'failed'], silent: ['timeout', 'failed'] } as const;
type Kind = keyof typeof ALLOWED;

/** Ports of each kind, and requests for targets on all of them. */
class Range {
  readonly #ports: Readonly<Record<Kind, number>>;
  readonly service: Service;
  readonly url: string;

  private constructor(t: Test, service: Service, url: string) {
    this.#ports = { open: openPort(t).port, closed: closedPort(t).port, silent: silentPort(t).port };
    this.service = service;
    this.url = url;
  }

  static async open(t: Test): Promise<Range> {
    const service = new Service(t, { script });
    const range = new Range(t, service, await service.listening());
    t.same(range.wrong(await range.ask()), [], 'without a fault');
    // Idle sockets are closed a second after the last work.
    await sleep(1500);
    return range;
  }

  get pid(): number {
    return this.service.child.pid ?? 0;
  }

  /** 26 targets: half of the others each time by full handshakes, which use no socket twice. */
  async ask(timeoutMs = 5000): Promise<readonly CheckResult[]> {
    const kinds = Array.from({ length: 26 }, (_, i): Kind =>
      i % 13 === 12 ? 'silent' : i % 2 === 0 ? 'open' : 'closed',
    );
    const targets = kinds.map((kind, i) => ({
      host: '127.0.0.1',
      port: this.#ports[kind],
      name: `${kind} ${i}`,
      timeoutMs: kind === 'silent' ? SILENCE_MS : timeoutMs,
      handshake: i % 4 < 2 ? 'half' : 'full',
    }));
    const { results } = await askCheck(this.url, { targets });
    const names = results.map(({ name }) => name);
    if (JSON.stringify(names) !== JSON.stringify(targets.map(({ name }) => name))) {
      throw new Error(`the results are not the targets, in their order: ${names.join(', ')}`);
    }
    return results;
  }

  /** What of these results is not right, whatever may have failed. */
  wrong(results: readonly CheckResult[]): string[] {
    return results.flatMap(({ name = '', outcome, cause }) => {
      const allowed: readonly string[] = ALLOWED[name.split(' ', 1)[0] as Kind];
      const blamed = outcome === 'failed' && cause?.layer !== 'local';
      return allowed.includes(outcome) && !blamed ? [] : [`${name}: ${outcome} ${JSON.stringify(cause)}`];
    });
  }
}

function failedIn(results: readonly CheckResult[]): string[] {
  return results.flatMap(({ outcome, cause }) => (outcome === 'failed' ? [cause?.code ?? '?'] : []));
}

faultTest('whatever call fails, now and then or always, each target has one result, and is not blamed', async (t) => {
  const range = await Range.open(t);
  const thread = await reactorThread(range.pid);
  const baseline = descriptorsOf(range.pid);
  for (const syscall of SYSCALLS) {
    for (const error of ERRORS) {
      for (const when of PASSING_ONLY.has(syscall) ? [SPORADIC] : [SPORADIC, PERMANENT]) {
        const what = `${syscall} ${error} ${when}`;
        const fault = await Fault.begin(t, { thread, inject: { [syscall]: `error=${error}:${when}` } });
        const results = await range.ask();
        const tampered = await fault.end();
        t.ok(tampered > 0, `${what}: ${tampered} calls failed`);
        t.same(range.wrong(results), [], `${what}: ${failedIn(results).length} failed`);
      }
    }
    t.equal((await ask(`${range.url}/readyz`)).status, 200, `${syscall}: ready`);
    t.same(failedIn(await range.ask()), [], `${syscall}: and afterwards nothing fails`);
    await assertBackIn(t, range.pid, baseline, `${syscall}: descriptors`);
  }
});

faultTest('a connect that only pretends to have been made never makes a target open', async (t) => {
  const range = await Range.open(t);
  const thread = await reactorThread(range.pid);
  const baseline = descriptorsOf(range.pid);
  // An attempt that waits for a connect that was not made waits until its deadline.
  const timeoutMs = 1000;
  const fault = await Fault.begin(t, { thread, inject: { connect: 'retval=0' } });
  const results = await range.ask(timeoutMs);
  t.ok((await fault.end()) >= results.length);
  const judged = results.filter(({ outcome, cause }) => outcome !== 'failed' || cause?.layer !== 'local');
  t.same(judged, [], 'neither open nor closed');
  // Now and then, it is a socket's disconnect that has not been made: the socket is still connected, elsewhere.
  for (const when of ['when=2+2', 'when=3+5', 'when=2+3']) {
    const fault = await Fault.begin(t, { thread, inject: { connect: `retval=0:${when}` } });
    for (let i = 0; i < 2; i++) {
      const open = (await range.ask(timeoutMs)).filter(({ outcome }) => outcome === 'open');
      t.same(
        open.filter(({ name = '' }) => !name.startsWith('open')),
        [],
        when,
      );
    }
    t.ok((await fault.end()) > 0);
  }
  t.same(failedIn(await range.ask()), [], 'and afterwards nothing fails');
  await assertBackIn(t, range.pid, baseline);
});
