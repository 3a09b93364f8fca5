// What the kernel has to say of a connect that is over, written into its result. It decides no outcome.
import type { IcmpError } from '../../native-bindings/error-queue.ts';
import type { TcpInfo, TcpSocket } from '../../native-bindings/tcp-socket.ts';
import type { HeldSocket } from './held-socket.ts';
import type { Ending } from './protocol.ts';
import type { ResultWriter } from './wire/results.ts';

/** Whether it is an ending that a connect comes to by itself: its facts have been read then. */
function isRead(ending: Ending): boolean {
  return ending === 'established' || ending === 'error' || ending === 'handed-over' || ending === 'self-connected';
}

/** `info` and `icmp`: what was last read of a connect that ended by itself. No outcome depends on what cannot be read here. */
export function writeEvidence(
  results: ResultWriter,
  ending: Ending,
  { tcp, index }: HeldSocket<unknown>,
  info: TcpInfo | null,
  icmp: IcmpError | null,
): void {
  const facts = isRead(ending) ? info : readInfo(tcp);
  if (facts !== null) {
    results.tcp(facts.state, facts.rttUs, facts.totalRetrans, facts.segsOut, facts.segsIn);
    if (ending === 'handed-over') results.handedOver(index);
    else if (ending !== 'established' && facts.segsOut > 0) writeLocal(results, tcp);
  }
  if (icmp !== null) results.icmp(icmp.type, icmp.code, { family: icmp.fromFamily, bytes: icmp.from });
}

function readInfo(tcp: TcpSocket): TcpInfo | null {
  try {
    return tcp.readInfo();
  } catch {
    return null;
  }
}

/** Whoever looks for the packet in a firewall's log needs its source; of an open target nobody asks, and the call is saved. */
function writeLocal(results: ResultWriter, tcp: TcpSocket): void {
  try {
    const local = tcp.localName();
    if (local !== null) results.local(local, local.port);
  } catch {
    return;
  }
}
