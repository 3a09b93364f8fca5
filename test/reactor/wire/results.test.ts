import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { ENDINGS, SYSCALLS } from '../../../src/reactor/protocol.ts';
import type { AttemptResult } from '../../../src/reactor/protocol.ts';
import { readResults, ResultWriter } from '../../../src/reactor/wire/results.ts';
import { addressBytes, plain } from '../../support/arbitraries.ts';

const RECORD_BYTES = 120;

const word = fc.nat(2 ** 31 - 1);
const byte = fc.nat(255);
const ms = fc.double({ min: 0, max: 1e9, noNaN: true });
const result: fc.Arbitrary<AttemptResult> = plain({
  ending: fc.constantFrom(...ENDINGS),
  syscall: fc.option(fc.constantFrom(...SYSCALLS)),
  errno: fc.nat(4095),
  latencyMs: fc.option(ms),
  queuedMs: ms,
  tcp: fc.option(
    plain({
      state: fc.integer({ min: 1, max: 12 }),
      rttUs: word,
      synRetransmits: byte,
      segsOut: word,
      segsIn: word,
    }),
  ),
  icmp: fc.option(plain({ type: byte, code: byte, from: addressBytes })),
  startedAt: fc.option(fc.double({ min: 0.001, max: 1e12, noNaN: true })),
  local: fc.option(plain({ address: addressBytes, port: fc.nat(65_535) })),
  connection: fc.constant(null),
});

function write(writer: ResultWriter, slot: number, result: AttemptResult): void {
  const { ending, syscall, errno, latencyMs, queuedMs, tcp, icmp, startedAt, local } = result;
  writer.result(slot, ending, latencyMs ?? -1, queuedMs, startedAt ?? 0);
  if (errno !== 0 || syscall !== null) writer.error(errno, syscall);
  if (tcp !== null) writer.tcp(tcp.state, tcp.rttUs, tcp.synRetransmits, tcp.segsOut, tcp.segsIn);
  if (icmp !== null) writer.icmp(icmp.type, icmp.code, icmp.from);
  if (local !== null) writer.local(local.address, local.port);
}

function readAll(buffer: ArrayBuffer): [number, AttemptResult][] {
  const seen: [number, AttemptResult][] = [];
  readResults(
    buffer,
    (slot, result) => seen.push([slot, result]),
    () => undefined,
  );
  return seen;
}

t.test('what is written is read, in order, also over what an earlier batch left in the staging', (t) => {
  const batches = fc.array(fc.array(fc.tuple(word, result), { maxLength: 20 }), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(batches, (batches) => {
      const writer = new ResultWriter();
      for (const batch of batches) {
        for (const [slot, result] of batch) write(writer, slot, result);
        assert.equal(writer.count, batch.length);
        const taken = writer.take();
        assert.equal(taken.byteLength, batch.length * RECORD_BYTES);
        assert.equal(writer.count, 0);
        assert.deepEqual(readAll(taken), batch);
      }
    }),
  );
  t.end();
});

t.test('a latency of 0 is a latency, a negative one is none', (t) => {
  const writer = new ResultWriter();
  for (const latencyMs of [0, -0.001, -1, 0.001]) writer.result(1, 'expired', latencyMs, 0, 1);
  t.same(
    readAll(writer.take()).map(([, { latencyMs }]) => latencyMs),
    [0, null, null, 0.001],
  );
  t.end();
});

t.test('a result alone has no errno, no call, no TCP facts, no ICMP facts and no source', (t) => {
  const writer = new ResultWriter();
  write(writer, 1, {
    ending: 'local-error',
    syscall: 'socket',
    errno: 24,
    latencyMs: 1,
    queuedMs: 1,
    tcp: { state: 7, rttUs: 1, synRetransmits: 1, segsOut: 1, segsIn: 1 },
    icmp: { type: 3, code: 13, from: { family: 4, bytes: Uint8Array.of(127, 0, 0, 1) } },
    startedAt: 1,
    local: { address: { family: 4, bytes: Uint8Array.of(127, 0, 0, 2) }, port: 9 },
    connection: null,
  });
  writer.take();
  writer.result(2, 'cancelled', -1, 0.5, 0);
  const none = { syscall: null, errno: 0, latencyMs: null, tcp: null, icmp: null, startedAt: null, local: null };
  t.same(readAll(writer.take()), [[2, { ending: 'cancelled', queuedMs: 0.5, connection: null, ...none }]]);
  t.end();
});

t.test('a batch is exactly as long as its results, up to the capacity', (t) => {
  const writer = new ResultWriter();
  t.equal(writer.take().byteLength, 0);
  for (let slot = 0; slot < ResultWriter.capacity; slot++) {
    t.equal(writer.full, false);
    writer.result(slot, 'established', 1, 0, 1);
  }
  t.equal(writer.full, true);
  t.same(
    readAll(writer.take()).map(([slot]) => slot),
    Array.from({ length: ResultWriter.capacity }, (_, slot) => slot),
  );
  t.equal(writer.full, false);
  t.end();
});

t.test('the ICMP sender that is read is a copy of its own', (t) => {
  const writer = new ResultWriter();
  writer.result(1, 'error', 1, 0, 1);
  writer.icmp(3, 13, { family: 4, bytes: Uint8Array.of(127, 0, 0, 9) });
  const batch = writer.take();
  const [first] = readAll(batch);
  new Uint8Array(batch).fill(0);
  t.same(first?.[1].icmp?.from.bytes, Uint8Array.of(127, 0, 0, 9));
  t.end();
});

t.test('the news of a start is no result, and stands in its order', (t) => {
  const writer = new ResultWriter();
  const seen: unknown[] = [];
  writer.started(7, 123.5);
  writer.result(7, 'expired', 3, 1, 123.5);
  writer.started(8, 0.25);
  readResults(
    writer.take(),
    (slot, { ending }) => seen.push([slot, ending]),
    (slot, startedAt) => seen.push([slot, startedAt]),
  );
  t.same(seen, [
    [7, 123.5],
    [7, 'expired'],
    [8, 0.25],
  ]);
  t.end();
});
