// What the wire's property tests draw from. Plain objects: a strict comparison looks at prototypes too.
import fc from 'fast-check';
import type { AddressBytes } from '../../src/reactor/protocol.ts';

/** Like fc.record, of objects as a literal makes them. */
export function plain<T extends object>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record<T>(fields, { noNullPrototype: true });
}

function bytes(length: number): fc.Arbitrary<Uint8Array> {
  return fc.uint8Array({ minLength: length, maxLength: length });
}

export const addressBytes: fc.Arbitrary<AddressBytes> = fc.oneof(
  plain<AddressBytes>({ family: fc.constant(4), bytes: bytes(4) }),
  plain<AddressBytes>({ family: fc.constant(6), bytes: bytes(16) }),
);
