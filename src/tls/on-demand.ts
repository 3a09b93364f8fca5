// The TLS phase, loaded with the first check that asks for it: whoever never does pays for none of it.
import { onDemand } from '../check/on-demand.ts';
import type { TlsPhase } from '../check/tls.ts';
import type { TrustOptions } from './trust.ts';

/** A function that loads the phase once. Rejects where what it is to trust cannot be read; the next call tries again. */
export function phaseOnDemand(options: TrustOptions): () => Promise<TlsPhase> {
  return onDemand(() => load(options));
}

async function load(options: TrustOptions): Promise<TlsPhase> {
  const [{ Handshakes }, { Trust }] = await Promise.all([import('./phase.ts'), import('./trust.ts')]);
  return new Handshakes(await Trust.load(options));
}
