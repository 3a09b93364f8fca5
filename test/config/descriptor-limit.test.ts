// The reserve of descriptors for HTTP.
import t from 'tap';
import {
  maxAttemptsHere,
  maxAttemptsUnder,
  maxConnectionsHere,
  maxConnectionsUnder,
  parseDescriptorLimit,
} from '../../src/config/descriptor-limit.ts';

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

t.test('1024 descriptors are kept back, or half of a small limit', async (t) => {
  const rows = [
    [Infinity, Infinity],
    [20_000, 18_976],
    [2048, 1024],
    [1024, 512],
    [101, 50],
    [1, 1],
  ] as const;
  for (const [limit, attempts] of rows) t.equal(maxAttemptsUnder(limit), attempts, String(limit));
  return Promise.resolve();
});

t.test('this process has a limit', async (t) => {
  t.ok(maxAttemptsHere() >= 1);
  return Promise.resolve();
});

t.test('HTTP connections get what attempts and the process itself leave', async (t) => {
  const rows = [
    [Infinity, 4096, Infinity],
    [20_000, 4096, 15_856],
    [1024, 512, 464],
    [128, 64, 16],
    [64, 32, 8],
  ] as const;
  for (const [limit, attempts, connections] of rows) t.equal(maxConnectionsUnder(limit, attempts), connections);
  t.ok(maxConnectionsHere(1) >= 8);
  return Promise.resolve();
});
