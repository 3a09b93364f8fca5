// `reachd check` in process, on real sockets: files, forms of the output by their own parsers, and exit statuses.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import t, { type Test } from 'tap';
import { Parser, type Result } from 'tap-parser';
import type { CheckResult, StreamSummary } from '../../src/check/result.ts';
import { openPort, reachd } from '../support/command.ts';
import { Service } from '../support/service.ts';

t.setTimeout(180_000);

const ESCAPE = '\u001b';

function fileOf(t: Test, text: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'reachd-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  writeFileSync(join(directory, 'targets.txt'), text);
  return join(directory, 'targets.txt');
}

t.test('one target is answered in one line, with who said no; its status tells', async (t) => {
  const port = await openPort(t);
  const open = await reachd(t, ['check', `127.0.0.1:${port}`]);
  t.match(open, { code: 0, stderr: '', stdout: /^127\.0\.0\.1:\d+ {2}open {2,}[\d.]+ ms\n$/ });
  const refused = await reachd(t, ['check', '127.0.0.1:1']);
  t.match(refused, { code: 1, stderr: '', stdout: /^127\.0\.0\.1:1 {2}refused {2}[\d.]+ ms {2}RST from the target/ });
  t.equal((await reachd(t, ['check', '127.0.0.1:1', '--expect', 'closed'])).code, 0);
  const listed = ['check', '127.0.0.1:1', '--expect', 'refused,timeout', '--timeout', '2s', '--quiet'];
  t.match(await reachd(t, listed), { code: 0, stdout: '', stderr: '' });
});

t.test('several are a table in the order in which they were asked for, without a colour in a pipe', async (t) => {
  const port = await openPort(t);
  const { code, stdout } = await reachd(t, ['check', `localhost:${port}`, '127.0.0.1:1', '--family', 'ipv4']);
  t.equal(code, 1);
  const [head, first, second, blank, summary] = stdout.split('\n');
  t.match(head, /^TARGET +OUTCOME +LATENCY +ADDRESS +REASON$/);
  t.match(first, new RegExp(`^localhost:${port} +open +[\\d.]+ ms +127\\.0\\.0\\.1$`));
  t.match(second, /^127\.0\.0\.1:1 +refused /);
  t.equal(head?.indexOf('OUTCOME'), second?.indexOf('refused'), 'columns are aligned');
  t.equal(blank, '');
  t.match(summary, /^2 targets: 1 ok, 1 not \(1 open, 1 refused\); /);
  t.notOk(stdout.includes(ESCAPE));
});

t.test(
  'a file has a target a line: CSV, CRLF, comments; a bad line is told by its number, the others are asked',
  async (t) => {
    const port = await openPort(t);
    const lines = [
      '\ufeffhost,port',
      `127.0.0.1,${port}`,
      '# a comment',
      '',
      `"127.0.0.2","${port}"`,
      'no port here',
      `  tcp://127.0.0.3:${port}  `,
      '::1,1',
      '127.0.0.4,99999',
      `127.0.0.5;${port}`,
    ];
    const file = fileOf(t, lines.join('\r\n'));
    const { code, stdout, stderr } = await reachd(t, ['check', '--file', file, '--output', 'json']);
    t.equal(code, 1);
    const reply = JSON.parse(stdout) as { results: CheckResult[]; summary: StreamSummary; ok: boolean };
    t.same(
      reply.results.map(({ target, outcome }) => `${target} ${outcome}`),
      [
        `127.0.0.1:${port} open`,
        `127.0.0.2:${port} open`,
        `127.0.0.3:${port} open`,
        '[::1]:1 refused',
        `127.0.0.5:${port} open`,
      ],
    );
    t.match(reply, { ok: false, summary: { total: 5, ok: 4, notOk: 1, invalid: 2 }, vantage: { name: String } });
    const complaints = stderr.trimEnd().split('\n').sort();
    t.equal(complaints.length, 2);
    t.match(complaints[0], /^reachd: .*targets\.txt:6: target must not contain spaces/);
    t.match(complaints[1], /^reachd: .*targets\.txt:9: port must be an integer from 1 to 65535/);
  },
);

t.test('lines come from standard input too, and --only-failed lists what is not ok', async (t) => {
  const port = await openPort(t);
  const input = `127.0.0.1:${port}\n127.0.0.1:1\n127.0.0.2:${port}`;
  const { code, stdout } = await reachd(t, ['check', '--file', '-', '--only-failed', '--output', 'ndjson'], { input });
  t.equal(code, 1);
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as object);
  t.match(lines, [{ index: 1, outcome: 'refused' }, { summary: { total: 3, ok: 2, notOk: 1, invalid: 0 } }]);
  t.equal(lines.length, 2);
});

t.test('tap’s own parser takes --output tap', async (t) => {
  const port = await openPort(t);
  const input = `127.0.0.1:${port}\n127.0.0.1:1\nnot a target`;
  const { code, stdout } = await reachd(t, ['check', '--file', '-', '--output', 'tap'], { input });
  t.equal(code, 1);
  const points: Result[] = [];
  const parser = new Parser({ strict: true });
  parser.on('assert', (point: Result) => points.push(point));
  parser.end(stdout);
  t.match(
    parser,
    { count: 3, pass: 1, fail: 2, failures: { length: 2 }, planEnd: 3 },
    'and finds no failure of its own',
  );
  t.match(points, [
    { ok: true, name: new RegExp(`^127\\.0\\.0\\.1:${port} open in `) },
    { ok: false, diag: { outcome: 'refused', message: /^RST from/ } },
    { ok: false, name: 'standard input:3', diag: { message: /spaces/ } },
  ]);
});

t.test('an XML parser takes --output junit', async (t) => {
  const port = await openPort(t);
  const input = `127.0.0.1:${port}\n127.0.0.1:1\n<&">\u0001:1`;
  const { code, stdout } = await reachd(t, ['check', '--file', '-', '--output', 'junit'], { input });
  t.equal(code, 1);
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- the parser alone forgives what is not well-formed
  t.equal(XMLValidator.validate(stdout), true);
  const parser = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: '' });
  const document = parser.parse(stdout) as { testsuites: { testsuite: { name: string; testcase: object[] } } };
  const { name, testcase } = document.testsuites.testsuite;
  t.equal(name, 'reachd check');
  t.match(testcase, [
    { name: `127.0.0.1:${port}`, time: /^\d\.\d+$/ },
    { name: '127.0.0.1:1', failure: { type: 'refused', message: /^refused: RST from the target/ } },
    { name: 'standard input:3', error: { message: /^target must not/ } },
  ]);
  t.notOk('failure' in (testcase[0] ?? {}));
});

t.test('10,000 targets of a file each get their own result, in order', async (t) => {
  const port = await openPort(t);
  const targets = Array.from({ length: 10_000 }, (_, i) => {
    return `127.0.${Math.floor(i / 250)}.${(i % 250) + 1}:${i % 10 === 3 ? 1 : port}`;
  });
  const { code, stdout, stderr } = await reachd(t, [
    'check',
    '--file',
    fileOf(t, targets.join('\n')),
    '--output',
    'json',
  ]);
  t.match({ code, stderr }, { code: 1, stderr: '' });
  const { results, summary } = JSON.parse(stdout) as { results: CheckResult[]; summary: StreamSummary };
  t.match(summary, { total: 10_000, ok: 9000, notOk: 1000, outcomes: { open: 9000, refused: 1000 }, invalid: 0 });
  const wrong = results.filter(({ target, outcome }, i) => {
    return target !== targets[i] || outcome !== (i % 10 === 3 ? 'refused' : 'open');
  });
  t.same(wrong, []);
});

t.test('a reader that has read enough ends it without a word', async (t) => {
  const port = await openPort(t);
  const many = Array.from({ length: 50_000 }, () => `127.0.0.1:${port}`).join('\n');
  const command = new Service(t, { argv: ['check', '--file', '-', '--output', 'ndjson'], stdin: 'pipe' });
  command.child.stdin?.on('error', () => undefined);
  command.child.stdin?.end(many);
  const { stdout } = command.child;
  if (stdout === null) throw new Error('it is a pipe');
  await once(stdout, 'data');
  stdout.destroy();
  const { code, stderr } = await command.ended;
  t.match({ code, stderr }, { code: 141, stderr: '' });
});

t.test('a full disk is no answer of a target: one line says so, and the status is 2', async (t) => {
  const target = `127.0.0.1:${await openPort(t)}`;
  const words = [
    ['check', target],
    ['check', target, '--output', 'ndjson'],
    ['wait', target],
    ['hash-token', 'a-token-of-the-ci'],
    ['--help'],
    ['--print-config'],
  ];
  for (const argv of words) {
    const within = ['sh', '-c', 'exec "$@" >/dev/full', 'sh'];
    const { code, stderr } = await new Service(t, { argv, within }).ended;
    t.match(
      { code, stderr },
      { code: 2, stderr: /^reachd: cannot write to standard output: ENOSPC\n$/ },
      argv.join(' '),
    );
  }
});

t.test('Ctrl-C ends it in order: what has no answer is cancelled, and the status is 130', async (t) => {
  const port = await openPort(t);
  const argv = ['check', '--file', '-', '--count', '100', '--interval', '10s', '--output', 'json'];
  const command = new Service(t, { argv, stdin: 'pipe' });
  // The bad line is told when it is read, and the other one is asked in the same turn.
  command.child.stdin?.write(`bad\n127.0.0.1:${port}\n`);
  if (command.child.stderr !== null) await once(command.child.stderr, 'data');
  command.child.kill('SIGINT');
  const { code, stdout } = await command.ended;
  t.equal(code, 130, 'though its standard input is still open');
  t.match(JSON.parse(stdout), { ok: false, results: [{ outcome: 'cancelled' }], summary: { notOk: 1, invalid: 1 } });
});
