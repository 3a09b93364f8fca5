// The options of a check, each as a caller may set it for a request and override it for a target.
import * as z from 'zod';
import { FAMILIES, HANDSHAKES, TRACES } from '../check/result.ts';
import { parseAddress } from '../net/address.ts';
import { expectation } from './expect-schema.ts';
import { integer, oneOf, takes } from './schema-words.ts';
import { tlsSchema } from './tls-schema.ts';

const SOURCE_ADDRESS = 'an IP address of an interface: not unspecified, multicast, broadcast or IPv4 in IPv6';

/** Each option of a check, without its default. */
export function optionSchemas(maxTimeoutMs: number, trace: 'on' | 'off') {
  return {
    timeoutMs: integer(10, maxTimeoutMs).meta({
      description:
        'Milliseconds that one target has from its own turn: for its lookup, then for its connects. What it waits inside ' +
        'reachd does not count. With `count`, each round has it.',
    }),
    handshake: oneOf(HANDSHAKES).meta({
      description:
        '`half`: SYN, SYN-ACK, RST; the target’s application never sees the check. ' +
        '`full`: three-way handshake, then an orderly close.',
    }),
    family: oneOf(['any', ...FAMILIES]).meta({
      description: 'Which addresses of a name count. A target that is an address must be of it.',
    }),
    addresses: oneOf(['any', 'all']).meta({
      description:
        '`any`: in the order and stagger of RFC 8305, the first open address wins. ' +
        '`all`: every address is attempted, and every one must be as expected.',
    }),
    expect: expectation(),
    count: integer(1, 100).meta({ description: 'Rounds of the check; above 1 the result gains `stats`.' }),
    intervalMs: integer(0, 60_000).meta({
      description: 'Milliseconds from the start of one round to the start of the next.',
    }),
    sourceAddress: z
      .string({ error: takes(SOURCE_ADDRESS) })
      .refine(isSource, { error: takes(SOURCE_ADDRESS) })
      .meta({
        description:
          'IP address of an interface of this host to bind before connecting. A target that is an address must be of its ' +
          'family. One that cannot carry the check is `failed`: it is not this host’s, it is loopback and the target is not, or it is ' +
          'link-local without a `sourceInterface`.',
      }),
    sourceInterface: z
      .string({ error: takes('the name of a network interface') })
      .regex(/^[!-.0-~]{1,15}$/, { error: takes('the name of a network interface, at most 15 ASCII characters') })
      .meta({ description: 'Network interface to bind to before connecting.' }),
    trace: tracing(trace),
    tls: tlsSchema(),
  };
}

/**
 * Whether an interface can have the address: to bind to it is to leave from it. bind(2) takes unspecified, multicast and
 * broadcast addresses too, and the kernel then chooses the source itself; to an IPv4-mapped one no IPv6 target answers.
 */
function isSource(text: string): boolean {
  const address = parseAddress(text);
  if (address === null) return false;
  const [first = 0] = address.bytes;
  if (address.family === 4) return first > 0 && first < 224;
  return first !== 0xff && address.text !== '::' && !address.text.startsWith('::ffff:');
}

/** Where the operator wants no traces, `none` is all that may be asked for, and whoever asks for more learns why. */
function tracing(trace: 'on' | 'off') {
  const error = takes(trace === 'on' ? `one of ${TRACES.join(', ')}` : 'none: this reachd does not trace (TRACE=off)');
  const allowed = z.enum(TRACES, { error }).refine((wanted) => trace === 'on' || wanted === 'none', { error });
  return allowed.meta({
    description:
      'Whether to trace the way to the target, after its answer: `on-failure` what is not open, `always` that too. A trace ' +
      'tells which routers answer, and who answers in the target’s name. It changes no outcome, and takes nothing of `timeoutMs`.',
  });
}
