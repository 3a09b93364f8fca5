// Tells whether an address reaches this host alone. The policy, the configuration and the HTTP edge depend on it.
import { parseAddress } from './address.ts';

/** Whether an address or name to listen on is 127.0.0.0/8, ::1, or the one name that RFC 6761 keeps for them. */
export function isLoopback(host: string): boolean {
  if (host.toLowerCase() === 'localhost') return true;
  const address = parseAddress(host);
  if (address === null) return false;
  return address.family === 4 ? address.bytes[0] === 127 : address.text === '::1';
}
