// The whole service as a process: it starts or says why not, answers, and tells about itself.
import { once } from 'node:events';
import { createServer } from 'node:net';
import t from 'tap';
import type { CheckReply } from '../src/check/result.ts';
import { VERSION } from '../src/process/version.ts';
import { check, Service } from './support/service.ts';

t.setTimeout(180_000);

t.test('it says once where it listens, how many attempts it may have in flight, and which policy is on', async (t) => {
  const service = new Service(t, { env: { MAX_IN_FLIGHT: '77', MAX_TARGETS: '77' } });
  const url = await service.listening();
  t.match(service.log, [{ listening: [url], maxInFlight: 77, policy: 'cluster', version: VERSION, level: 'info' }]);
  t.equal(service.log.length, 1);
  t.match(url, /^http:\/\/127\.0\.0\.1:\d+$/);
});

t.test('it checks targets for real, in one reply and streamed', async (t) => {
  const service = new Service(t, {});
  const url = await service.listening();
  const { port } = new URL(url);
  const reply = (await (await check(url, { targets: [`127.0.0.1:${port}`, '127.0.0.1:1'] })).json()) as CheckReply;
  t.match(reply, {
    ok: false,
    results: [
      { ok: true, outcome: 'open' },
      { ok: false, outcome: 'refused' },
    ],
  });
  const get = await fetch(`${url}/check?target=localhost:${port}&family=ipv4`);
  t.equal(get.status, 200);
  t.match(await get.json(), { results: [{ outcome: 'open', dns: { addresses: ['127.0.0.1'] } }] });
  t.equal((await fetch(`${url}/check?target=127.0.0.1:1`)).status, 503);
  t.equal((await fetch(`${url}/livez`)).status, 200);
  t.equal((await fetch(`${url}/readyz`)).status, 200);
});

t.test('a start that cannot be says why in one line', async (t) => {
  const taken = createServer().listen(0, '127.0.0.1');
  t.teardown(() => taken.close());
  await once(taken, 'listening');
  const { port } = taken.address() as { port: number };
  const rows: readonly (readonly [env: Record<string, string>, argv: string[], code: number, line: RegExp])[] = [
    [{ PORT: '80a' }, [], 2, /^reachd: PORT="80a" is not valid: it takes an integer from 0 to 65535\n$/],
    [
      {},
      ['--prot=1'],
      2,
      /^reachd: unknown option '--prot=1' \(Did you mean --port\?\); "reachd serve --help" says more\n$/,
    ],
    [
      { HOST: '0.0.0.0' },
      [],
      2,
      /^reachd: HOST=0\.0\.0\.0 lets other machines ask, .* API_TOKENS_FILE .* AUTH=none .*\n$/,
    ],
    [{ API_TOKENS: 'ci:short' }, [], 2, /^reachd: API_TOKENS: entry 1 takes a token of at least 16 .*\n$/],
    [{ API_TOKENS_FILE: '/dev/null' }, [], 2, /^reachd: API_TOKENS_FILE=\/dev\/null holds no token\n$/],
    [{ API_TOKENS_FILE: '/no/such' }, [], 2, /^reachd: API_TOKENS_FILE=\/no\/such: ENOENT.*\n$/],
    [{ DENY_CIDRS: '10.0.0.0/33' }, [], 2, /^reachd: DENY_CIDRS: "10.0.0.0\/33" .*\n$/],
    [
      { API_TOKENS: 'ci:short' },
      ['--print-config'],
      2,
      /^reachd: API_TOKENS: entry 1 takes a token of at least 16 .*\n$/,
    ],
    [{ API_TOKENS_FILE: '/dev/null' }, ['--print-config'], 2, /^reachd: API_TOKENS_FILE=\/dev\/null holds no token\n$/],
    [
      { ALLOW_CIDRS: '10.0.0.1/8' },
      ['--print-config'],
      2,
      /^reachd: ALLOW_CIDRS: "10.0.0.1\/8" .*write 10.0.0.0\/8\n$/,
    ],
    [{}, ['--print-config', '--deny-cidrs=10.0.0.0/33'], 2, /^reachd: DENY_CIDRS: "10.0.0.0\/33" .*\n$/],
    [{ ALLOW_PORTS: '80a' }, ['--print-config'], 2, /^reachd: ALLOW_PORTS: "80a" is neither a port .*\n$/],
    [{ PORT: String(port) }, [], 1, /^reachd: cannot listen on 127\.0\.0\.1:\d+: another process .*PORT\n$/],
    [
      { HOST: '192.0.2.1', AUTH: 'none' },
      [],
      1,
      /^reachd: cannot listen on 192\.0\.2\.1:0: HOST is not an address .*\n$/,
    ],
  ];
  for (const [env, argv, status, line] of rows) {
    await t.test(JSON.stringify([env, argv]), async (t) => {
      const service = new Service(t, { env, argv });
      const { code, stdout, stderr } = await service.ended;
      t.equal(code, status);
      t.match(stderr, line);
      t.equal(stdout, '');
    });
  }
});

t.test('settings that do nothing have a warning each, at the start and with --print-config', async (t) => {
  const env = {
    ALLOW_PORT: '5432',
    ALLOW_CIDRS: '10.0.0.0/8,192.168.7.0/24',
    DENY_CIDRS: '10.1.0.0/16,192.168.0.0/24',
    RATE_BURST: '5',
  };
  const expected = [
    /^"ALLOW_PORT" in the environment does nothing: did you mean ALLOW_PORTS\?$/,
    /^RATE_BURST=5 does nothing/,
    /^192\.168\.7\.0\/24 in ALLOW_CIDRS allows nothing more than POLICY=cluster does/,
    /^10\.1\.0\.0\/16 in DENY_CIDRS denies nothing: ALLOW_CIDRS goes first and has 10\.0\.0\.0\/8 around it$/,
  ];
  const service = new Service(t, { env });
  await service.listening();
  const warnings = service.log.filter(({ level }) => level === 'warn').map(({ msg }) => String(msg));
  t.equal(warnings.length, expected.length);
  expected.forEach((line, index) => t.match(warnings[index], line));

  const printed = await new Service(t, { env, argv: ['--print-config'] }).ended;
  t.equal(printed.code, 0);
  t.match(JSON.parse(printed.stdout), { RATE_BURST: 5 });
  const lines = printed.stderr.trimEnd().split('\n');
  t.equal(lines.length, expected.length);
  lines.forEach((line, index) => t.equal(line, `reachd: warning: ${warnings[index] ?? ''}`));
});

t.test('the start says where the docs are, with a first question that works as it stands', async (t) => {
  const service = new Service(t, {});
  const url = await service.listening();
  t.match(service.log, [{ docs: `${url}/docs`, try: `curl -s '${url}/check?target=${new URL(url).host}'` }]);
  const asked = /'(.*)'/.exec(String(service.log[0]?.['try']))?.[1] ?? '';
  t.equal((await fetch(asked)).status, 200);
  const withToken = new Service(t, { env: { API_TOKENS: 'ci:a-token-of-the-ci', HOST: '0.0.0.0' } });
  await withToken.listening();
  t.match(withToken.log, [
    { docs: String, tokens: 1, try: /^curl -s --oauth2-bearer \$TOKEN 'http:\/\/127\.0\.0\.1:/ },
  ]);
});

t.test('it shows no way to pages that are off', async (t) => {
  const service = new Service(t, { env: { PAGES: 'off' } });
  await service.listening();
  t.match(service.log[0], { try: String, docs: undefined });
});

t.test('it answers questions about itself on standard output', async (t) => {
  const rows = [
    [['--version'], new RegExp(`^${VERSION}\n$`)],
    [['--help'], /^Usage: reachd \[command\] \[options\]\n/],
    [['serve', '--help'], /^Usage: reachd serve \[options\]\n/],
    [['--port', '1', '--help'], /^Usage: reachd serve \[options\]\n/],
    [['--print-config'], /^\{\n {2}"HOST": "127\.0\.0\.1",\n/],
    [['serve', '--print-config', '--port', '1', '--port=2'], /^\{\n {2}"HOST": .*\n {2}"PORT": 2,\n/],
  ] as const;
  for (const [argv, text] of rows) {
    const { code, stdout, stderr } = await new Service(t, { argv }).ended;
    t.match({ code, stdout, stderr }, { code: 0, stdout: text, stderr: '' }, argv.join(' '));
  }
});
