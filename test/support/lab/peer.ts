// The far side of the lab's TUN device: which script a packet falls under, and when its answer leaves.
//
// One turn: wait for a packet, a message from the test or the next answer's time; then a few packets and a few answers
// by turns, so that neither a flood of the one nor of the other delays the rest; then let libuv deliver messages.
// Until 0.3 ms before an answer the wait blocks; from there on it polls, because a process that sleeps is woken a tenth
// of a millisecond late, or later on a busy machine.
import { addressBytes } from './address.ts';
import type { Behaviour, Endpoint, FlowReport } from './behaviour.ts';
import { Flow } from './flow.ts';
import { ACK, RST, SYN, endsOf, flowKey, parseSegment } from './packet.ts';
import { Schedule } from './schedule.ts';
import type { Tun } from './tun.ts';

const MAX_WAIT_US = 50_000;
const POLL_BEFORE_US = 300;
const ROUNDS_A_TURN = 16;
const FEW = 4;

interface Script {
  readonly behaviours: readonly Behaviour[];
  flows: number;
}

export class Peer {
  readonly #tun: Tun;
  readonly #schedule = new Schedule<{ atMs: number; flow: Flow; packet: Buffer }>();
  /** By endpoint, `address/port` or `/port`. */
  readonly #scripts = new Map<string, Script>();
  /** By the raw addresses and ports: the flow that a packet belongs to. */
  readonly #flows = new Map<string, Flow>();
  readonly #history: Flow[] = [];
  /** When the device's queue was last known to be empty: no packet in it has waited longer than since then. */
  #emptyAtMs = 0;

  constructor(tun: Tun) {
    this.#tun = tun;
  }

  /** Flow number k to the endpoint meets the k-th behaviour, and the last one for ever after. */
  on(endpoint: Endpoint, behaviours: readonly Behaviour[]): void {
    this.#scripts.set(scriptKeyOf(endpoint), { behaviours, flows: 0 });
  }

  reports(endpoint: Endpoint): FlowReport[] {
    // Whatever the client sent before it asked is in the device's queue by now and has to be counted.
    while (this.#takePackets());
    const wanted = scriptKeyOf(endpoint);
    const flows = this.#history.filter(({ to, toPort }) =>
      [scriptKey(to, toPort), scriptKey(null, toPort)].includes(wanted),
    );
    return flows.map((flow) => flow.report());
  }

  clear(): void {
    while (this.#takePackets());
    this.#schedule.clear();
    this.#scripts.clear();
    this.#flows.clear();
    this.#history.length = 0;
    // A calm moment: what is collected now is not collected amid the next burst.
    globalThis.gc?.();
  }

  /** One turn; it may block for 50 ms, and no longer. */
  turn(): void {
    const beforeMs = performance.now();
    const untilNextUs = (this.#schedule.nextMs - beforeMs) * 1000;
    this.#tun.wait(Math.min(untilNextUs - POLL_BEFORE_US, MAX_WAIT_US));
    const afterMs = performance.now();
    // A wait that took its time found the queue empty, and was ended by whatever is in it now.
    if (afterMs - beforeMs > 0.05) this.#emptyAtMs = afterMs;
    for (let round = 0; round < ROUNDS_A_TURN; round += 1) {
      const hasMore = this.#takePackets();
      if (!this.#sendDue() && !hasMore) return;
    }
  }

  /** Takes a few packets; true if there may be more. */
  #takePackets(): boolean {
    for (let taken = 0; taken < FEW; taken += 1) {
      const beforeMs = performance.now();
      const packet = this.#tun.read();
      if (packet === null) {
        this.#emptyAtMs = beforeMs;
        return false;
      }
      this.receive(packet, performance.now());
    }
    return true;
  }

  /** Takes one packet as if it had arrived at that time. */
  receive(raw: Buffer, nowMs: number): void {
    const segment = parseSegment(raw);
    if (segment === null) return;
    const key = flowKey(raw);
    let flow = this.#flows.get(key);
    const isSyn = (segment.flags & (SYN | ACK | RST)) === SYN;
    if (isSyn && flow?.owns(segment) !== true) {
      flow = new Flow(segment, raw, this.#behaviourFor(endsOf(raw).destination, segment.destinationPort));
      this.#flows.set(key, flow);
      this.#history.push(flow);
    }
    if (flow === undefined) return;
    if (isSyn) flow.mayBeLate(nowMs - this.#emptyAtMs);
    const atMs = nowMs + (isSyn ? flow.afterMs : 0);
    for (const packet of flow.receive(segment)) this.#schedule.add({ atMs, flow, packet });
  }

  #behaviourFor(address: Buffer, port: number): Behaviour {
    const script = this.#scripts.get(scriptKey(address, port)) ?? this.#scripts.get(scriptKey(null, port));
    if (script === undefined) return { answer: 'silence' };
    const index = Math.min(script.flows, script.behaviours.length - 1);
    script.flows += 1;
    return script.behaviours[index] ?? { answer: 'silence' };
  }

  /** Sends a few answers whose time has come; true if there may be more. */
  #sendDue(): boolean {
    for (let sent = 0; sent < FEW; sent += 1) {
      const due = this.#schedule.take(performance.now());
      if (due === undefined) return false;
      this.#tun.write(due.packet);
      due.flow.mayBeLate(performance.now() - due.atMs);
    }
    return true;
  }
}

function scriptKeyOf(endpoint: Endpoint): string {
  if (typeof endpoint === 'number') return scriptKey(null, endpoint);
  return scriptKey(addressBytes(endpoint.address), endpoint.port);
}

function scriptKey(address: Buffer | null, port: number): string {
  return `${address?.toString('latin1') ?? ''}/${port}`;
}
