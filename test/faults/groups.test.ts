// Groups while the reactor’s worker is stuck, and while it is lost: reachd's own trouble never turns a verdict.
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { builtScript } from '../support/built-service.ts';
import { Fault, faultTest } from '../support/faults.ts';
import { groupService } from '../support/group-service.ts';
import { ask } from '../support/http-client.ts';
import { reactorThread } from '../support/process-witness.ts';
import { openPort } from '../support/raw-sockets.ts';

t.setTimeout(300_000);

const script = builtScript();

faultTest(
  'a worker that is stuck leaves the verdict as it is, with `stale: true`, and rounds go on after it',
  async (t) => {
    const target = `127.0.0.1:${openPort(t).port}`;
    const group = {
      name: 'db',
      targets: [target],
      intervalMs: 100,
      timeoutMs: 60_000,
      rise: 1,
      fall: 1,
      staleAfterMs: 1500,
    };
    const { url, service, ready, until } = await groupService(
      t,
      { groups: [group] },
      { script, env: { MAX_TIMEOUT_MS: '60000' } },
    );
    await until('db', ({ state }) => state === 'up');
    const fault = await Fault.begin(t, {
      thread: await reactorThread(service.child.pid ?? 0),
      inject: { epoll_wait: 'delay_enter=60s' },
    });
    while ((await ready('db')).body['stale'] !== true) await sleep(20);
    t.match(await ready('db'), { status: 200, body: { state: 'up', ready: true, stale: true } });
    const { headers } = await ask(`${url}/ready/db`);
    t.ok(Number(headers.age) >= 1, `Age: ${headers.age}`);
    const { rounds } = await until('db', () => true);
    await sleep(500);
    t.same((await until('db', () => true)).rounds, rounds, 'no other round begins meanwhile');
    await fault.end();
    const after = await until('db', ({ stale }) => !stale);
    t.match(after, { state: 'up', changes: { length: 1 } });
  },
);

faultTest(
  'a worker that is lost makes a round tell nothing, and the next one is asked by the new worker',
  async (t) => {
    const target = `127.0.0.1:${openPort(t).port}`;
    const group = { name: 'db', targets: [target], intervalMs: 200, rise: 1, fall: 1 };
    const { service, ready, until, logged } = await groupService(t, { groups: [group] }, { script });
    await until('db', ({ state }) => state === 'up');
    // The worker may also be lost between two rounds, and come back in time for the next: then it is lost again.
    const told = () => service.log.find(({ msg }) => String(msg).startsWith('a round of a group told nothing'));
    for (let losses = 0; losses < 20 && told() === undefined; losses++) {
      const thread = await reactorThread(service.child.pid ?? 0);
      const fault = await Fault.begin(t, { thread, inject: { epoll_wait: 'error=EBADF' } });
      await logged(/./, service.log.length + 1);
      await fault.end();
      await until('db', ({ rounds }) => rounds.at(-1)?.ok === true);
    }
    t.match(told()?.['trouble'], new RegExp(`^${target}: the reactor was lost`));
    await logged(/^rounds of a group tell something again$/);
    const after = await until('db', ({ rounds }) => rounds.at(-1)?.ok === true);
    t.match(after, { state: 'up', changes: { length: 1 } });
    t.ok(after.rounds.some(({ ok }) => ok === null));
    t.match(await ready('db'), { status: 200 });
  },
);
