// Groups on the real service: real rounds through the worker, to ports that open and close.
import t from 'tap';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { configFile, groupService, roundsBeforeChange } from '../support/group-service.ts';
import { ask } from '../support/http-client.ts';
import { closedPort, openPort, switchedPort } from '../support/raw-sockets.ts';
import { Service } from '../support/service.ts';

t.setTimeout(300_000);

const FAST = { intervalMs: 100, timeoutMs: 5000, staleAfterMs: 60_000 };

/** So many at the end of `rounds` are `ok`, and the one before them is not. */
function lastRun(rounds: readonly (boolean | null)[], ok: boolean): number {
  const other = rounds.findLastIndex((round) => round !== ok);
  return rounds.length - 1 - other;
}

t.test('a dependency that stops: down after exactly `fall` rounds, up after exactly `rise`', async (t) => {
  const { port, set } = switchedPort(t);
  const group = { ...FAST, name: 'db', targets: [`127.0.0.1:${port}`], rise: 4, fall: 5 };
  const { until, ready, logged } = await groupService(t, { groups: [group] });
  const first = await until('db', ({ state }) => state === 'up');
  t.same(roundsBeforeChange(first), [true, true, true, true]);
  t.match(await ready('db'), { status: 200, body: { state: 'up', ready: true } });
  for (let i = 0; i < 2; i++) {
    set(false);
    const down = await until('db', ({ state }) => state === 'down');
    t.equal(lastRun(roundsBeforeChange(down), false), 5);
    t.match(await ready('db'), { status: 503, body: { state: 'down', ready: false, since: down.since } });
    t.match(down.targets, [{ counts: 'bad', result: { outcome: 'refused' } }]);
    set(true);
    const up = await until('db', ({ state }) => state === 'up');
    t.equal(lastRun(roundsBeforeChange(up), true), 4);
    t.match(await ready('db'), { status: 200 });
  }
  const lines = await logged(/^a group is /, 5);
  t.match(
    lines.map(({ to }) => to),
    ['up', 'down', 'up', 'down', 'up'],
  );
  t.match(lines[1], { group: 'db', from: 'up', bad: [`127.0.0.1:${port}`] });
});

t.test(
  'a target that flaps every other round never turns it, and neither does one in `downOn` that is left out',
  async (t) => {
    const flapping = switchedPort(t);
    const groups = [
      { ...FAST, name: 'flapping', targets: [`127.0.0.1:${flapping.port}`], intervalMs: 200, rise: 3, fall: 3 },
      { ...FAST, name: 'gone', targets: [`127.0.0.1:${closedPort(t).port}`], downOn: ['timeout', 'unreachable'] },
    ];
    const { until, report, ready } = await groupService(t, { groups });
    let { rounds } = await until('flapping', ({ state }) => state === 'up');
    let isOpen = true;
    let alternations = 0;
    while (alternations < 8) {
      const last = rounds.at(-1);
      flapping.set((isOpen = !isOpen));
      const next = await until('flapping', (group) => group.rounds.at(-1)?.at !== last?.at);
      // A slow machine may let two rounds pass before the port is switched: that is no alternation.
      alternations += next.rounds.at(-1)?.ok === last?.ok ? 0 : 1;
      ({ rounds } = next);
      const longest = rounds.reduce((run, { ok }) => (ok === false ? run + 1 : 0), 0);
      if (longest < 3) t.equal(next.state, 'up');
    }
    t.ok(alternations >= 8);
    const gone = await report('gone');
    t.match(gone, { state: 'up', targets: [{ counts: 'good', result: { ok: false, outcome: 'refused' } }] });
    t.match(await ready('gone'), { status: 200 });
  },
);

/** Accepts, and counts whoever comes. */
async function counting(t: { teardown: (close: () => void) => unknown }) {
  let count = 0;
  const server: Server = createServer((socket) => {
    count++;
    socket.on('error', () => undefined).resume();
  }).listen(0, '127.0.0.1');
  t.teardown(() => server.close());
  await once(server, 'listening');
  return { port: (server.address() as { port: number }).port, count: () => count };
}

t.test('a thousand readiness requests make no check', async (t) => {
  const { port, count } = await counting(t);
  const group = { name: 'db', targets: [`127.0.0.1:${port}`], handshake: 'full', intervalMs: 3_600_000, rise: 1 };
  const { service, url, until } = await groupService(t, { groups: [group] });
  const before = await until('db', ({ state }) => state === 'up');
  t.equal(count(), 1);
  const startedAt = performance.now();
  for (let i = 0; i < 20; i++) {
    const answers = await Promise.all(Array.from({ length: 50 }, () => ask(`${url}/ready/db`)));
    t.ok(answers.every(({ status }) => status === 200));
  }
  t.comment(`1000 requests in ${(performance.now() - startedAt).toFixed(0)} ms`);
  t.equal(count(), 1, 'the target was met once, in the first round');
  t.same((await until('db', () => true)).rounds, before.rounds);
  t.notOk(
    service.log.some(({ url }) => String(url).startsWith('/ready')),
    'nor a line in the log',
  );
});

t.test(
  'limits are those of every caller: a caller `groups` that asks for too much learns nothing, and waits',
  async (t) => {
    const targets = [openPort(t), openPort(t), openPort(t)].map(({ port }) => `127.0.0.1:${port}`);
    const env = { RATE_TARGETS_PER_SECOND: '1', RATE_BURST: '3', AUDIT: 'all' };
    const { report, logged } = await groupService(t, { groups: [{ ...FAST, name: 'db', targets }] }, { env });
    const [told] = await logged(/^a round of a group told nothing/);
    t.match(told, { level: 'warn', group: 'db', trouble: 'This caller may ask for 1 targets a second.' });
    t.match(await report('db'), { state: 'unknown', rounds: { length: 1 } });
    const audit = await logged(/^audit$/, 3);
    t.match(audit[0], { principal: 'groups', from: 'schedule', reqId: 'db-1', outcome: 'open' });
  },
);

t.test('a file that a start cannot take stops it, with line, column, path and reason', async (t) => {
  const rows: readonly (readonly [content: string, line: RegExp])[] = [
    [
      'groups:\n  - name: a\n    targets: ["b:0"]\n',
      /^reachd: CONFIG_FILE=\S+\/reachd\.yaml:3:15: groups\[0\]\.targets\[0\]: port must .*\n$/,
    ],
    ['groups:\n  - name: "a\n', /^reachd: CONFIG_FILE=\S+\/reachd\.yaml:3:1: .*quote.*\n$/],
    ['', /^reachd: CONFIG_FILE=\S+\/reachd\.yaml:1:1: file: takes a mapping .*\n$/],
    [
      'groups:\n  - name: a\n    targets:\n      - 169.254.169.254:80\n',
      /^reachd: CONFIG_FILE=\S+:4:9: groups\[0\]\.targets\[0\]: takes an address that the policy allows: rule metadata, .*\n$/,
    ],
    [
      'modules:\n  - name: m\n    prober: tcp\n',
      /^reachd: CONFIG_FILE=\S+:3:5: modules\[0\]\.prober: is not a known field\n$/,
    ],
  ];
  for (const [content, line] of rows) {
    for (const argv of [[], ['--print-config']]) {
      const { path } = configFile(t, content);
      const { code, stderr } = await new Service(t, { argv, env: { CONFIG_FILE: path } }).ended;
      t.equal(code, 2);
      t.match(stderr, line);
    }
  }
  const gone = await new Service(t, { env: { CONFIG_FILE: '/no/such/file' } }).ended;
  t.match(gone, { code: 2, stderr: /^reachd: CONFIG_FILE=\/no\/such\/file: ENOENT.*\n$/ });
});

t.test('a name whose address is denied stops the start too', async (t) => {
  const { path } = configFile(t, { groups: [{ name: 'a', targets: ['localhost:1'] }] });
  const env = { CONFIG_FILE: path, DENY_CIDRS: '127.0.0.0/8,::1/128' };
  const { code, stderr } = await new Service(t, { env }).ended;
  t.equal(code, 2);
  t.match(stderr, /groups\[0\]\.targets\[0\]: takes an address that the policy allows: rule deny-cidrs?, /);
  const reporting = new Service(t, { env: { ...env, POLICY_MODE: 'report' } });
  t.ok(await reporting.listening(), 'where denials are only reported it starts');
});
