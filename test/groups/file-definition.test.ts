// CONFIG_FILE as a value: what it takes, its defaults, and every mistake by its path.
import t from 'tap';
import { DEFAULTS } from '../../src/config/settings.ts';
import { Contract } from '../../src/contract/contract.ts';
import { type FileDefinition, parseFile } from '../../src/groups/file-definition.ts';

const contract = new Contract(DEFAULTS);

function parsed(value: unknown): FileDefinition {
  const file = parseFile(value, contract);
  if ('errors' in file) throw new Error(JSON.stringify(file.errors));
  return file;
}

/** The mistakes of a file, as `path: message`. */
function mistakes(value: unknown): string[] {
  const file = parseFile(value, contract);
  return 'errors' in file ? file.errors.map(({ path, message }) => `${path}: ${message}`) : [];
}

function mistakesOfGroup(fields: object): string[] {
  return mistakes({ groups: [{ name: 'a', targets: ['a.test:1', 'b.test:1'], ...fields }] });
}

t.test('a group needs a name and targets, and everything else has a default', (t) => {
  const { groups } = parsed({ groups: [{ name: 'checkout', targets: ['db.test:5432'] }] });
  t.match(groups, [
    {
      name: 'checkout',
      labels: ['db.test:5432'],
      intervalMs: 5000,
      jitter: 0.1,
      mode: 'all',
      rise: 2,
      fall: 3,
      downOn: ['refused', 'rejected', 'unreachable', 'timeout', 'unresolved'],
      staleAfterMs: 3 * 5000 + DEFAULTS.defaultTimeoutMs,
      spreadMs: 0,
      question: { checks: [{ target: { text: 'db.test:5432' }, options: { timeoutMs: 3000, handshake: 'half' } }] },
    },
  ]);
  t.end();
});

t.test('every option of a check is one of a group, and a target may have its own', (t) => {
  const cache = { host: 'cache', port: 6379, timeoutMs: 200, name: 'cache', intervalMs: 50 };
  const fields = { timeoutMs: 1000, handshake: 'full', family: 'ipv4', addresses: 'all', expect: 'closed', count: 2 };
  const { groups } = parsed({ groups: [{ name: 'a', targets: ['a.test:1', cache], intervalMs: 700, ...fields }] });
  t.match(groups[0]?.question.checks, [
    { options: { ...fields, intervalMs: 1000 } },
    { name: 'cache', options: { ...fields, timeoutMs: 200, intervalMs: 50 } },
  ]);
  t.same(groups[0]?.labels, ['a.test:1', 'cache']);
  t.equal(groups[0]?.staleAfterMs, 3 * 700 + 1000 + 1000, 'three intervals and what the slowest target may take');
  t.end();
});

t.test('a mistake is told by its path', (t) => {
  const name = 'a name of 1 to 63 lower-case letters, digits and hyphens';
  const downOn = 'takes a list of one or more different ones of refused, rejected, unreachable, timeout, unresolved';
  const rows: readonly (readonly [fields: object, ...mistakes: string[]])[] = [
    [{ name: 'A' }, `groups[0].name: takes ${name}`],
    [{ name: 'a'.repeat(64) }, `groups[0].name: takes ${name}`],
    [{ name: undefined }, `groups[0].name: is required: ${name}`],
    [{ targets: undefined }, 'groups[0].targets: is required: an array of 1 to 10000 targets'],
    [{ targets: [] }, 'groups[0].targets: takes an array of 1 to 10000 targets'],
    [{ targets: ['a.test:0'] }, 'groups[0].targets[0]: port must be an integer from 1 to 65535'],
    [{ targets: [{ host: 'a', port: '1' }] }, 'groups[0].targets[0].port: takes an integer from 1 to 65535'],
    [{ intervalMs: 99 }, 'groups[0].intervalMs: takes an integer from 100 to 3600000'],
    [{ intervalMs: '5s' }, 'groups[0].intervalMs: takes an integer from 100 to 3600000'],
    [{ jitter: 0.6 }, 'groups[0].jitter: takes a number from 0 to 0.5'],
    [{ mode: 'most' }, 'groups[0].mode: takes all, any, or how many targets must be ok'],
    [{ mode: 0 }, 'groups[0].mode: takes all, any, or how many targets must be ok'],
    [{ mode: 3 }, 'groups[0].mode: takes at most the number of targets, which is 2'],
    [{ rise: 0 }, 'groups[0].rise: takes an integer from 1 to 100'],
    [{ fall: 1.5 }, 'groups[0].fall: takes an integer from 1 to 100'],
    [{ downOn: [] }, `groups[0].downOn: ${downOn}`],
    [{ downOn: ['failed'] }, `groups[0].downOn[0]: ${downOn}`],
    [{ downOn: ['timeout', 'timeout'] }, `groups[0].downOn: ${downOn}`],
    [{ staleAfterMs: 200, intervalMs: 300 }, 'groups[0].staleAfterMs: takes at least intervalMs, which is 300'],
    [{ spreadMs: -1 }, 'groups[0].spreadMs: takes an integer from 0 to 3600000'],
    [{ timeoutMs: 5 }, 'groups[0].timeoutMs: takes an integer from 10 to 30000'],
    [{ interval: 5 }, 'groups[0].interval: is not a known field'],
    [{ toString: 5 }, 'groups[0].toString: is not a known field'],
    [
      { deadlineMs: 100, results: 'all' },
      'groups[0].deadlineMs: is not a known field',
      'groups[0].results: is not a known field',
    ],
    [
      { rise: 0, timeoutMs: 1 },
      'groups[0].rise: takes an integer from 1 to 100',
      'groups[0].timeoutMs: takes an integer from 10 to 30000',
    ],
  ];
  for (const [fields, ...expected] of rows) t.same(mistakesOfGroup(fields), expected, JSON.stringify(fields));
  t.end();
});

t.test('what is no file, no group and no module says what it takes', (t) => {
  for (const value of [null, 'a', [], 7]) {
    t.same(mistakes(value), ['file: takes a mapping with "groups", "modules" or both'], String(value));
  }
  t.same(mistakes({ group: [] }), ['group: is not a known field']);
  t.same(mistakes({ groups: {} }), ['groups: takes a list of at most 1000 groups']);
  t.same(mistakes({ groups: ['a'] }), ['groups[0]: takes a group: "name", "targets", …']);
  t.same(mistakes({ modules: ['a'] }), ['modules[0]: takes a module: "name" and options of a check']);
  t.same(parsed({ groups: [] }).groups, [], 'nobody is asked, and that is said');
  t.end();
});

t.test('no two groups, modules or targets of a group have the same name', (t) => {
  const targets = ['a.test:1'];
  t.same(
    mistakes({
      groups: [
        { name: 'a', targets },
        { name: 'b', targets },
        { name: 'a', targets },
      ],
    }),
    ['groups[2].name: takes a name of its own: a is there already'],
  );
  t.same(mistakes({ modules: [{ name: 'm' }, { name: 'm' }] }), [
    'modules[1].name: takes a name of its own: m is there already',
  ]);
  t.same(mistakesOfGroup({ targets: ['a.test:1', { host: 'A.test', port: 1 }] }), [
    'groups[0].targets[1]: takes a target that the group does not have, or a "name" of its own: a.test:1 is there already',
  ]);
  t.same(mistakesOfGroup({ targets: ['a.test:1', { host: 'a.test', port: 1, name: 'again' }] }), []);
  t.end();
});

t.test('a module is a name and options of a check; a built-in one may be overridden', (t) => {
  const { modules } = parsed({
    modules: [
      { name: 'tcp_connect', timeoutMs: 700 },
      { name: 'v6.only', family: 'ipv6', sourceAddress: '::1' },
    ],
  });
  t.same(
    [...modules],
    [
      ['tcp_connect', { timeoutMs: 700 }],
      ['v6.only', { family: 'ipv6', sourceAddress: '::1' }],
    ],
  );
  t.same(mistakes({ modules: [{ name: 'a b' }] }), [
    'modules[0].name: takes a name of 1 to 63 letters, digits, dots, hyphens and underscores',
  ]);
  const rows: readonly (readonly [fields: object, ...mistakes: string[]])[] = [
    [{ timeoutMs: 1 }, 'modules[0].timeoutMs: takes an integer from 10 to 30000'],
    [{ prober: 'tcp' }, 'modules[0].prober: is not a known field'],
    [{ targets: ['a:1'] }, 'modules[0].targets: is not a known field'],
    [{ deadlineMs: 100 }, 'modules[0].deadlineMs: is not a known field'],
    [{ family: 'ipv4', sourceAddress: '::1' }, 'modules[0].sourceAddress: takes an IPv4 address: family is ipv4'],
  ];
  for (const [fields, ...expected] of rows) {
    t.same(mistakes({ modules: [{ name: 'm', ...fields }] }), expected, JSON.stringify(fields));
  }
  t.end();
});
