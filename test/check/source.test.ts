// When an attempt's end is its source's, and when it is not.
import { constants } from 'node:os';
import t from 'tap';
import { outcomeOfSource } from '../../src/check/source.ts';
import type { Source } from '../../src/reactor/protocol.ts';
import { address, EXPIRED, facts, OPEN, REFUSED } from '../support/fake-reactor.ts';

const INVALID = facts({ ending: 'local-error', syscall: 'connect', errno: constants.errno.EINVAL });

function from(text: string | null, device: string | null = null): Source {
  return { address: text === null ? null : address(text), interface: device };
}

t.test('EINVAL of connect(2) is the source’s where it can be', (t) => {
  const loopback = /^sourceAddress is a loopback address/;
  const linkLocal = /it takes a sourceInterface$/;
  for (const [target, source, message] of [
    ['10.0.0.1', from('127.0.0.1'), loopback],
    ['10.0.0.1', from('127.5.5.5', 'eth0'), loopback],
    ['fe80::5', null, linkLocal],
    ['febf::5', from('fd00::1'), linkLocal],
  ] as const) {
    const judged = outcomeOfSource(INVALID, address(target), source);
    t.match(judged, { outcome: 'failed', cause: { layer: 'local', code: 'EINVAL', message } }, target);
    t.notOk(judged?.isUnforeseen);
  }
  t.end();
});

t.test('otherwise it is the route’s', (t) => {
  for (const [target, source] of [
    ['10.0.0.1', null],
    ['10.0.0.1', from('10.0.0.2')],
    ['10.0.0.1', from(null, 'eth0')],
    ['fd00::1', null],
    ['fd00::1', from('::1')],
    ['fe80::5', from(null, 'eth0')],
    ['fec0::5', null],
  ] as const) {
    t.equal(outcomeOfSource(INVALID, address(target), source), null, target);
  }
  t.end();
});

t.test('silence to a SYN from ::1 is the source’s; an answer never is', (t) => {
  const judged = outcomeOfSource(EXPIRED, address('fd00::1'), from('::1'));
  t.match(judged, { outcome: 'failed', cause: { layer: 'local', code: 'EADDRNOTAVAIL', message: /::1$/ } });
  t.equal(outcomeOfSource(EXPIRED, address('::1'), from('::1')), null, 'a port of its own that is silent');
  t.equal(outcomeOfSource(EXPIRED, address('fd00::1'), from('fd00::2')), null);
  t.equal(outcomeOfSource(EXPIRED, address('10.0.0.1'), from('127.0.0.1')), null);
  for (const answer of [OPEN, REFUSED]) t.equal(outcomeOfSource(answer, address('fd00::1'), from('::1')), null);
  t.end();
});

t.test('no other errno, and no other call, is judged by its source', (t) => {
  for (const errno of Object.values(constants.errno)) {
    if (errno === constants.errno.EINVAL) continue;
    const result = facts({ ending: 'local-error', syscall: 'connect', errno });
    t.equal(outcomeOfSource(result, address('10.0.0.1'), from('127.0.0.1')), null);
  }
  const bind = facts({ ending: 'local-error', syscall: 'bind', errno: constants.errno.EINVAL });
  t.equal(outcomeOfSource(bind, address('10.0.0.1'), from('127.0.0.1')), null);
  t.end();
});
