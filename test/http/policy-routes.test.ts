// GET /policy shows what is in force, as the judge of addresses has it.
import t from 'tap';
import type { PolicyReport } from '../../src/policy/rules.ts';
import { build } from '../support/build.ts';

t.test('the preset, the mode, and every rule with its blocks in order of precedence', async (t) => {
  const config = { allowCidrs: ['10.1.0.0/16'], denyCidrs: ['10.0.0.0/8'], allowPorts: ['443', '8000-8999'] };
  const { app } = await build(t, { config });
  const reply = await app.inject('/policy');
  t.equal(reply.statusCode, 200);
  const policy = reply.json<PolicyReport>();
  t.match(policy, { mode: 'enforce', preset: 'cluster', allowPorts: ['443', '8000-8999'], denials: {} });
  const rules = policy.rules.map(({ rule }) => rule);
  t.same(rules.slice(0, 5), ['metadata', 'nat64', 'own-endpoint', 'allow-cidrs', 'deny-cidrs']);
  t.match(policy.rules[3], { allowed: true, blocks: ['10.1.0.0/16'] });
  t.match(policy.rules[4], { allowed: false, blocks: ['10.0.0.0/8'], reason: /DENY_CIDRS/ });
  const loopback = policy.rules.find(({ rule }) => rule === 'loopback');
  t.match(loopback, { allowed: true, blocks: ['127.0.0.0/8', '::1/128'] }, 'for reachd listens there');
  t.match(policy.carriers, [{ name: 'ipv4-mapped' }, { name: 'nat64', judgedAs: /carries.*translator/ }]);
  t.ok(policy.rules.every(({ blocks }) => blocks.length > 0));
});

t.test('it is the same for whoever asks, and counts what was denied', async (t) => {
  const { app, judge } = await build(t, { config: { apiTokens: ['a:the-token-of-mr-a', 'b:the-token-of-mr-b'] } });
  const ask = async (token: string) => {
    const headers = { authorization: `Bearer ${token}` };
    return (await app.inject({ url: '/policy', headers })).json<PolicyReport>();
  };
  const bytes = Uint8Array.of(169, 254, 169, 254);
  judge.judge({ family: 4, bytes, text: '169.254.169.254' }, 80);
  t.same(await ask('the-token-of-mr-a'), await ask('the-token-of-mr-b'));
  t.same((await ask('the-token-of-mr-a')).denials, { metadata: 1 });
});
