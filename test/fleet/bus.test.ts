// The bus on a real server: it comes back whatever happens, with the credentials as they are then.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { Bus } from '../../src/fleet/bus.ts';
import { type Credentials, parseCredentials } from '../../src/fleet/credentials.ts';
import { BusServer } from '../support/bus-server.ts';
import { folderOf, freePort } from '../support/debian-program.ts';

t.setTimeout(120_000);

/** One that takes `a` with this password. */
async function serverFor(t: Test, password: string): Promise<{ server: BusServer; folder: string }> {
  const port = await freePort();
  const folder = folderOf(t, {});
  write(folder, port, password);
  return { server: await BusServer.of(t, folder, port), folder };
}

function write(folder: string, port: number, password: string): void {
  const users = `authorization { users: [{ user: a, password: ${password} }] }`;
  writeFileSync(join(folder, 'server.conf'), `host: 127.0.0.1\nport: ${port}\n${users}\n`);
}

function busAt(t: Test, port: number, credentials: () => Credentials | null, warn: (failure: string) => void): Bus {
  const servers = [`nats://127.0.0.1:${port}`];
  const bus = new Bus({ servers, credentials, warn, caFile: '', name: 'test', inboxPrefix: '_INBOX_a' });
  t.teardown(() => bus.close());
  return bus;
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(20);
}

t.test('wrong credentials are tried for ever, and right ones are taken without a restart', async (t) => {
  const { server } = await serverFor(t, 'right');
  let password = 'wrong';
  const failures: string[] = [];
  const credentials = (): Credentials => ({ kind: 'password', user: 'a', password });
  const bus = busAt(t, server.port, credentials, (failure) => failures.push(failure));
  await until(() => failures.length >= 3);
  t.notOk(bus.isConnected);
  t.match(failures.join('\n'), /authorization/i);
  password = 'right';
  await until(() => bus.isConnected);
  t.pass();
});

t.test('one that is refused when it comes back comes back when it is not', async (t) => {
  const { server, folder } = await serverFor(t, 'first');
  const failures: string[] = [];
  const told: boolean[] = [];
  let password = 'first';
  const credentials = (): Credentials => ({ kind: 'password', user: 'a', password });
  const bus = busAt(t, server.port, credentials, (failure) => failures.push(failure));
  bus.watch((isConnected) => told.push(isConnected));
  const heard: string[] = [];
  bus.hear('x.>', ({ subject }) => heard.push(subject));
  await until(() => bus.isConnected);
  await server.kill();
  write(folder, server.port, 'second');
  await server.restart(t);
  await until(() => failures.filter((failure) => /authorization/i.test(failure)).length >= 3);
  password = 'second';
  await until(() => bus.isConnected);
  while (heard.length === 0) {
    bus.say('x.again', {});
    await sleep(20);
  }
  t.same(told.slice(0, 3), [true, false, true]);
  t.same([...new Set(heard)], ['x.again'], 'what was heard is heard again');
});

t.test('where nobody hears, the server says so', async (t) => {
  const { server } = await serverFor(t, 'right');
  const bus = busAt(
    t,
    server.port,
    () => ({ kind: 'password', user: 'a', password: 'right' }),
    () => undefined,
  );
  const unheard: boolean[] = [];
  bus.hear(bus.inbox('*'), ({ isUnheard }) => unheard.push(isUnheard));
  await until(() => bus.isConnected);
  bus.say('x.nobody', {}, bus.inbox('1'));
  await until(() => unheard.length > 0);
  t.same(unheard, [true]);
});

t.test('credentials have one of three forms', (t) => {
  const seed = `SU${'A'.repeat(56)}`;
  t.same(parseCredentials(`${seed}\n`), { kind: 'nkey', seed });
  t.same(parseCredentials('user:pass:word\n'), { kind: 'password', user: 'user', password: 'pass:word' });
  const creds = '-----BEGIN NATS USER JWT-----\nx\n------END NATS USER JWT------\n';
  t.same(parseCredentials(creds), { kind: 'creds', text: creds });
  for (const wrong of ['', 'secret', ':x', 'a:b\nc:d']) {
    t.throws(() => parseCredentials(wrong), { message: 'takes a .creds file, an NKEY seed, or user:password' }, wrong);
  }
  t.end();
});
