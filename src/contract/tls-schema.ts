// What a caller may ask of the TLS phase: `true` for the defaults, or an object. In a query it is `true` or `false` alone.
import * as z from 'zod';
import { targetOf } from '../check/target.ts';
import type { TlsOptions } from '../check/tls.ts';
import { integer, list, takes } from './schema-words.ts';

/** What asks for the defaults, for none, or for options of its own. */
export type AskedTls = boolean | z.output<ReturnType<typeof tlsObject>> | undefined;

const DEFAULTS: TlsOptions = { servername: null, alpn: [], verify: true, minDaysLeft: 0 };
const TEN_YEARS = 3650;
const DESCRIPTION =
  'The TLS handshake that follows an open connect, within the same `timeoutMs`; `true`: with the defaults. It implies ' +
  '`handshake: full`. `ok` then takes both.';

export function tlsSchema() {
  return z
    .union([z.boolean(), tlsObject()], {
      error: takes('true, false, or an object of servername, alpn, verify, minDaysLeft'),
    })
    .meta({ description: DESCRIPTION });
}

export function tlsQuerySchema() {
  const error = takes('true or false: its options stand in a body');
  return z.preprocess(flagFromText, z.boolean({ error })).meta({ description: DESCRIPTION });
}

/** The options that a request asks for; null for no TLS. */
export function tlsOf(asked: AskedTls): TlsOptions | null {
  if (asked === undefined || asked === false) return null;
  if (asked === true) return DEFAULTS;
  return {
    servername: asked.servername?.replace(/\.$/, '').toLowerCase() ?? null,
    alpn: asked.alpn ?? [],
    verify: asked.verify ?? true,
    minDaysLeft: asked.minDaysLeft ?? 0,
  };
}

function tlsObject() {
  const name = takes('a host name, for an address is none (RFC 6066)');
  const protocol = takes('protocols of 1 to 255 ASCII characters, such as h2');
  const flag = takes('true or false');
  return z
    .strictObject({
      servername: z.string({ error: name }).refine(isName, { error: name }).optional().meta({
        description: 'The name that is asked for (SNI) and has to be in the certificate, instead of the target’s.',
      }),
      alpn: list(
        z.string({ error: protocol }).regex(/^[!-~]{1,255}$/, { error: protocol }),
        MAX_PROTOCOLS,
        `1 to ${MAX_PROTOCOLS} protocols`,
      )
        .optional()
        .meta({ description: 'Protocols to offer (ALPN, RFC 7301), the best first.' }),
      verify: z.boolean({ error: flag }).optional().meta({
        description: '`false`: any certificate is taken, and still reported. True unless given.',
      }),
      minDaysLeft: integer(0, TEN_YEARS).optional().meta({
        description:
          'How many days the certificate, and what it stands on, must last: `expiring` with less. 0 unless given.',
      }),
    })
    .refine(({ verify, minDaysLeft = 0 }) => verify !== false || minDaysLeft === 0, {
      path: ['minDaysLeft'],
      error: 'takes verify: true, for without it any certificate is taken',
    })
    .meta({ id: 'TlsOptions' });
}
const MAX_PROTOCOLS = 10;

function isName(text: string): boolean {
  const target = targetOf(text, 443);
  return typeof target !== 'string' && target.address === null;
}

function flagFromText(value: unknown): unknown {
  return value === 'true' ? true : value === 'false' ? false : value;
}
