// What the lab's test side and its far side say to each other. Types only.

/** A port at every address of the lab, or at one address; the latter wins where both are scripted. */
export type Endpoint = number | { readonly address: string; readonly port: number };

interface Timing {
  /** From the arrival of the SYN to the answer; default 0. */
  readonly afterMs?: number;
  /** The SYN of a flow that is answered first: 2 loses one. Later ones are answered too. Default 1. */
  readonly fromSyn?: number;
}

/** How the far side meets a flow: one client address and port, one initial sequence number. */
export type Behaviour = Timing &
  (
    | {
        /**
         * `syn-ack`: opens, then acknowledges data and closes when the client does. `syn`: the same by simultaneous open.
         * `syn-ack-then-fin` and `syn-ack-then-rst`: both packets in the same instant.
         */
        readonly answer: 'syn-ack' | 'syn' | 'syn-ack-then-fin' | 'syn-ack-then-rst';
        /** Sent once the handshake is complete. */
        readonly banner?: string;
        /** RFC 7323 timestamps, as a Linux peer has them; default true. */
        readonly timestamps?: boolean;
      }
    | { readonly answer: 'rst' | 'silence' }
    /** A SYN-ACK that acknowledges what was never sent; the client's kernel answers RST and stays in SYN_SENT. */
    | { readonly answer: 'wrong-ack' }
    /** ICMP for IPv4, ICMPv6 for IPv6, from the target itself or from a router of the same family. */
    | { readonly answer: 'icmp'; readonly type: number; readonly code: number; readonly from?: string }
  );

/** What the client put on the wire. A packet that carries data and FIN is named twice. */
export const SEGMENT_NAMES = ['SYN', 'SYN-ACK', 'ACK', 'RST', 'FIN', 'data'] as const;
export type SegmentName = (typeof SEGMENT_NAMES)[number];

/** Packets from the client by name, over all flows to an endpoint. */
export type Seen = Readonly<Record<SegmentName, number>> & { readonly flows: number };

export interface FlowReport {
  /** The client's side and the far side, `address` as RFC 5952 has it. */
  readonly from: { readonly address: string; readonly port: number };
  readonly to: { readonly address: string; readonly port: number };
  /** In the order of arrival. */
  readonly segments: readonly SegmentName[];
  /**
   * What the lab's own work may have added to the scripted delay, at most: how long the SYNs may have lain unread, and how
   * long after their time the answers left. A round trip longer than the script by more than this is not the lab's fault.
   */
  readonly lateMs: number;
}
