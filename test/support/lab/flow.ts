// One TCP flow as the far side plays it: packets from the client in, packets to send and their delays out.
// It knows no clock and no device. The wire never loses a packet here, so nothing is sent twice of its own accord.
import { addressBytes, addressText } from './address.ts';
import type { Behaviour, FlowReport, SegmentName } from './behaviour.ts';
import {
  ACK,
  FIN,
  PSH,
  RST,
  SYN,
  buildIcmpError,
  buildSegment,
  endsOf,
  type Ends,
  type ReceivedSegment,
  type Segment,
} from './packet.ts';

const NOTHING = Buffer.alloc(0);
const NO_PACKETS: readonly Buffer[] = [];
const MSS = 1400;

export class Flow {
  readonly #syn: ReceivedSegment;
  readonly #raw: Buffer;
  readonly #ends: Ends;
  readonly #behaviour: Behaviour;
  readonly #hasTimestamps: boolean;
  readonly #segments: SegmentName[] = [];
  readonly #isn = Math.floor(Math.random() * 2 ** 32);
  #syns = 0;
  #established = false;
  #finSent = false;
  #lateMs = 0;
  #over = false;
  /** Next sequence number to send, and the next one expected. */
  #sendNext: number;
  #receiveNext: number;
  #echo = 0;

  /** `raw` is the SYN as it came; it is kept, for an ICMP error to quote. */
  constructor(syn: ReceivedSegment, raw: Buffer, behaviour: Behaviour) {
    this.#syn = syn;
    this.#raw = Buffer.from(raw);
    this.#ends = endsOf(this.#raw);
    this.#behaviour = behaviour;
    const isWanted = 'timestamps' in behaviour ? (behaviour.timestamps ?? true) : true;
    this.#hasTimestamps = isWanted && syn.timestamp !== null;
    this.#sendNext = this.#isn;
    this.#receiveNext = (syn.seq + 1) >>> 0;
  }

  /** Whether a SYN is this flow's own, sent again, and not the first of a later one between the same ports. */
  owns(syn: ReceivedSegment): boolean {
    return syn.seq === this.#syn.seq;
  }

  get to(): Buffer {
    return this.#ends.destination;
  }

  get toPort(): number {
    return this.#syn.destinationPort;
  }

  /** How long an answer to a SYN waits; all others leave at once. */
  get afterMs(): number {
    return this.#behaviour.afterMs ?? 0;
  }

  /** Takes a packet of the client; returns what to send. */
  receive(segment: ReceivedSegment): readonly Buffer[] {
    const names = segmentNames(segment);
    this.#segments.push(...names);
    this.#echo = segment.timestamp ?? this.#echo;
    if (names[0] === 'SYN') return this.#receiveSyn();
    if (names[0] === 'RST') this.#over = true;
    return this.#over ? NO_PACKETS : this.#receiveLater(segment);
  }

  /** Notes that a packet was read, or sent, up to so much after its time. */
  mayBeLate(ms: number): void {
    if (!this.#established) this.#lateMs += ms;
  }

  report(): FlowReport {
    return {
      from: { address: addressText(this.#ends.source), port: this.#syn.sourcePort },
      to: { address: addressText(this.#ends.destination), port: this.#syn.destinationPort },
      segments: this.#segments,
      lateMs: this.#lateMs,
    };
  }

  #receiveSyn(): readonly Buffer[] {
    this.#syns += 1;
    if (this.#syns < (this.#behaviour.fromSyn ?? 1)) return NO_PACKETS;
    this.#sendNext = this.#isn;
    switch (this.#behaviour.answer) {
      case 'silence':
        return NO_PACKETS;
      case 'rst':
        return [this.#build(RST | ACK, { seq: 0 })];
      case 'icmp': {
        const { type, code, from } = this.#behaviour;
        const source = from === undefined ? this.#ends.destination : addressBytes(from);
        return [buildIcmpError({ type, code, source, destination: this.#ends.source, about: this.#raw })];
      }
      case 'wrong-ack':
        return [this.#build(SYN | ACK, { ack: this.#receiveNext + 1000 })];
      case 'syn':
        return [this.#build(SYN, { ack: 0 })];
      case 'syn-ack':
        return [this.#build(SYN | ACK)];
      case 'syn-ack-then-fin':
        return [this.#build(SYN | ACK), this.#fin()];
      case 'syn-ack-then-rst':
        this.#over = true;
        return [this.#build(SYN | ACK), this.#build(RST | ACK)];
    }
  }

  #receiveLater(segment: ReceivedSegment): readonly Buffer[] {
    if (this.#established) return this.#receiveInOrder(segment);
    const acknowledged = (segment.ack - this.#isn) >>> 0;
    // ACK of the SYN alone, or of the FIN that followed it at once. Whatever answers a wrong SYN-ACK is neither.
    if (acknowledged < 1 || acknowledged > 2) return NO_PACKETS;
    this.#established = true;
    // In a simultaneous open the client's SYN-ACK still wants its ACK.
    const greeting = (segment.flags & SYN) === 0 ? [] : [this.#build(ACK)];
    return [...greeting, ...this.#sendBanner(), ...this.#receiveInOrder(segment)];
  }

  #receiveInOrder(segment: ReceivedSegment): readonly Buffer[] {
    const hasFin = (segment.flags & FIN) !== 0;
    const length = segment.payloadBytes + (hasFin ? 1 : 0);
    if (length === 0 || (segment.flags & SYN) !== 0) return NO_PACKETS;
    const isNew = segment.seq === this.#receiveNext;
    if (isNew) this.#receiveNext = (this.#receiveNext + length) >>> 0;
    return isNew && hasFin && !this.#finSent ? [this.#fin()] : [this.#build(ACK)];
  }

  #sendBanner(): Buffer[] {
    const banner = 'banner' in this.#behaviour ? this.#behaviour.banner : undefined;
    return banner === undefined ? [] : [this.#build(PSH | ACK, { payload: Buffer.from(banner) })];
  }

  #fin(): Buffer {
    this.#finSent = true;
    return this.#build(FIN | ACK);
  }

  #build(flags: number, special: Partial<Pick<Segment, 'seq' | 'ack' | 'payload'>> = {}): Buffer {
    const payload = special.payload ?? NOTHING;
    const isSyn = (flags & SYN) !== 0;
    const packet = buildSegment({
      source: this.#ends.destination,
      destination: this.#ends.source,
      sourcePort: this.#syn.destinationPort,
      destinationPort: this.#syn.sourcePort,
      seq: this.#sendNext,
      ack: this.#receiveNext,
      flags,
      window: 0xffff,
      ...(isSyn ? { mss: MSS } : {}),
      timestamps: this.#hasTimestamps ? { value: Math.floor(performance.now()), echo: this.#echo } : null,
      ...special,
      payload,
    });
    this.#sendNext = (this.#sendNext + payload.length + (isSyn || (flags & FIN) !== 0 ? 1 : 0)) >>> 0;
    return packet;
  }
}

const JUST_RST: readonly SegmentName[] = ['RST'];
const JUST_SYN: readonly SegmentName[] = ['SYN'];
const JUST_SYN_ACK: readonly SegmentName[] = ['SYN-ACK'];
const JUST_ACK: readonly SegmentName[] = ['ACK'];
const JUST_FIN: readonly SegmentName[] = ['FIN'];
const JUST_DATA: readonly SegmentName[] = ['data'];
const DATA_AND_FIN: readonly SegmentName[] = ['data', 'FIN'];

function segmentNames({ flags, payloadBytes }: ReceivedSegment): readonly SegmentName[] {
  if ((flags & RST) !== 0) return JUST_RST;
  if ((flags & SYN) !== 0) return (flags & ACK) === 0 ? JUST_SYN : JUST_SYN_ACK;
  if ((flags & FIN) !== 0) return payloadBytes > 0 ? DATA_AND_FIN : JUST_FIN;
  return payloadBytes > 0 ? JUST_DATA : JUST_ACK;
}
