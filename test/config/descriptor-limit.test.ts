// The reserve of descriptors for HTTP.
import t from 'tap';
import {
  maxAttemptsHere,
  maxAttemptsUnder,
  maxConnectionsHere,
  maxConnectionsUnder,
  parseDescriptorLimit,
} from '../../src/config/descriptor-limit.ts';
import { placesFor } from '../../src/reactor/protocol.ts';

const LIMITS = `Limit                     Soft Limit           Hard Limit           Units
Max processes             63723                63723                processes
Max open files            1024                 524288               files
`;

t.test('the soft limit counts', async (t) => {
  t.equal(parseDescriptorLimit(LIMITS), 1024);
  t.equal(parseDescriptorLimit(LIMITS.replace('1024  ', 'unlimited')), Infinity);
  t.equal(parseDescriptorLimit(''), Infinity);
  return Promise.resolve();
});

t.test(
  'with the places for others and for TLS, 1024 descriptors are kept back, or half of a small limit',
  async (t) => {
    const rows = [
      [Infinity, Infinity],
      [20_000, 18_432],
      [2048, 917],
      [1024, 458],
      [101, 44],
      [1, 1],
    ] as const;
    for (const [limit, attempts] of rows) {
      t.equal(maxAttemptsUnder(limit), attempts, String(limit));
      if (limit > 100 && limit < Infinity) t.ok(placesFor(attempts) <= limit - Math.min(1024, Math.ceil(limit / 2)));
    }
    return Promise.resolve();
  },
);

t.test('this process has a limit', async (t) => {
  t.ok(maxAttemptsHere() >= 1);
  return Promise.resolve();
});

t.test('HTTP connections get what attempts and the process itself leave', async (t) => {
  const rows = [
    [Infinity, 4096, Infinity],
    [20_000, 4096, 15_536],
    [1024, 505, 413],
    [128, 64, 8],
    [64, 32, 8],
  ] as const;
  for (const [limit, attempts, connections] of rows) t.equal(maxConnectionsUnder(limit, attempts), connections);
  t.equal(maxConnectionsUnder(1024, 505, 32), 381, 'nor those that another port has');
  t.ok(maxConnectionsHere(1, 0) >= 8);
  return Promise.resolve();
});
