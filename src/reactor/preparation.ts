// What a socket is given before its connect(2), beyond what every socket has: a source that the caller wants, or the hop
// limit and the source port of a probe. Either makes it good for one attempt: both outlive connect(AF_UNSPEC).
import type { TcpSocket } from '../../native-bindings/tcp-socket.ts';
import type { Use } from './held-socket.ts';
import type { Probe, Source } from './protocol.ts';
import type { Commands } from './wire/commands.ts';

/** Whose sockets the attempt of a command may use, and leave to others. */
export function useOf(commands: Commands, index: number): Use {
  if (commands.ttl(index) > 0 || commands.source(index) !== null) return null;
  return commands.isFull(index) ? 'full' : 'half';
}

/** Prepares a socket whose use is null. Throws SystemCallError. */
export function prepare(tcp: TcpSocket, commands: Commands, index: number): void {
  const source = commands.source(index);
  const ttl = commands.ttl(index);
  if (source !== null) bindTo(tcp, source, ttl === 0);
  if (ttl > 0) aim(tcp, { ttl, sourcePort: commands.sourcePort(index) }, source?.address?.bytes ?? null);
}

/** Binds the interface first: the address has to exist on that interface only. */
function bindTo(tcp: TcpSocket, { interface: device, address }: Source, withAddress: boolean): void {
  if (device !== null) tcp.bindInterface(Buffer.from(`${device}\0`));
  if (withAddress && address !== null) tcp.bindAddress(address.family, address.bytes, 0);
}

/** The probes of a trace leave from one port, one after the other: routers that spread flows send them all one way. */
function aim(tcp: TcpSocket, { ttl, sourcePort }: Probe, source: Uint8Array | null): void {
  tcp.bindPort(source, sourcePort);
  tcp.limitHops(ttl);
}
