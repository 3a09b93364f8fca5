// The command's words: help, mistakes and what was meant, each in one line and with its status.
import t from 'tap';
import { reachd } from '../support/command.ts';
import { SETTINGS, flagOf } from '../../src/config/settings.ts';
import { contractOfCommand } from '../../src/cli/command-contract.ts';
import { Tokens } from '../../src/callers/tokens.ts';

t.setTimeout(180_000);

t.test('each word has help with examples, and help for a word is the word’s own', async (t) => {
  for (const word of ['serve', 'check', 'wait', 'ping', 'hash-token']) {
    const { code, stdout, stderr } = await reachd(t, [word, '--help']);
    t.equal(code, 0, word);
    t.equal(stderr, '');
    t.match(stdout, new RegExp(`^Usage: reachd ${word} [^]*\nExamples:\n {2}`), word);
  }
  t.equal((await reachd(t, ['help', 'check'])).stdout, (await reachd(t, ['check', '--help'])).stdout);
});

t.test('serve takes every setting as a flag, and says its variable, what it takes and its default', async (t) => {
  const stdout = (await reachd(t, ['serve', '--help'])).stdout.replaceAll(/\s+/g, ' ');
  for (const setting of Object.values(SETTINGS)) {
    t.ok(
      stdout.includes(` --${flagOf(setting)} <value> ${setting.about} (${setting.env}: ${setting.takes};`),
      setting.env,
    );
  }
});

t.test('check takes every option of the API as a flag, those that will be added too', async (t) => {
  const { stdout } = await reachd(t, ['check', '--help']);
  const keys = Object.keys(contractOfCommand().streamQuery.shape).filter((key) => key !== 'results');
  t.ok(keys.length > 8);
  for (const key of keys) {
    const flag = key.replace(/Ms$/, '').replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    t.match(stdout, new RegExp(`^ {2}--${flag} [<[]`, 'm'), key);
  }
});

t.test('a mistake is answered in one line, with what was meant, and status 2', async (t) => {
  const rows = [
    [['chekc', '--help'], /^reachd: unknown command 'chekc' \(Did you mean check\?\)/],
    [['chekc', 'a.test:1'], /^reachd: unknown command 'chekc' \(Did you mean check\?\)/],
    [['db.test:5432'], /^reachd: unknown command .* \(Did you mean reachd check db\.test:5432\?\)/],
    [['check', '--timout', '1s', '127.0.0.1:1'], /^reachd: unknown option '--timout' \(Did you mean --timeout\?\)/],
    [['check'], /^reachd: nothing to check: name a target/],
    [['check', 'db.test'], /^reachd: "db\.test" is no target: port is missing: write host:port\n$/],
    [
      ['check', '127.0.0.1:1', '--timeout', 'soon'],
      /^reachd: --timeout takes a time such as 500ms, 2s or 1m, not "soon"\n$/,
    ],
    [['check', '127.0.0.1:1', '--timeout', '1'], /^reachd: --timeout takes an integer from 10 .*\(milliseconds\)\n$/],
    [['check', '127.0.0.1:1', '--timeout-ms', '2x'], /^reachd: --timeout takes/],
    [['check', '127.0.0.1:1', '--family', 'ip'], /^reachd: --family takes one of any, ipv4, ipv6\n$/],
    [['check', '127.0.0.1:1', '--expect', 'opened'], /^reachd: --expect takes open, closed, or a list/],
    [
      ['check', '[::1]:1', '--family', 'ipv6', '--source-address', '127.0.0.1'],
      /^reachd: --source-address takes an IPv6 address: family is ipv6\n$/,
    ],
    [['check', '127.0.0.1:1', '--output', 'yaml'], /^reachd: .*table, json, ndjson, tap, junit/],
    [['check', '--file', '/no/such/file'], /^reachd: --file \/no\/such\/file cannot be read: ENOENT/],
    [['check', '--file', '/tmp'], /^reachd: --file \/tmp cannot be read: it is a directory\n$/],
    [['check', '--file', '/dev/null'], /^reachd: nothing to check: there is no target in it\n$/],
    [['check', '127.0.0.1:1', '--max-in-flight', '0'], /^reachd: --max-in-flight="0" is not valid/],
    [['check', '127.0.0.1:1', '--url', 'reachd.test'], /^reachd: --url takes a URL such as/],
    [['wait', '127.0.0.1:1', '--within', 'x'], /^reachd: --within takes a time/],
    [['ping', '127.0.0.1:1', '--interval', '2m'], /^reachd: --interval takes 1ms to 30s\n$/],
    [['ping', '127.0.0.1:1', '--count', '0'], /^reachd: .*integer from 1 on/],
    [['ping'], /^reachd: missing required argument 'target'/],
    [['serve', '8080'], /^reachd: too many arguments/],
  ] as const;
  for (const [argv, line] of rows) {
    const { code, stdout, stderr } = await reachd(t, argv);
    t.match({ code, stdout }, { code: 2, stdout: '' }, argv.join(' '));
    t.match(stderr, line);
    t.equal(stderr.trimEnd().split('\n').length, 1, 'one line');
  }
});

t.test('hash-token makes the line of a token file, from an argument or standard input', async (t) => {
  const token = 'a-token-of-the-ci-0123';
  const [asWord, asInput] = [
    await reachd(t, ['hash-token', '--name', 'ci', token]),
    await reachd(t, ['hash-token', '--name', 'ci'], { input: `${token}\n` }),
  ];
  t.match(asWord.stdout, /^ci:sha256:[0-9a-f]{64}\n$/);
  t.equal(asInput.stdout, asWord.stdout);
  t.equal(new Tokens([asWord.stdout.trim()]).nameOf(token), 'ci');
  const short = await reachd(t, ['hash-token', 'short']);
  t.equal(short.code, 2);
  t.match(short.stderr, /^reachd: a token has at least 16/);
  t.notMatch(short.stderr, /short/, 'not even a wrong token is printed');
});
