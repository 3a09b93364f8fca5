// What reachd sends of a TLS handshake, described for the OpenAPI document. The types in check/tls.ts are the truth, and
// reply-schemas.ts has the compiler refuse a schema that says anything else.
import * as z from 'zod';
import { TLS_OUTCOMES } from '../../check/tls.ts';

const instant = z.string().nullable().meta({ format: 'date-time' });

const certificate = z
  .object({
    subject: z.string(),
    issuer: z.string(),
    names: z
      .array(z.string())
      .meta({ description: 'DNS names and IP addresses that it is for, as far as 2000 characters go.' }),
    validFrom: instant,
    validTo: instant,
    daysLeft: z.int().nullable().meta({ description: 'Whole days until `validTo`; negative afterwards.' }),
    fingerprint256: z.string().meta({ description: 'SHA-256, as `openssl x509 -fingerprint -sha256` writes it.' }),
    chain: z.int().min(1).meta({ description: 'How many certificates the target sent.' }),
    earliestValidTo: instant.meta({ format: 'date-time', description: 'The earliest `validTo` of all that it sent.' }),
    chainValidTo: instant.meta({
      format: 'date-time',
      description:
        'Until when the chain to a trusted root stands: its earliest `validTo`; null where it was not verified.',
    }),
  })
  .meta({ id: 'Certificate', description: 'The target’s own; times are null where it holds one that cannot be read.' });

export const tls = z
  .object({
    outcome: z.enum(TLS_OUTCOMES).meta({
      id: 'TlsOutcome',
      description: [
        'What the handshake came to. All but `ok` make the result not ok.',
        '- `ok`: it ended well; with `verify: false`, whatever the certificate',
        '- `untrusted`: nobody trusted vouches for the certificate',
        '- `expired`, `not-yet-valid`: the certificate, or one that it stands on',
        '- `name-mismatch`: it is for other names',
        '- `expiring`: it, or one that it stands on, lasts less than `minDaysLeft`',
        '- `not-tls`: the target answered with something else',
        '- `rejected`: one side does not take what the other offers, a missing client certificate included',
        '- `reset`: the target ended the connection before the handshake had ended',
        '- `timeout`: the handshake did not end within `timeoutMs`',
      ].join('\n'),
    }),
    durationMs: z.number().min(0).meta({ description: 'From the handshake’s first byte to its end.' }),
    queuedMs: z.number().min(0).meta({ description: 'Waiting inside reachd for a turn to shake hands.' }),
    protocol: z.string().nullable().meta({ description: 'Such as `TLSv1.3`.' }),
    cipher: z.string().nullable().meta({ description: 'As IANA names it.' }),
    alpn: z.string().nullable().meta({ description: 'The protocol that the target chose of `alpn`.' }),
    certificate: certificate.nullable(),
  })
  .meta({ id: 'Tls', description: 'The TLS handshake after an open connect, in which no application data is sent.' });
