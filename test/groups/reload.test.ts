// A configuration file that is read again under the running service.
import t from 'tap';
import { groupService } from '../support/group-service.ts';
import { ask } from '../support/http-client.ts';
import { closedPort, openPort } from '../support/raw-sockets.ts';

t.setTimeout(300_000);

const FAST = { intervalMs: 100, timeoutMs: 5000, rise: 1, fall: 1 };
const READ = /^the configuration file was read again$/;
const REFUSED = /^the configuration file is not taken over/;

t.test('a file that changes: who stays keeps verdict and history, who comes is asked, who goes is gone', async (t) => {
  const stays = { ...FAST, name: 'stays', targets: [`127.0.0.1:${openPort(t).port}`], intervalMs: 3_600_000 };
  const goes = { ...FAST, name: 'goes', targets: [`127.0.0.1:${openPort(t).port}`] };
  const comes = { ...FAST, name: 'comes', targets: [`127.0.0.1:${closedPort(t).port}`] };
  const { url, write, until, ready, logged } = await groupService(t, { groups: [stays, goes] });
  const before = await until('stays', ({ state }) => state === 'up');
  await until('goes', ({ state }) => state === 'up');
  write({ groups: [comes, stays] });
  await logged(READ);
  t.match(await until('comes', ({ state }) => state === 'down'), { targets: [{ result: { outcome: 'refused' } }] });
  t.same(await until('stays', () => true), before);
  t.equal((await ask(`${url}/ready/goes`)).status, 404);

  write({ groups: [comes, stays, goes] });
  await logged(READ, 2);
  const again = await until('goes', ({ state }) => state === 'up');
  t.equal(again.changes.length, 1, 'it begins anew');
  t.same(await until('stays', () => true), before);
  t.match(await ready('stays'), { status: 200 });
});

t.test('a bad file leaves what is in force, and the log says where it is bad; a good one is taken again', async (t) => {
  const group = { ...FAST, name: 'db', targets: [`127.0.0.1:${openPort(t).port}`] };
  const { service, write, until, ready, logged } = await groupService(t, { groups: [group] });
  await until('db', ({ state }) => state === 'up');
  write('groups:\n  - name: db\n    targets: [a:1]\n    rise: often\n');
  const [wrong] = await logged(REFUSED);
  t.match(wrong, { level: 'warn', mistakes: ['4:5: groups[0].rise: takes an integer from 1 to 100'] });
  write('groups:\n  - name: db\n    targets: [127.0.0.1:1, 169.254.169.254:80]\n');
  const denied = (await logged(REFUSED, 2)).at(-1);
  t.match(denied?.['mistakes'], [/^3:28: groups\[0\]\.targets\[1\]: takes an address .*: rule metadata, /]);
  const count = (await until('db', () => true)).rounds.length;
  t.match(await until('db', ({ rounds }) => rounds.length > Math.min(count + 2, 59)), { state: 'up' }, 'rounds go on');
  t.match(await ready('db'), { status: 200, body: { stale: false } });
  write({ groups: [group], modules: [{ name: 'm' }] });
  await logged(READ);
  t.equal(service.child.exitCode, null);
});

t.test('SIGHUP reads the file at once, and never ends the service', async (t) => {
  const groups = [{ ...FAST, name: 'db', targets: [`127.0.0.1:${openPort(t).port}`] }];
  const { service, write, until, logged } = await groupService(t, { groups });
  for (let i = 1; i <= 3; i++) {
    service.child.kill('SIGHUP');
    await logged(READ, i);
  }
  write('groups: [');
  service.child.kill('SIGHUP');
  await logged(REFUSED);
  await until('db', ({ state }) => state === 'up');
  const { code } = await service.end('SIGTERM');
  t.equal(code, 0);
});

t.test('a module that changes is there for the next probe', async (t) => {
  const { port: open } = openPort(t);
  const { url, write, logged } = await groupService(t, 'modules:\n  - name: m\n    expect: closed\n');
  const probe = async (module: string): Promise<string | undefined> => {
    const { text } = await ask(`${url}/probe?target=127.0.0.1:${open}&module=${module}`);
    return /^probe_success ([01])$/m.exec(text)?.[1];
  };
  t.equal(await probe('m'), '0', 'open, and expected to be closed');
  t.equal(await probe('tcp_connect'), '1');
  write('modules:\n  - name: m\n  - name: tcp_connect\n    expect: closed\n');
  await logged(READ);
  t.equal(await probe('m'), '1');
  t.equal(await probe('tcp_connect'), '0', 'a built-in one is replaced');
  write('modules:\n  - name: tcp_connect\n    timeoutMs: 5\n');
  t.match((await logged(REFUSED))[0]?.['mistakes'], [/^3:5: modules\[0\]\.timeoutMs: takes an integer from 10 to /]);
});
