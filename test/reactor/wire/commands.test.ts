import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import type { Endpoint, Probe, Source, StartOptions } from '../../../src/reactor/protocol.ts';
import { CommandWriter, Commands } from '../../../src/reactor/wire/commands.ts';
import { addressBytes, plain } from '../../support/arbitraries.ts';
import { loopback } from '../../support/raw-sockets.ts';

const RECORD_BYTES = 112;

const interfaceName = fc.stringMatching(/^[a-z0-9._-]{1,15}$/);
const source: fc.Arbitrary<Source | null> = fc.oneof(
  fc.constant(null),
  plain({ address: addressBytes, interface: fc.constant(null) }),
  plain({ address: fc.constant(null), interface: interfaceName }),
  plain({ address: addressBytes, interface: interfaceName }),
);
const instant = fc.double({ min: 0, max: 1e12, noNaN: true });
const start = plain({
  endpoint: plain({ address: addressBytes, port: fc.integer({ min: 1, max: 65535 }) }),
  timeoutMs: instant,
  deadline: fc.oneof(instant, fc.constant(Infinity)),
  handshake: fc.constantFrom('half' as const, 'full' as const),
  caller: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  request: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  tellStart: fc.boolean(),
  source,
  probe: fc.option(plain({ ttl: fc.integer({ min: 1, max: 255 }), sourcePort: fc.integer({ min: 0, max: 65535 }) })),
});
const command = plain({ slot: fc.nat(2 ** 31 - 1), acceptedAt: instant, start: fc.option(start) });

interface Start extends StartOptions {
  readonly endpoint: Endpoint;
  readonly tellStart: boolean;
}

interface Command {
  slot: number;
  acceptedAt: number;
  start: Start | null;
}

function write(writer: CommandWriter, { slot, acceptedAt, start }: Command): void {
  if (start === null) writer.cancel(slot);
  else writer.start(slot, acceptedAt, start.endpoint, start, start.tellStart);
}

function probeOf(commands: Commands, index: number): Probe | null {
  const [ttl, sourcePort] = [commands.ttl(index), commands.sourcePort(index)];
  return ttl === 0 ? null : { ttl, sourcePort };
}

function read(commands: Commands, index: number): Command {
  const slot = commands.slot(index);
  if (!commands.isStart(index)) return { slot, acceptedAt: 0, start: null };
  const start: Start = {
    endpoint: commands.endpoint(index),
    timeoutMs: commands.timeoutMs(index),
    deadline: commands.deadline(index),
    handshake: commands.isFull(index) ? 'full' : 'half',
    caller: commands.caller(index),
    request: commands.request(index),
    tellStart: commands.tellsStart(index),
    source: commands.source(index),
    probe: probeOf(commands, index),
  };
  return { slot, acceptedAt: commands.acceptedAt(index), start };
}

t.test('what is written is read, command for command, also over what an earlier batch left in the staging', (t) => {
  const batches = fc.array(fc.array(command, { maxLength: 20 }), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(batches, (batches) => {
      const writer = new CommandWriter();
      for (const batch of batches) {
        for (const command of batch) write(writer, command);
        assert.equal(writer.count, batch.length);
        const taken = writer.take();
        assert.equal(taken.byteLength, batch.length * RECORD_BYTES);
        assert.equal(writer.count, 0);
        const commands = new Commands(taken);
        assert.equal(commands.count, batch.length);
        const seen = batch.map((_, i) => read(commands, i));
        assert.deepEqual(
          seen,
          batch.map((command) => (command.start === null ? { ...command, acceptedAt: 0 } : command)),
        );
      }
    }),
  );
  t.end();
});

t.test('the address stands where the offset says, for connect(2) to take it from', (t) => {
  fc.assert(
    fc.property(fc.array(start, { minLength: 1, maxLength: 10 }), (starts) => {
      const writer = new CommandWriter();
      starts.forEach((start, slot) => writer.start(slot, 0, start.endpoint, start));
      const commands = new Commands(writer.take());
      starts.forEach(({ endpoint: { address, port } }, i) => {
        const offset = commands.addressOffset(i);
        assert.equal(commands.family(i), address.family);
        assert.equal(commands.port(i), port);
        assert.deepEqual(commands.bytes.slice(offset, offset + address.bytes.length), address.bytes);
      });
    }),
  );
  t.end();
});

t.test('a batch is exactly as long as its commands, from one to the capacity', (t) => {
  const writer = new CommandWriter();
  t.equal(writer.take().byteLength, 0);
  for (const count of [1, 2, CommandWriter.capacity - 1, CommandWriter.capacity]) {
    for (let slot = 0; slot < count; slot++) {
      t.equal(writer.full, false);
      writer.cancel(slot);
    }
    t.equal(writer.full, count === CommandWriter.capacity);
    const commands = new Commands(writer.take());
    t.equal(commands.count, count);
    t.equal(commands.slot(count - 1), count - 1);
    t.equal(writer.full, false);
  }
  t.end();
});

t.test('a batch that was taken is not written to again', (t) => {
  const writer = new CommandWriter();
  const options = { timeoutMs: 1, deadline: 1, handshake: 'half', caller: 1, request: 1, source: null } as const;
  writer.start(1, 0, loopback(80), options);
  const taken = new Commands(writer.take());
  writer.start(2, 0, loopback(443, 6), options);
  t.equal(taken.slot(0), 1);
  t.same(taken.endpoint(0), loopback(80));
  t.end();
});

t.test('a cancel carries its slot and no address', (t) => {
  const writer = new CommandWriter();
  writer.cancel(77);
  const commands = new Commands(writer.take());
  t.equal(commands.isStart(0), false);
  t.equal(commands.slot(0), 77);
  t.throws(() => commands.endpoint(0), RangeError);
  t.end();
});

t.test('bytes that are no batch are an error, not a command', (t) => {
  t.throws(() => new Commands(new ArrayBuffer(3)), RangeError);
  t.equal(new Commands(new ArrayBuffer(0)).count, 0);
  t.end();
});
