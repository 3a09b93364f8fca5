// Commands, from the main thread to the worker: start and cancel, packed. Both ends are here.
import type { Endpoint, Source, StartOptions } from '../protocol.ts';
import { Records } from './records.ts';

const START = 1;
const CANCEL = 2;

/** Word offsets of a command; `timeoutMs`, `deadline` and `acceptedAt` count in float64. */
const COMMAND = {
  timeoutMs: 0,
  deadline: 1,
  acceptedAt: 2,
  kind: 6,
  slot: 7,
  caller: 8,
  request: 9,
  family: 10,
  flags: 11,
  port: 12,
  address: 13,
  sourceFamily: 17,
  sourceAddress: 18,
  sourceInterface: 22,
  /** 0 for a connect that is no probe. */
  ttl: 26,
  sourcePort: 27,
  words: 28,
} as const;

const FLAGS = {
  /** The handshake is a full one. */
  full: 1,
  /** The start is to be told. */
  tellStart: 2,
  /** An established connection is the client's. */
  handOver: 4,
  /** It takes the express lane. */
  express: 8,
  /** Of a cancel: nobody hears what became of the attempt. */
  unheard: 16,
} as const;

const COMMAND_BYTES = COMMAND.words * 4;
const INTERFACE_BYTES = 16;
const NO_NAME = Buffer.alloc(0);

/** Stages commands on the main thread. */
export class CommandWriter {
  static readonly capacity = 1024;
  readonly #records = new Records(new ArrayBuffer(COMMAND_BYTES * CommandWriter.capacity));
  #count = 0;

  get count(): number {
    return this.#count;
  }

  get full(): boolean {
    return this.#count === CommandWriter.capacity;
  }

  /** Throws a RangeError, and stages nothing, for an interface name that is longer than the kernel's 15 bytes. */
  start(slot: number, acceptedAt: number, { address, port }: Endpoint, options: StartOptions, tellStart = false): void {
    const { words, floats } = this.#records;
    const { source } = options;
    const name = source?.interface ? Buffer.from(source.interface) : NO_NAME;
    if (name.length >= INTERFACE_BYTES) throw new RangeError('the name of an interface has 15 bytes at the most');
    const base = this.#next(START, slot);
    floats[base / 2 + COMMAND.timeoutMs] = options.timeoutMs;
    floats[base / 2 + COMMAND.deadline] = options.deadline;
    floats[base / 2 + COMMAND.acceptedAt] = acceptedAt;
    words[base + COMMAND.caller] = options.caller;
    words[base + COMMAND.request] = options.request;
    words[base + COMMAND.flags] =
      (options.handshake === 'full' ? FLAGS.full : 0) |
      (tellStart ? FLAGS.tellStart : 0) |
      (options.handOver === true ? FLAGS.handOver : 0) |
      (options.express === true ? FLAGS.express : 0);
    words[base + COMMAND.port] = port;
    words[base + COMMAND.ttl] = options.probe?.ttl ?? 0;
    words[base + COMMAND.sourcePort] = options.probe?.sourcePort ?? 0;
    this.#records.setAddress(base + COMMAND.family, base + COMMAND.address, address);
    this.#records.setAddress(base + COMMAND.sourceFamily, base + COMMAND.sourceAddress, source?.address ?? null);
    const nameAt = (base + COMMAND.sourceInterface) * 4;
    this.#records.bytes.fill(0, nameAt, nameAt + INTERFACE_BYTES);
    this.#records.bytes.set(name, nameAt);
  }

  /** `isHeard`: whether anybody hears what became of the attempt. */
  cancel(slot: number, isHeard = true): void {
    const base = this.#next(CANCEL, slot);
    this.#records.words[base + COMMAND.flags] = isHeard ? 0 : FLAGS.unheard;
  }

  /** What is staged, as a buffer to transfer. */
  take(): ArrayBuffer {
    const taken = this.#records.buffer.slice(0, this.#count * COMMAND_BYTES);
    this.#count = 0;
    return taken;
  }

  #next(kind: number, slot: number): number {
    const base = this.#count++ * COMMAND.words;
    this.#records.words[base + COMMAND.kind] = kind;
    this.#records.words[base + COMMAND.slot] = slot;
    return base;
  }
}

/** A received batch of commands, read in place. An index is 0..count - 1. */
export class Commands {
  readonly count: number;
  readonly #records: Records;

  constructor(buffer: ArrayBuffer) {
    this.count = buffer.byteLength / COMMAND_BYTES;
    this.#records = new Records(buffer);
  }

  isStart(index: number): boolean {
    return this.#word(index, COMMAND.kind) === START;
  }

  /** Of a cancel. */
  isHeard(index: number): boolean {
    return (this.#word(index, COMMAND.flags) & FLAGS.unheard) === 0;
  }

  slot(index: number): number {
    return this.#word(index, COMMAND.slot);
  }

  caller(index: number): number {
    return this.#word(index, COMMAND.caller);
  }

  request(index: number): number {
    return this.#word(index, COMMAND.request);
  }

  timeoutMs(index: number): number {
    return this.#records.floats[(index * COMMAND.words) / 2 + COMMAND.timeoutMs] ?? 0;
  }

  deadline(index: number): number {
    return this.#records.floats[(index * COMMAND.words) / 2 + COMMAND.deadline] ?? 0;
  }

  acceptedAt(index: number): number {
    return this.#records.floats[(index * COMMAND.words) / 2 + COMMAND.acceptedAt] ?? 0;
  }

  family(index: number): 4 | 6 {
    return this.#word(index, COMMAND.family) === 6 ? 6 : 4;
  }

  isFull(index: number): boolean {
    return (this.#word(index, COMMAND.flags) & FLAGS.full) !== 0;
  }

  tellsStart(index: number): boolean {
    return (this.#word(index, COMMAND.flags) & FLAGS.tellStart) !== 0;
  }

  handsOver(index: number): boolean {
    return (this.#word(index, COMMAND.flags) & FLAGS.handOver) !== 0;
  }

  isExpress(index: number): boolean {
    return (this.#word(index, COMMAND.flags) & FLAGS.express) !== 0;
  }

  port(index: number): number {
    return this.#word(index, COMMAND.port);
  }

  /** The batch's memory, in which the address begins at `addressOffset`. */
  get bytes(): Uint8Array {
    return this.#records.bytes;
  }

  addressOffset(index: number): number {
    return (index * COMMAND.words + COMMAND.address) * 4;
  }

  source(index: number): Source | null {
    const base = index * COMMAND.words;
    const address = this.#records.address(base + COMMAND.sourceFamily, base + COMMAND.sourceAddress);
    const at = (base + COMMAND.sourceInterface) * 4;
    if (address === null && this.#records.bytes[at] === 0) return null;
    const name = Buffer.from(this.#records.bytes.subarray(at, at + INTERFACE_BYTES));
    const end = name.indexOf(0);
    return { address, interface: end === 0 ? null : name.toString('utf8', 0, end) };
  }

  /** How far the SYN may get; 0 for a connect that is no probe. */
  ttl(index: number): number {
    return this.#word(index, COMMAND.ttl);
  }

  /** The port that a probe leaves from; 0 for any. */
  sourcePort(index: number): number {
    return this.#word(index, COMMAND.sourcePort);
  }

  /** The whole command as the client gave it: for tests of the wire, and for readers without a hot path. */
  endpoint(index: number): Endpoint {
    const base = index * COMMAND.words;
    const address = this.#records.address(base + COMMAND.family, base + COMMAND.address);
    if (address === null) throw new RangeError('the command carries no address');
    return { address, port: this.port(index) };
  }

  #word(index: number, offset: number): number {
    return this.#records.word(index * COMMAND.words + offset);
  }
}
