import t from 'tap';
import { callerOf } from '../../src/callers/asker.ts';

const from = (address: string, principal: string | null = null) => callerOf({ principal, from: address, id: 'x' });

t.test('a token is a caller, wherever it comes from', (t) => {
  t.equal(from('2001:db8::1', 'ci'), 'ci');
  t.end();
});

t.test('without tokens an IPv4 address is one, and an IPv6 address its /64', (t) => {
  const rows = [
    ['10.0.0.1', '10.0.0.1'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::1', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:db8::', '2001:db8:0:0::/64'],
    ['2001:db8:0:0:5::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['schedule', 'schedule'],
  ] as const;
  for (const [address, caller] of rows) t.equal(from(address), caller, address);
  t.end();
});
