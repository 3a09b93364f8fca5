// The wire between the main thread (client.ts) and the reactor's worker (worker.ts). With wire/, which packs it, the
// only file that both threads import.
// Main to worker: ArrayBuffers of commands, a few a burst, each followed by a wake through the eventfd unless the worker is
// awake or being woken. Worker to main: one Ready, then ArrayBuffers of results. Every start is answered by exactly one
// result with its slot, after which the slot may be started again; a cancel has no answer of its own, it hastens the result.

/** How an attempt ended: what was seen, not yet what it means. The order is the wire's. */
export const ENDINGS = [
  'established', // a SYN-ACK came: TCP_INFO says so and SO_ERROR was 0
  'handed-over', // the same, and the connection is the reader's from now on
  'self-connected', // established, but with itself
  'error', // the kernel reported `errno` for the connect
  'local-error', // reachd's own system call `syscall` failed with `errno`
  'expired', // it was in flight for the whole of its timeout
  'cut-short', // its request's deadline passed while it was in flight
  'not-started', // its request's deadline passed before it was
  'cancelled', // the caller asked for no more
  'lost', // the worker went away; never on the wire
] as const;
export type Ending = (typeof ENDINGS)[number];

/** The calls that a local error may come from. The order is the wire's. */
export const SYSCALLS = [
  'socket',
  'setsockopt',
  'bind',
  'connect',
  'epoll_ctl',
  'getsockopt',
  'getsockname',
  'recvmsg',
] as const;
export type Syscall = (typeof SYSCALLS)[number];

/** 4 bytes or 16, in network order. */
export interface AddressBytes {
  readonly family: 4 | 6;
  readonly bytes: Uint8Array;
}

/** Where an attempt goes, or comes from. `port` is 1..65535. */
export interface Endpoint {
  readonly address: AddressBytes;
  readonly port: number;
}

/** What binds a socket before it connects. An interface name is 1..15 bytes. */
export interface Source {
  readonly address: AddressBytes | null;
  readonly interface: string | null;
}

/** A connect that asks the routers on the way: its SYN gets only so far. */
export interface Probe {
  /** The routers that the SYN may meet, the last one included: 1..255. */
  readonly ttl: number;
  /** The port that it leaves from; 0 for any. */
  readonly sourcePort: number;
}

/** How an endpoint is to be tried. */
export interface StartOptions {
  /** How long it may be in flight, in milliseconds from its own start: what it waits before that does not count. */
  readonly timeoutMs: number;
  /** The instant at which it is given up wherever it stands, in monotonic milliseconds; Infinity for none. */
  readonly deadline: number;
  /** half: SYN, SYN-ACK, RST. full: three-way handshake, then an orderly close. */
  readonly handshake: 'half' | 'full';
  /** Callers take turns, and within a caller its requests. Both are 32-bit integers; a request is one caller's. */
  readonly caller: number;
  readonly request: number;
  readonly source: Source | null;
  /** Null or none: an ordinary connect. */
  readonly probe?: Probe | null;
  /** Whether an established connection is the client's to go on with: then it takes a full handshake. False unless given. */
  readonly handOver?: boolean;
  /** Whether it takes the express lane: it starts before others, and is told before them. For a caller that has little under way. */
  readonly express?: boolean;
}

/** What TCP_INFO said at the end of an attempt. `state` is the kernel's: 1 ESTABLISHED, 2 SYN_SENT, 7 CLOSE. */
export interface TcpFacts {
  readonly state: number;
  readonly rttUs: number;
  readonly synRetransmits: number;
  readonly segsOut: number;
  readonly segsIn: number;
}

export interface IcmpFacts {
  readonly type: number;
  readonly code: number;
  readonly from: AddressBytes;
}

/** The raw facts of one ended attempt. */
export interface AttemptResult {
  readonly ending: Ending;
  readonly syscall: Syscall | null;
  /** 0 when the ending has none. */
  readonly errno: number;
  /** From just before connect(2) to the turn that saw the end; null when connect(2) was never called. */
  readonly latencyMs: number | null;
  /** From the client's acceptance to connect(2), or to the end when there was no connect(2). */
  readonly queuedMs: number;
  readonly tcp: TcpFacts | null;
  readonly icmp: IcmpFacts | null;
  /** The instant just before connect(2), in monotonic milliseconds; null when it was never called. */
  readonly startedAt: number | null;
  /** Where the SYN left from; null when none did, and for one that was answered by SYN-ACK. */
  readonly local: Endpoint | null;
  /** Of the ending `handed-over` alone. */
  readonly connection: Connection | null;
}

/**
 * An established connection that the main thread has taken over from the worker. Whoever has it ends it, once: with
 * `close`, or with `take` and, when the descriptor is closed, `over`.
 */
export interface Connection {
  /** The descriptor, which from now on is the caller's to close. */
  take(): number;
  /** The descriptor that was taken is closed. */
  over(): void;
  /** Closes the descriptor, which nobody has taken. */
  close(): void;
  /** Calls `tell` when the connection is over. */
  whenOver(tell: () => void): void;
}

/** The worker's first message: it is in its loop, and can be woken. */
export const READY = 'ready';

export interface ReactorLimits {
  /** Attempts of one caller that may be connecting at a time; see placesFor(). */
  readonly maxInFlight: number;
  /** Connects that may be started in a second; 0 for any number. */
  readonly connectRate: number;
}

export interface WorkerData extends ReactorLimits {
  readonly shared: SharedArrayBuffer;
}

/** The 32-bit words that both threads see, in `WorkerData.shared`. */
export const SHARED = {
  /** 1: return from the loop. The only way to end a worker that is blocked in a foreign call. */
  stop: 0,
  /** 1: a turn was asked for and not yet taken (wire/wake.ts). */
  wake: 1,
  /** 1: the worker may be blocked in its wait. */
  asleep: 2,
  /** Goes up by one each turn. */
  heartbeat: 3,
  inFlight: 4,
  queued: 5,
  /** Results posted and not taken in, and 1: the worker starts nothing more because of them (wire/unread.ts). */
  unread: 6,
  heldUp: 7,
  /**
   * From here on, a word for each open descriptor of the worker: its number + 1, or 0. The main thread closes them when
   * the worker has ended. The first is epoll's.
   */
  descriptors: 8,
  /** 8 bytes written to the eventfd make the worker's wait return. */
  eventfd: 9,
  /** Each socket's. */
  sockets: 10,
} as const;

/** Idle sockets that are kept for the next attempts, beyond those in flight. */
export const MAX_IDLE_SOCKETS = 256;

/** Connections that may be handed over and not yet taken by the main thread, beyond the sockets in flight. */
export const MAX_HANDED_OVER = 256;

/** For each place that is free, so many attempts in flight are open to every caller. */
export const SHARE = 64;

/** The places in flight of a reactor in which one caller may have `maxInFlight`: a SHARE-th of that is kept for others. */
export function placesFor(maxInFlight: number): number {
  return maxInFlight + Math.floor(maxInFlight / SHARE);
}

/** Bytes of shared memory for a worker with `maxInFlight` attempts in flight. */
export function sharedSize(maxInFlight: number): number {
  return (SHARED.sockets + placesFor(maxInFlight) + MAX_IDLE_SOCKETS + MAX_HANDED_OVER) * Int32Array.BYTES_PER_ELEMENT;
}
