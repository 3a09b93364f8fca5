// An address of a family that the request leaves out is the caller's contradiction: it names the path, and nothing is
// checked. A name may have addresses of either family, so it is looked up.
import t from 'tap';
import type { ProblemReply } from '../../src/http/document/reply-schemas.ts';
import { build } from '../support/build.ts';

const V4 = { host: '10.0.0.1', port: 80 };
const V6 = { host: 'fd00::1', port: 80 };
const NAME = { host: 'db.test', port: 80 };
const TAKES_V4 = 'takes an IPv4 address or a name: ';
const TAKES_V6 = 'takes an IPv6 address or a name: ';

const BODIES: readonly (readonly [body: object, errors: Record<string, string>])[] = [
  [{ targets: ['10.0.0.1:80'], family: 'ipv6' }, { 'targets[0]': `${TAKES_V6}family is ipv6` }],
  [{ targets: ['db.test:1', '[::1]:80'], family: 'ipv4' }, { 'targets[1]': `${TAKES_V4}family is ipv4` }],
  [{ targets: ['[::ffff:10.0.0.1]:80'], family: 'ipv4' }, { 'targets[0]': `${TAKES_V4}family is ipv4` }],
  [{ targets: [NAME, V4], family: 'ipv6' }, { 'targets[1].host': `${TAKES_V6}family is ipv6` }],
  [{ targets: [V4, { ...V4, family: 'ipv6' }] }, { 'targets[1].host': `${TAKES_V6}family is ipv6` }],
  [{ targets: ['10.0.0.1:80'], sourceAddress: '::1' }, { 'targets[0]': `${TAKES_V6}sourceAddress is one` }],
  [{ targets: [V6], sourceAddress: '10.0.0.9' }, { 'targets[0].host': `${TAKES_V4}sourceAddress is one` }],
  [{ targets: [{ ...V6, sourceAddress: '10.0.0.9' }] }, { 'targets[0].host': `${TAKES_V4}sourceAddress is one` }],
  [
    { targets: ['127.1:80', '10.0.0.1:80', V4, '[::1]:80'], family: 'ipv6' },
    {
      'targets[0]':
        'host looks like a number: an IPv4 address is four decimal octets without leading zeros, such as 127.0.0.1',
      'targets[1]': `${TAKES_V6}family is ipv6`,
      'targets[2].host': `${TAKES_V6}family is ipv6`,
    },
  ],
  [
    { targets: ['db.test:1', '10.0.0.1:80', V6, NAME], family: 'ipv6', sourceAddress: '10.0.0.9' },
    { sourceAddress: 'takes an IPv6 address: family is ipv6' },
  ],
  [
    { targets: ['db.test:1'], family: 'ipv4', sourceAddress: '::1' },
    { sourceAddress: 'takes an IPv4 address: family is ipv4' },
  ],
  [
    { targets: [V4, { ...NAME, sourceAddress: '::1' }], family: 'ipv4' },
    { 'targets[1].sourceAddress': 'takes an IPv4 address: family is ipv4' },
  ],
  [
    { targets: [V4, { ...NAME, family: 'ipv6' }], sourceAddress: '10.0.0.9' },
    { 'targets[1].family': 'takes the family of sourceAddress' },
  ],
];

t.test('bodies', async (t) => {
  const { app, checker } = await build(t);
  for (const [payload, errors] of BODIES) {
    const reply = await app.inject({ method: 'POST', url: '/check', payload });
    const problem = reply.json<ProblemReply>();
    t.match(problem, { type: 'urn:reachd:problem:invalid-request', status: 400 });
    t.same(Object.fromEntries((problem.errors ?? []).map(({ path, message }) => [path, message])), errors);
    t.equal(problem.errors?.length, Object.keys(errors).length, 'each is told once');
  }
  t.same(checker.asked, [], 'nothing of a batch is checked');
});

t.test('queries', async (t) => {
  const { app, checker } = await build(t);
  const errorsOf = async (query: string) => (await app.inject(`/check?${query}`)).json<ProblemReply>().errors;
  t.match(await errorsOf('target=db.test:1&target=127.0.0.1:80&family=ipv6'), [{ path: 'target[1]' }]);
  t.match(await errorsOf('target=127.0.0.1:80&sourceAddress=::1'), [{ path: 'target[0]' }]);
  t.match(await errorsOf('target=db.test:1&sourceAddress=::1&family=ipv4'), [{ path: 'sourceAddress' }]);
  t.same(checker.asked, []);
});

t.test('what does not contradict itself is checked, names with any family among it', async (t) => {
  const { app, checker } = await build(t);
  const bodies = [
    { targets: ['10.0.0.1:80', 'db.test:1', V4], family: 'ipv4', sourceAddress: '10.0.0.9' },
    { targets: ['[::1]:80', NAME, V6], family: 'ipv6', sourceAddress: '::1' },
    { targets: ['10.0.0.1:80', 'db.test:1', '[::1]:80'] },
    { targets: [V4, { ...V6, family: 'ipv6' }], family: 'ipv4' },
    { targets: [V4, { ...V6, sourceAddress: '::1' }], sourceAddress: '10.0.0.9' },
  ];
  for (const payload of bodies) {
    const reply = await app.inject({ method: 'POST', url: '/check', payload });
    t.equal(reply.statusCode, 200, JSON.stringify(payload));
  }
  t.equal(checker.asked.length, bodies.length);
});
