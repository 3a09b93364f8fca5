// The handshake that a check makes, whatever else it says: TLS goes on where a full one ends.
import type { CheckOptions, Handshake } from './result.ts';

export function handshakeOf({ handshake, tls }: Pick<CheckOptions, 'handshake' | 'tls'>): Handshake {
  return tls === null ? handshake : 'full';
}
