// Who this instance is on the bus: what NATS_CREDENTIALS_FILE holds, in one of three forms. It knows no file and no client.

export type Credentials =
  | { readonly kind: 'creds'; readonly text: string }
  | { readonly kind: 'nkey'; readonly seed: string }
  | { readonly kind: 'password'; readonly user: string; readonly password: string };

/** Throws, in words for the operator that quote nothing of it, where `text` is none of the three. */
export function parseCredentials(text: string): Credentials {
  if (text.includes('BEGIN NATS USER JWT')) return { kind: 'creds', text };
  const line = text.trim();
  if (/^SU[A-Z2-7]{56}$/.test(line)) return { kind: 'nkey', seed: line };
  const colon = line.indexOf(':');
  if (colon > 0 && !line.includes('\n')) {
    return { kind: 'password', user: line.slice(0, colon), password: line.slice(colon + 1) };
  }
  throw new Error('takes a .creds file, an NKEY seed, or user:password');
}
