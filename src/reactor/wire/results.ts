// Results, from the worker to the main thread: the raw facts of ended attempts, packed. Both ends are here.
import { ENDINGS, SYSCALLS } from '../protocol.ts';
import type { AddressBytes, AttemptResult, Ending, IcmpFacts, Syscall, TcpFacts } from '../protocol.ts';
import { Records } from './records.ts';

/** Word offsets of a result; `latencyMs` (negative: none), `queuedMs` and `startedAt` (0: never) count in float64. */
const RESULT = {
  latencyMs: 0,
  queuedMs: 1,
  startedAt: 2,
  slot: 6,
  ending: 7,
  syscall: 8,
  errno: 9,
  tcpState: 10,
  rttUs: 11,
  synRetransmits: 12,
  segsOut: 13,
  segsIn: 14,
  icmpFamily: 15,
  icmpType: 16,
  icmpCode: 17,
  icmpFrom: 18,
  localFamily: 22,
  localPort: 23,
  localAddress: 24,
  /** The row of a socket that is handed over, or -1. A record has an even number of words. */
  row: 28,
  /** Of a message's first: 1 where the message takes the express lane. */
  express: 29,
  words: 30,
} as const;

const RESULT_BYTES = RESULT.words * 4;
/** In the place of an ending: no result, but the news of a start. */
const STARTED = -1;

/** Stages results on the worker, field by field: an object for each would be garbage on its hot path. */
export class ResultWriter {
  static readonly capacity = 256;
  readonly #capacity: number;
  readonly #isExpress: boolean;
  readonly #records: Records;
  #count = 0;
  #base = 0;

  /** `capacity`: results of one message, at the most. `isExpress`: whether its messages take the express lane. */
  constructor(capacity = ResultWriter.capacity, isExpress = false) {
    this.#capacity = capacity;
    this.#isExpress = isExpress;
    this.#records = new Records(new ArrayBuffer(RESULT_BYTES * capacity));
  }

  get count(): number {
    return this.#count;
  }

  get full(): boolean {
    return this.#count === this.#capacity;
  }

  /** Tells that the attempt in `slot` was started at `startedAt`, in monotonic milliseconds; its result is yet to come. */
  started(slot: number, startedAt: number): void {
    this.result(slot, 'lost', -1, 0, startedAt);
    this.#records.words[this.#base + RESULT.ending] = STARTED;
  }

  /**
   * Begins the next result. Where connect(2) was never called, `latencyMs` is negative and `startedAt` (monotonic
   * milliseconds) 0. `tcp`, `icmp` and `local` may follow.
   */
  result(slot: number, ending: Ending, latencyMs: number, queuedMs: number, startedAt: number): void {
    const { words, floats } = this.#records;
    this.#base = this.#count++ * RESULT.words;
    floats[this.#base / 2 + RESULT.latencyMs] = latencyMs;
    floats[this.#base / 2 + RESULT.queuedMs] = queuedMs;
    floats[this.#base / 2 + RESULT.startedAt] = startedAt;
    words[this.#base + RESULT.slot] = slot;
    words[this.#base + RESULT.ending] = ENDINGS.indexOf(ending);
    words[this.#base + RESULT.syscall] = -1;
    words[this.#base + RESULT.errno] = 0;
    words[this.#base + RESULT.tcpState] = 0;
    words[this.#base + RESULT.icmpFamily] = 0;
    words[this.#base + RESULT.localFamily] = 0;
    words[this.#base + RESULT.row] = -1;
  }

  /** The connection is the reader's, who finds its descriptor in `row` of the shared table. */
  handedOver(row: number): void {
    this.#records.words[this.#base + RESULT.row] = row;
  }

  /** Which errno ended it, and which call of reachd's own it came from, if it did. */
  error(errno: number, syscall: Syscall | null): void {
    this.#records.words[this.#base + RESULT.errno] = errno;
    this.#records.words[this.#base + RESULT.syscall] = syscall === null ? -1 : SYSCALLS.indexOf(syscall);
  }

  tcp(state: number, rttUs: number, synRetransmits: number, segsOut: number, segsIn: number): void {
    const { words } = this.#records;
    words[this.#base + RESULT.tcpState] = state;
    words[this.#base + RESULT.rttUs] = rttUs;
    words[this.#base + RESULT.synRetransmits] = synRetransmits;
    words[this.#base + RESULT.segsOut] = segsOut;
    words[this.#base + RESULT.segsIn] = segsIn;
  }

  icmp(type: number, code: number, from: AddressBytes): void {
    this.#records.words[this.#base + RESULT.icmpType] = type;
    this.#records.words[this.#base + RESULT.icmpCode] = code;
    this.#records.setAddress(this.#base + RESULT.icmpFamily, this.#base + RESULT.icmpFrom, from);
  }

  local(address: AddressBytes, port: number): void {
    this.#records.words[this.#base + RESULT.localPort] = port;
    this.#records.setAddress(this.#base + RESULT.localFamily, this.#base + RESULT.localAddress, address);
  }

  /** What is staged, as a buffer to transfer. */
  take(): ArrayBuffer {
    this.#records.words[RESULT.express] = this.#isExpress ? 1 : 0;
    const taken = this.#records.buffer.slice(0, this.#count * RESULT_BYTES);
    this.#count = 0;
    return taken;
  }
}

/** They take the main thread less than a millisecond. */
const SHORT_PART = 64;

/** A batch in parts that have no more results than a message of answers; or few, where turns are short. */
export function partsOf(batch: ArrayBuffer, isShort: boolean): readonly ArrayBuffer[] {
  const bytes = RESULT_BYTES * (isShort ? SHORT_PART : ResultWriter.capacity);
  if (batch.byteLength <= bytes) return [batch];
  const parts: ArrayBuffer[] = [];
  for (let at = 0; at < batch.byteLength; at += bytes) parts.push(batch.slice(at, at + bytes));
  return parts;
}

/** Whether a batch takes the express lane. It has one result at least. */
export function isExpress(batch: ArrayBuffer): boolean {
  return new Int32Array(batch, 0, RESULT.words)[RESULT.express] === 1;
}

/** How many results, and news of starts, a batch has. */
export function countOf(batch: ArrayBuffer): number {
  return batch.byteLength / RESULT_BYTES;
}

/**
 * Calls `settle` with each result of a received batch, in the order of the message, and `started` with the
 * instant of each start that was to be told. `row` is that of a socket that is handed over, -1 for none.
 */
export function readResults(
  buffer: ArrayBuffer,
  settle: (slot: number, result: AttemptResult, row: number) => void,
  started: (slot: number, startedAt: number) => void,
): void {
  const records = new Records(buffer);
  const count = countOf(buffer);
  for (let i = 0; i < count; i++) {
    const base = i * RESULT.words;
    const slot = records.word(base + RESULT.slot);
    if (records.word(base + RESULT.ending) === STARTED) started(slot, records.floats[base / 2 + RESULT.startedAt] ?? 0);
    else settle(slot, readResult(records, i), records.word(base + RESULT.row));
  }
}

function readResult(records: Records, index: number): AttemptResult {
  const base = index * RESULT.words;
  const latencyMs = records.floats[base / 2 + RESULT.latencyMs] ?? -1;
  const state = records.word(base + RESULT.tcpState);
  const startedAt = records.floats[base / 2 + RESULT.startedAt] ?? 0;
  const local = records.address(base + RESULT.localFamily, base + RESULT.localAddress);
  const from = records.address(base + RESULT.icmpFamily, base + RESULT.icmpFrom);
  return {
    ending: ENDINGS[records.word(base + RESULT.ending)] ?? 'lost',
    syscall: SYSCALLS[records.word(base + RESULT.syscall)] ?? null,
    errno: records.word(base + RESULT.errno),
    latencyMs: latencyMs < 0 ? null : latencyMs,
    queuedMs: records.floats[base / 2 + RESULT.queuedMs] ?? 0,
    tcp: state === 0 ? null : readTcp(records, base, state),
    icmp: from === null ? null : readIcmp(records, base, from),
    startedAt: startedAt === 0 ? null : startedAt,
    local: local === null ? null : { address: local, port: records.word(base + RESULT.localPort) },
    connection: null,
  };
}

function readTcp(records: Records, base: number, state: number): TcpFacts {
  return {
    state,
    rttUs: records.word(base + RESULT.rttUs),
    synRetransmits: records.word(base + RESULT.synRetransmits),
    segsOut: records.word(base + RESULT.segsOut),
    segsIn: records.word(base + RESULT.segsIn),
  };
}

function readIcmp(records: Records, base: number, from: AddressBytes): IcmpFacts {
  return { type: records.word(base + RESULT.icmpType), code: records.word(base + RESULT.icmpCode), from };
}
