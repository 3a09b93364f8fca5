// The far side as a process of its own inside the namespace: its delays must not depend on what the test is doing.
import { setPriority } from 'node:os';
import { addressBytes } from './address.ts';
import { SEGMENT_NAMES, type Behaviour, type Endpoint, type FlowReport, type Seen } from './behaviour.ts';
import { SYN, buildSegment } from './packet.ts';
import { Peer } from './peer.ts';
import { IPC_FD, serve } from './serve.ts';
import { Tun, preferThisThread } from './tun.ts';

const WARM_UP_FLOWS = 4000;

/** Plays to itself until the code is compiled: the first burst of a test must not pay for that. */
function warmUp(peer: Peer): void {
  const pairs = [
    { source: addressBytes('10.77.0.1'), destination: addressBytes('10.77.0.9') },
    { source: addressBytes('fd77::1'), destination: addressBytes('fd77::9') },
  ];
  const syn = { destinationPort: 1, ack: 0, flags: SYN, window: 1, payload: Buffer.alloc(0) };
  peer.on(1, [{ answer: 'syn-ack' }]);
  for (let i = 0; i < WARM_UP_FLOWS; i += 1) {
    for (const ends of pairs) {
      const packet = buildSegment({ ...ends, ...syn, sourcePort: i, seq: i, timestamps: { value: i, echo: 0 } });
      // Far in the future: nothing of it may leave.
      peer.receive(packet, 1e9 + (i % 7));
    }
  }
  peer.clear();
}

function countSeen(reports: readonly FlowReport[]): Seen {
  const segments = reports.flatMap((report) => report.segments);
  const counts = SEGMENT_NAMES.map((name) => [name, segments.filter((segment) => segment === name).length] as const);
  return { ...(Object.fromEntries(counts) as Omit<Seen, 'flows'>), flows: reports.length };
}

const [, , deviceName = ''] = process.argv;
const peer = new Peer(new Tun(deviceName, IPC_FD));

const methods = {
  on: (endpoint: Endpoint, behaviours: readonly Behaviour[]) => peer.on(endpoint, behaviours),
  seen: (endpoint: Endpoint) => countSeen(peer.reports(endpoint)),
  flows: (endpoint: Endpoint) => peer.reports(endpoint),
  clear: () => peer.clear(),
};
export type PeerMethods = typeof methods;

warmUp(peer);
goFirst();
preferThisThread();
serve(methods);
(function loop(): void {
  peer.turn();
  setImmediate(loop);
})();

/** The root of a user namespace may not: its delays are then exact only while the machine has a processor to spare. */
function goFirst(): void {
  try {
    setPriority(-20);
  } catch (error) {
    if ((error as NodeJS.ErrnoException & { info?: { code?: string } }).info?.code !== 'EACCES') throw error;
  }
}
