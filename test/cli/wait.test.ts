// `reachd wait`: it ends when the port opens, and gives up in time. `reachd ping`: lines, figures, and Ctrl-C.
import { once } from 'node:events';
import { createServer } from 'node:net';
import t from 'tap';
import { openPort, reachd } from '../support/command.ts';
import { Service } from '../support/service.ts';

t.setTimeout(180_000);

t.test('wait tells what it waits for, and ends with status 0 once the port is open', async (t) => {
  const port = await openPort(t);
  const later = await closedPort();
  const command = new Service(t, { argv: ['wait', `127.0.0.1:${port}`, `127.0.0.1:${later}`, '--within', '120s'] });
  const { stderr } = command.child;
  if (stderr === null) throw new Error('it is a pipe');
  const [told] = (await once(stderr, 'data')) as [Buffer];
  t.match(told.toString(), new RegExp(`^reachd: waiting for 127\\.0\\.0\\.1:${later}: refused, RST`));
  const server = createServer().listen(later, '127.0.0.1');
  t.teardown(() => server.close());
  const { code, stdout } = await command.ended;
  t.equal(code, 0);
  t.match(stdout, new RegExp(`127\\.0\\.0\\.1:${later} +open`));
});

t.test('wait gives up after its time, with status 1, and says what was last seen', async (t) => {
  const { code, stdout } = await reachd(t, ['wait', '127.0.0.1:1', '--within', '3s']);
  t.equal(code, 1);
  t.match(stdout, /^127\.0\.0\.1:1 {2}refused /);
  const two = await reachd(t, ['wait', '127.0.0.1:1', '127.0.0.1:2', '--within', '200ms']);
  t.match(two, { code: 1, stderr: /(^|\n)reachd: gave up after .* ms: 127\.0\.0\.1:1 and 1 more not as expected\n$/ });
  t.match(await reachd(t, ['wait', '127.0.0.1:1', '--within', '1ms', '--quiet']), { code: 1, stdout: '', stderr: '' });
  t.equal((await reachd(t, ['wait', '127.0.0.1:1', '--expect', 'closed', '--within', '60s'])).code, 0);
});

t.test('wait that is interrupted has status 130', async (t) => {
  const command = new Service(t, { argv: ['wait', '127.0.0.1:1'] });
  if (command.child.stderr !== null) await once(command.child.stderr, 'data');
  command.child.kill('SIGINT');
  t.equal((await command.ended).code, 130);
});

t.test('ping has a line for each attempt, and figures of all', async (t) => {
  const port = await openPort(t);
  const { code, stdout } = await reachd(t, ['ping', `127.0.0.1:${port}`, '--count', '3', '--interval', '1ms']);
  t.equal(code, 0);
  const lines = stdout.trimEnd().split('\n');
  t.match(lines, [
    /seq=1 {2}open {2}latency=[\d.]+ ms {2}rtt=[\d.]+ ms$/,
    /seq=2/,
    /seq=3/,
    /^$/,
    new RegExp(`^--- 127\\.0\\.0\\.1:${port}$`),
    /^3 sent, 0 % lost, 0 SYN retransmissions \(3 open\)$/,
    /^min [\d.]+ ms, avg .*, p95 .*, max .*, stddev .* ms$/,
  ]);
  const refused = await reachd(t, ['ping', '127.0.0.1:1', '--count', '2', '--interval', '1ms', '--quiet']);
  t.match(refused, { code: 1, stdout: /^\n--- 127\.0\.0\.1:1\n2 sent, 0 % lost, .* \(2 refused\)\n$/ });
});

t.test('Ctrl-C ends ping with its figures: 0 after one that was ok, 130 before', async (t) => {
  const port = await openPort(t);
  for (const [target, status] of [
    [`127.0.0.1:${port}`, 0],
    ['127.0.0.1:1', 130],
  ] as const) {
    const command = new Service(t, { argv: ['ping', target] });
    if (command.child.stdout !== null) await once(command.child.stdout, 'data');
    command.child.kill('SIGINT');
    const { code, stdout } = await command.ended;
    t.equal(code, status, target);
    t.match(stdout, /seq=1[^]*\n--- .*\n\d+ sent, /);
  }
});

/** A port on which nobody listens: it was free a moment ago. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
