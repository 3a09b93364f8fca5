// Whoever has no fleet pays nothing for it: of what a start reads, nothing is the fleet's, nor the client of its bus.
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { builtScript } from '../support/built-service.ts';
import { folderOf, freePort } from '../support/debian-program.ts';
import { check, Service } from '../support/service.ts';

t.setTimeout(120_000);

/** The files of the bundle that a service has read when it has answered a check. */
async function filesRead(t: Test, env: Readonly<Record<string, string>>): Promise<string> {
  const script = builtScript();
  const trace = join(folderOf(t, {}), 'trace.txt');
  const within = ['strace', '-D', '-f', '-e', 'trace=openat,open', '-o', trace];
  const service = new Service(t, { script, env, within });
  const url = await service.listening();
  t.match(await (await check(url, { targets: [new URL(url).host] })).json(), { ok: true });
  await service.end('SIGTERM');
  // The tracer is no parent of it (-D), and writes its last lines when it has ended.
  for (let i = 0; i < 500 && !readFileSync(trace, 'utf8').includes('+++ exited'); i++) await sleep(10);
  return readFileSync(trace, 'utf8');
}

t.test('without NATS_URL neither the fleet nor the client of its bus is loaded', async (t) => {
  const service = join(dirname(builtScript()), '..', 'dist', 'service');
  const clients = readdirSync(service).filter(
    (name) => name.endsWith('.js') && readFileSync(join(service, name), 'utf8').includes('nats-core'),
  );
  t.ok(clients.length > 0, 'the client is a file of its own');
  const without = await filesRead(t, {});
  t.ok(without.includes('worker.js'), 'files are seen');
  for (const name of clients) t.notOk(without.includes(name), name);
  // Nobody listens there: it goes on trying, and answers meanwhile.
  const withIt = await filesRead(t, { NATS_URL: `nats://127.0.0.1:${await freePort()}`, FLEET_ROLE: 'both' });
  t.ok(
    clients.some((name) => withIt.includes(name)),
    'with it, it is',
  );
});
