// The TLS phase of a check: a turn for the handshake, the handshake, and what it means. It is loaded with the first check
// that asks for it. It knows neither HTTP nor the reactor's threads; a connection is a descriptor to it.
import { CUT_SHORT, finding, type Finding } from '../check/outcome.ts';
import type { Waiting } from '../check/run.ts';
import { roundMs } from '../check/stats.ts';
import type { OpenConnection, TlsAnswer, TlsOptions, TlsPhase, TlsReport } from '../check/tls.ts';
import { monotonicMs } from '../clock.ts';
import { parseAddress } from '../net/address.ts';
import { shakeHands, type TargetEnd } from './handshake.ts';
import { Starts } from './starts.ts';
import type { Trust } from './trust.ts';
import { verdictOf } from './verdict.ts';

export class Handshakes implements TlsPhase {
  readonly #trust: Pick<Trust, 'current'>;
  readonly #starts = new Starts();

  constructor(trust: Pick<Trust, 'current'>) {
    this.#trust = trust;
  }

  async shakeHands(
    open: OpenConnection,
    host: string,
    options: TlsOptions,
    waiting: Waiting,
  ): Promise<TlsAnswer | Finding> {
    const { caller, request, cancellation, deadline } = waiting;
    const arrivedAt = monotonicMs();
    const turn = await this.#starts.wait({ caller, request, cancellation, passed: deadline.passed });
    if (turn !== 'turn') {
      open.connection.close();
      return turn === 'cancelled' ? CANCELLED : CUT_SHORT;
    }
    try {
      return await this.#shakeHands(open, host, options, waiting, monotonicMs() - arrivedAt);
    } catch (error) {
      return failed(error);
    }
  }

  async #shakeHands(
    { connection, endsAt }: OpenConnection,
    host: string,
    options: TlsOptions,
    waiting: Waiting,
    queuedMs: number,
  ): Promise<TlsAnswer | Finding> {
    const { context, authorities } = this.#trust.current();
    const serverName = options.servername ?? nameOf(host);
    const startedAt = monotonicMs();
    const end = await shakeHands(connection, { serverName, alpn: options.alpn, context }, endsAt + queuedMs, waiting);
    const durationMs = roundMs(monotonicMs() - startedAt);
    if (end.how === 'cancelled') return CANCELLED;
    if (end.how === 'cut-short') return CUT_SHORT;
    const demand = { host: serverName ?? host, options, authorities, now: Date.now() };
    const { outcome, code, message, certificate } = verdictOf(end, demand);
    return {
      report: { outcome, durationMs, queuedMs: roundMs(queuedMs), ...agreedOf(end), certificate },
      cause: outcome === 'ok' ? null : { layer: 'tls', code, message },
    };
  }
}

const CANCELLED = finding('cancelled', 'local', 'ECANCELED', 'cancelled before the TLS handshake ended');

function failed(error: unknown): Finding {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'tls';
  return finding('failed', 'local', code, 'reachd could not begin the TLS handshake');
}

/** What is asked for by SNI: a name without its trailing dot, and no address (RFC 6066, section 3). */
function nameOf(host: string): string | null {
  return parseAddress(host) === null ? host.replace(/\.$/, '') : null;
}

function agreedOf(end: TargetEnd): Pick<TlsReport, 'protocol' | 'cipher' | 'alpn'> {
  const secured = 'secured' in end ? end.secured : null;
  return { protocol: secured?.protocol ?? null, cipher: secured?.cipher ?? null, alpn: secured?.alpn ?? null };
}
