// Environment and flags → one frozen Config, or one line that names the setting, its value and what it takes.
import t from 'tap';
import { ConfigError, printConfig, readConfig } from '../../src/config/config.ts';

type Env = Readonly<Record<string, string>>;

/** `argv`: flags with their values, `--port=80`. */
function read(argv: readonly string[] = [], env: Env = {}, maxAttempts = Infinity, hostName = 'node-a') {
  const flags = new Map(argv.map((flag) => flag.slice(2).split('=', 2) as [string, string]));
  return readConfig({ env, flags, maxAttempts, maxHeldMb: 400, hostName });
}

t.test('nothing set gives the documented defaults', async (t) => {
  const { warnings, config } = read();
  t.same(warnings, []);
  t.same(config, {
    host: '127.0.0.1',
    port: 8080,
    metricsPort: 0,
    vantage: 'node-a',
    natsUrl: [],
    natsCredentialsFile: '',
    natsCaFile: '',
    vantageLabels: [],
    fleetRole: 'both',
    logLevel: 'info',
    defaultTimeoutMs: 3000,
    maxTimeoutMs: 30_000,
    maxTargets: 10_000,
    maxDeadlineMs: 0,
    maxInFlight: 10_240,
    maxQueued: 100_000,
    maxQueuedPerCaller: 0,
    maxHeldMb: 400,
    streamWindow: 10_000,
    maxInFlightPerAddress: 0,
    rateTargetsPerSecond: 0,
    rateBurst: 0,
    connectRate: 0,
    trace: 'on',
    maxTraces: 16,
    traceMaxHops: 30,
    auth: 'token',
    tlsCaFile: '',
    apiTokensFile: '',
    apiTokens: [],
    configFile: '',
    pages: 'open',
    policy: 'cluster',
    allowCidrs: [],
    denyCidrs: [],
    allowPorts: [],
    policyMode: 'enforce',
    audit: 'denied',
    drainDelayMs: 5000,
    shutdownGraceMs: 20_000,
  });
  t.ok(Object.isFrozen(config));
  return Promise.resolve();
});

t.test('what callers may make it hold is what the memory allows, unless it is set', async (t) => {
  t.equal(read([], { MAX_HELD_MB: '0' }).config.maxHeldMb, 400);
  t.equal(read([], { MAX_HELD_MB: '64' }).config.maxHeldMb, 64);
  return Promise.resolve();
});

t.test('a deadline for all requests is none, or one that a request might have', async (t) => {
  t.equal(read([], { MAX_DEADLINE_MS: '0' }).config.maxDeadlineMs, 0);
  t.equal(read(['--max-deadline-ms=10']).config.maxDeadlineMs, 10);
  for (const ms of ['1', '9', '3600001', '00', '']) {
    if (ms !== '')
      t.throws(() => read([], { MAX_DEADLINE_MS: ms }), /^MAX_DEADLINE_MS="\d+" is not valid: it takes 0, or an/);
    t.throws(
      () => read([`--max-deadline-ms=${ms}`]),
      /^--max-deadline-ms="\d*" is not valid: it takes 0, or an integer/,
    );
  }
  return Promise.resolve();
});

t.test('a vantage is called as the host is, made a plain word, unless it has a name', async (t) => {
  const named = (hostName: string, env: Env = {}) => read([], env, Infinity, hostName).config.vantage;
  t.equal(named('Node-7.eu'), 'Node-7.eu');
  t.equal(named('my_host é'), 'my-host--');
  t.equal(named(''), 'localhost');
  t.equal(named('node-a', { VANTAGE: 'dmz.1' }), 'dmz.1');
  for (const VANTAGE of ['a b', 'a_b', 'é', 'a/b', 'a'.repeat(254)]) {
    t.throws(() => named('node-a', { VANTAGE }), /^VANTAGE=.* is not valid: it takes 1 to 253 letters/);
  }
  return Promise.resolve();
});

t.test('values that are taken', async (t) => {
  const rows: readonly (readonly [argv: readonly string[], env: Env, expected: object])[] = [
    [[], { PORT: '9000', HOST: '0.0.0.0', AUTH: 'none' }, { port: 9000, host: '0.0.0.0' }],
    [[], { PORT: '' }, { port: 8080 }],
    [[], { PORT: '0' }, { port: 0 }],
    [[], { HOST: '::', AUTH: 'none' }, { host: '::', auth: 'none' }],
    [[], { HOST: '0.0.0.0', API_TOKENS: 'a:b, c:d' }, { host: '0.0.0.0', apiTokens: ['a:b', 'c:d'] }],
    [[], { HOST: '0.0.0.0', API_TOKENS_FILE: '/tokens' }, { host: '0.0.0.0', apiTokensFile: '/tokens' }],
    [[], { HOST: '127.8.9.1' }, { host: '127.8.9.1' }],
    [[], { HOST: '::1' }, { host: '::1' }],
    [[], { HOST: 'localhost' }, { host: 'localhost' }],
    [[], { POLICY_MODE: 'report', AUDIT: 'all' }, { policyMode: 'report', audit: 'all' }],
    [[], { RATE_TARGETS_PER_SECOND: '500', RATE_BURST: '9' }, { rateTargetsPerSecond: 500, rateBurst: 9 }],
    [['--port=9000'], {}, { port: 9000 }],
    [['--port=9000'], { PORT: '9001' }, { port: 9000 }],
    [['--port=9000'], { PORT: 'nonsense, but overridden' }, { port: 9000 }],
    [['--log-level=debug'], { LOG_LEVEL: 'warn' }, { logLevel: 'debug' }],
    [[], { POLICY: 'public-only' }, { policy: 'public-only' }],
    [[], { ALLOW_CIDRS: '10.0.0.0/8, ::1/128,' }, { allowCidrs: ['10.0.0.0/8', '::1/128'] }],
    [['--allow-ports='], { ALLOW_PORTS: '443' }, { allowPorts: [] }],
    [[], { UNKNOWN: 'x', PATH: '/bin' }, { port: 8080 }],
  ];
  for (const [argv, env, expected] of rows) t.match(read(argv, env).config, expected, JSON.stringify([argv, env]));
  return Promise.resolve();
});

t.test('values that stop the start, with one line each', async (t) => {
  const rows: readonly (readonly [argv: readonly string[], env: Env, line: string])[] = [
    [[], { PORT: '80a' }, 'PORT="80a" is not valid: it takes an integer from 0 to 65535'],
    [[], { PORT: '70000' }, 'PORT="70000" is not valid: it takes an integer from 0 to 65535'],
    [[], { PORT: '-1' }, 'PORT="-1" is not valid: it takes an integer from 0 to 65535'],
    [[], { PORT: '8e3' }, 'PORT="8e3" is not valid: it takes an integer from 0 to 65535'],
    [[], { PORT: ' 80' }, 'PORT=" 80" is not valid: it takes an integer from 0 to 65535'],
    [[], { PORT: '80\n81' }, 'PORT="80\\n81" is not valid: it takes an integer from 0 to 65535'],
    [['--port='], {}, '--port="" is not valid: it takes an integer from 0 to 65535'],
    [[], { HOST: 'a b' }, 'HOST="a b" is not valid: it takes an address or host name to listen on'],
    [
      [],
      { LOG_LEVEL: 'loud' },
      'LOG_LEVEL="loud" is not valid: it takes one of fatal, error, warn, info, debug, trace, silent',
    ],
    [[], { POLICY: 'none' }, 'POLICY="none" is not valid: it takes one of cluster, public-only, allowlist'],
    [[], { MAX_TARGETS: '0' }, 'MAX_TARGETS="0" is not valid: it takes an integer from 1 to 100000'],
    [
      [],
      { MAX_TIMEOUT_MS: '100' },
      'DEFAULT_TIMEOUT_MS=3000 is not valid: it takes at most MAX_TIMEOUT_MS, which is 100',
    ],
  ];
  for (const [argv, env, line] of rows) {
    t.throws(() => read(argv, env), new ConfigError(line), JSON.stringify([argv, env]));
    t.notMatch(line, /[\r\n]/);
  }
  t.throws(() => read([], { MAX_QUEUED: '100' }), { message: /^MAX_QUEUED=100 .* MAX_TARGETS, which is 10000/ });
  return Promise.resolve();
});

t.test('nobody offers other machines to connect for them by mistake', async (t) => {
  const ways = 'set API_TOKENS_FILE (or API_TOKENS), or AUTH=none to let anybody ask';
  for (const HOST of [
    '0.0.0.0',
    '::',
    '10.0.0.5',
    '::ffff:127.0.0.1',
    'reachd.internal',
    'localhost.example',
    '127.1',
  ]) {
    const line = `HOST=${HOST} lets other machines ask, and there is no API token: ${ways}`;
    t.throws(() => read([], { HOST }), new ConfigError(line));
    t.equal(read([], { HOST, AUTH: 'none' }).config.auth, 'none');
  }
  return Promise.resolve();
});

t.test('settings that contradict each other stop the start', async (t) => {
  const rows: readonly (readonly [env: Env, line: RegExp])[] = [
    [{ AUTH: 'none', API_TOKENS: 'a:b' }, /^AUTH=none is not valid: there are API tokens/],
    [{ AUTH: 'none', API_TOKENS_FILE: '/tokens' }, /^AUTH=none is not valid: there are API tokens/],
    [{ API_TOKENS: 'a:b', API_TOKENS_FILE: '/tokens' }, /^API_TOKENS and API_TOKENS_FILE are both set/],
    [{ POLICY_MODE: 'report', AUDIT: 'none' }, /^AUDIT=none is not valid: with POLICY_MODE=report/],
    [{ MAX_QUEUED_PER_CALLER: '9999' }, /^MAX_QUEUED_PER_CALLER=9999 .* MAX_TARGETS, which is 10000/],
  ];
  for (const [env, message] of rows) t.throws(() => read([], env), { name: 'ConfigError', message });
  return Promise.resolve();
});

t.test('of tokens only their number is printed', async (t) => {
  const text = printConfig(read([], { API_TOKENS: 'ci:secret-of-the-ci,ops:secret-of-ops' }).config);
  t.match(JSON.parse(text), { API_TOKENS: ['redacted', 'redacted'] });
  t.notMatch(text, 'secret');
  return Promise.resolve();
});

t.test('attempts in flight never exceed what the descriptor limit leaves', async (t) => {
  t.equal(read([], { MAX_IN_FLIGHT: '5000' }, 600).config.maxInFlight, 600);
  t.equal(read([], { MAX_IN_FLIGHT: '500' }, 600).config.maxInFlight, 500);
  return Promise.resolve();
});
