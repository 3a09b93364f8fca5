// The policy against the registries themselves: what is expected here comes from the columns of the CSV files and from
// plain arithmetic, not from the table and the search that are tested.
import { readFileSync } from 'node:fs';
import { BlockList } from 'node:net';
import fc from 'fast-check';
import t from 'tap';
import { formatAddress, parseAddress } from '../../src/net/address.ts';
import { buildPolicy } from '../../src/policy/address-policy.ts';
import { PRESETS } from '../../src/policy/rules.ts';
import type { Preset } from '../../src/policy/rules.ts';
import { SPECIAL_PURPOSE } from '../../src/policy/special-purpose.ts';
import { METADATA_4, METADATA_6 } from '../support/metadata-documents.ts';

type Family = 4 | 6;
type Kind = 'public' | 'cluster' | 'denied';
interface Row {
  readonly family: Family;
  readonly block: string;
  readonly first: bigint;
  readonly last: bigint;
  readonly kind: Kind;
}

const PRIVATE = ['Private-Use', 'Shared Address Space', 'Unique-Local'];

function bitsOf(family: Family): bigint {
  return family === 4 ? 32n : 128n;
}

function toInteger(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
}

function toBytes(family: Family, value: bigint): Uint8Array {
  return Uint8Array.from(Buffer.from(value.toString(16).padStart(Number(bitsOf(family)) / 4, '0'), 'hex'));
}

function integerOf(text: string): bigint {
  const address = parseAddress(text);
  if (address === null) throw new Error(`${text} is not an address`);
  return toInteger(address.bytes);
}

function row(family: Family, block: string, kind: Kind): Row {
  const [address = '', length = ''] = block.split('/');
  const size = 1n << (bitsOf(family) - BigInt(length));
  const first = integerOf(address);
  return { family, block, first, last: first + size - 1n, kind };
}

/** The registry's rows by the only cells that count: the block at the start, and "Globally Reachable", the last but one. */
function readRegistry(family: Family): Row[] {
  const text = readFileSync(`scripts/iana/ipv${family}-special-registry-2026-11-22.csv`, 'utf8');
  const records = text
    .replace(/\r?\n\s+/g, ' ')
    .trim()
    .split(/\r?\n/)
    .slice(1);
  return records.flatMap((record) => {
    const reachable = record.split(',').at(-2) === 'True';
    const kind = reachable ? 'public' : PRIVATE.some((name) => record.includes(`,${name},`)) ? 'cluster' : 'denied';
    return (record.match(/[0-9a-f.:]+\/\d+/g) ?? []).map((block) => row(family, block, kind));
  });
}

const ROWS: readonly Row[] = [
  ...readRegistry(4),
  ...readRegistry(6),
  row(4, '0.0.0.0/0', 'public'),
  row(4, '224.0.0.0/4', 'denied'),
  row(6, '::/0', 'denied'),
  row(6, '2000::/3', 'public'),
  row(6, '::/96', 'denied'),
  row(6, '::ffff:0:0:0/96', 'denied'),
  row(6, 'fec0::/10', 'denied'),
  row(6, 'ff00::/8', 'denied'),
];

function kindOf(family: Family, value: bigint): Kind {
  const carrier = value >> 32n;
  if (family === 6 && (carrier === 0xffffn || carrier === 0x64ff9b0000000000000000n))
    return kindOf(4, value & 0xffffffffn);
  const metadata = (family === 4 ? METADATA_4 : METADATA_6).some((text) => integerOf(text) === value);
  if (metadata) return 'denied';
  const around = ROWS.filter((one) => one.family === family && one.first <= value && value <= one.last);
  const narrowest = around.reduce((one, other) => (other.last - other.first < one.last - one.first ? other : one));
  return narrowest.kind;
}

const ALLOWED: Readonly<Record<Preset, readonly Kind[]>> = {
  cluster: ['public', 'cluster'],
  'public-only': ['public'],
  allowlist: [],
};
const listening = { address: '::', port: 8080, loopback: false, ownAddresses: [] };
const policies = PRESETS.map((preset) => ({
  preset,
  ...buildPolicy({ preset, allowCidrs: [], denyCidrs: [], allowPorts: [], listening }),
}));

function judgeAll(family: Family, value: bigint): boolean[] {
  const bytes = toBytes(family, value);
  return policies.map(({ judge }) => judge({ family, bytes, text: formatAddress(bytes) }, 443).allowed);
}

function expectAll(family: Family, value: bigint): boolean[] {
  return policies.map(({ preset }) => ALLOWED[preset].includes(kindOf(family, value)));
}

t.test('the registries have been read', (t) => {
  t.equal(readRegistry(4).length, 26);
  t.equal(readRegistry(6).length, 25);
  t.end();
});

for (const { family, block, first, last } of ROWS) {
  t.test(`${block}: its first and last address, one before and one after`, (t) => {
    for (const value of [first - 1n, first, last, last + 1n]) {
      if (value < 0n || value >= 1n << bitsOf(family)) continue;
      t.same(judgeAll(family, value), expectAll(family, value), formatAddress(toBytes(family, value)));
    }
    t.end();
  });
}

/** Anywhere in a block, at its edges more often than not. */
const samples = fc
  .tuple(fc.constantFrom(...ROWS), fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }), fc.integer({ min: -2, max: 2 }))
  .map(([{ family, first, last }, random, edge]) => {
    const anywhere = first + (random % (last - first + 1n));
    const value = edge === 0 ? anywhere : edge < 0 ? first + BigInt(edge) + 1n : last + BigInt(edge) - 1n;
    return { family, value: BigInt.asUintN(Number(bitsOf(family)), value) };
  });

t.test('any address is judged as the narrowest block around it', (t) => {
  fc.assert(
    fc.property(samples, ({ family, value }) => judgeAll(family, value).join() === expectAll(family, value).join()),
    { numRuns: 5000 },
  );
  t.end();
});

t.test('net.BlockList, built from the same table, finds each address in the block that the policy names', (t) => {
  const lists = SPECIAL_PURPOSE.map(([block, rule]) => {
    const [address = '', length = ''] = block.split('/');
    const family: Family = block.includes(':') ? 6 : 4;
    const list = new BlockList();
    list.addSubnet(address, Number(length), `ipv${family}`);
    return { family, rule, length: Number(length), list };
  });
  const cluster = policies.find(({ preset }) => preset === 'cluster');
  fc.assert(
    fc.property(samples, ({ family, value }) => {
      const address = { family, bytes: toBytes(family, value), text: formatAddress(toBytes(family, value)) };
      const rule = cluster?.judge(address, 443).rule;
      // A list does not unwrap what an address carries, and knows no metadata.
      if (rule === 'metadata' || [0xffffn, 0x64ff9b0000000000000000n].includes(value >> 32n)) return true;
      const hits = lists.filter((one) => one.family === family && one.list.check(address.text, `ipv${family}`));
      return hits.sort((one, other) => other.length - one.length)[0]?.rule === rule;
    }),
    { numRuns: 5000 },
  );
  t.end();
});
