// Settings that do nothing are told, a line each, and nothing that shells and Kubernetes set is.
import t from 'tap';
import { readConfig } from '../../src/config/config.ts';

type Env = Readonly<Record<string, string>>;

function warningsOf(env: Env, maxAttempts = Infinity): readonly string[] {
  return readConfig({ env, flags: new Map(), maxAttempts, maxHeldMb: 400, hostName: 'node-a' }).warnings;
}

t.test('a variable that is one or two letters off a setting’s name', (t) => {
  const rows = [
    ['ALLOW_PORT', 'ALLOW_PORTS'],
    ['ALOW_PORT', 'ALLOW_PORTS'],
    ['MAX_TARGET', 'MAX_TARGETS'],
    ['API_TOKEN', 'API_TOKENS'],
    ['API_TOKEN_FILE', 'API_TOKENS_FILE'],
    ['MAX_TIMOUT_MS', 'MAX_TIMEOUT_MS'],
    ['POLICY_MODES', 'POLICY_MODE'],
    ['POTR', 'PORT'],
    ['PORTS', 'PORT'],
    ['HSOT', 'HOST'],
  ] as const;
  for (const [name, meant] of rows) {
    t.same(warningsOf({ [name]: '5432' }), [`"${name}" in the environment does nothing: did you mean ${meant}?`], name);
  }
  t.end();
});

t.test('what every shell, Node and Kubernetes set is silent, and so is what is set right', (t) => {
  const env = {
    HOME: '/root',
    PATH: '/bin',
    TERM: 'xterm',
    USER: 'app',
    MAIL: '/var/mail/app',
    PWD: '/app',
    LANG: 'C.UTF-8',
    SHLVL: '1',
    HOSTNAME: 'reachd-0',
    NODE_ENV: 'production',
    KUBERNETES_PORT: 'tcp://10.0.0.1:443',
    KUBERNETES_SERVICE_HOST: '10.0.0.1',
    // A Service that is called "allow", and one that is called "audit".
    ALLOW_PORT: 'tcp://10.0.0.2:80',
    AUDIT_PORT: 'tcp://10.0.0.3:80',
    POST: '1',
    ALLOW_PORTS: '443',
    API_TOKEN: '',
  };
  t.same(warningsOf({ ...env, POST: '' }), []);
  t.match(warningsOf(env), [/"POST".*did you mean HOST/], 'what could be a mistake is told');
  t.end();
});

t.test('settings that wait for another one, or are more than this host has', (t) => {
  t.match(warningsOf({ RATE_BURST: '9' }), [/^RATE_BURST=9 does nothing: RATE_TARGETS_PER_SECOND is 0/]);
  t.same(warningsOf({ RATE_BURST: '9', RATE_TARGETS_PER_SECOND: '9' }), []);
  t.match(warningsOf({ POLICY: 'allowlist' }), [/^POLICY=allowlist denies every target/]);
  t.same(warningsOf({ POLICY: 'allowlist', ALLOW_CIDRS: '10.0.0.0/8' }), []);
  t.match(warningsOf({ MAX_TARGETS: '20000' }), [/^MAX_TARGETS=20000 is above MAX_IN_FLIGHT=10240/]);
  t.match(warningsOf({}, 600), [/^MAX_IN_FLIGHT is 600 and not 10240: .*ulimit -n/], 'one line for one reason');
  t.match(warningsOf({ MAX_IN_FLIGHT: '700' }, 600), [/^MAX_IN_FLIGHT is 600 and not 700/]);
  t.same(warningsOf({ MAX_IN_FLIGHT: '500', MAX_TARGETS: '500' }, 600), []);
  t.end();
});
