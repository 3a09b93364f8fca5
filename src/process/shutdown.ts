// How the process ends. SIGTERM drains first, because a load balancer goes on sending until it has seen /readyz fail;
// SIGINT comes from someone at a terminal and skips that wait. A second signal ends at once. An uncaught error is
// logged once and ends the process with status 1.
import { constants } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Lifecycle } from './lifecycle.ts';

type EndingSignal = 'SIGTERM' | 'SIGINT';

/** What has to be closed, in this order: first no more requests, then no more attempts. */
export interface Running {
  /** Tells others that it is going. */
  readonly drain?: () => void;
  /** Stops listening and resolves when the last request has its reply. */
  closeHttp(): Promise<void>;
  closeReactor(): Promise<void>;
}

export interface ShutdownOptions {
  readonly lifecycle: Lifecycle;
  readonly logger: Logger;
  readonly drainDelayMs: number;
  readonly shutdownGraceMs: number;
}

/**
 * A signal to the process group of `npm start`, such as a Ctrl-C or a supervisor's SIGTERM, arrives twice: npm passes on
 * its own. Two of the same kind within this time are one.
 */
const ECHO_MS = 100;
/** How long replies may take to be written after their checks were cancelled. */
const LAST_WORDS_MS = 500;

export class Shutdown {
  readonly #options: ShutdownOptions;
  #first: { readonly signal: EndingSignal; readonly at: number } | null = null;
  #running: Running | null = null;

  /** Takes over signals and uncaught errors at once. */
  constructor(options: ShutdownOptions) {
    this.#options = options;
    process.on('SIGTERM', (signal) => this.#onSignal(signal as EndingSignal));
    process.on('SIGINT', (signal) => this.#onSignal(signal as EndingSignal));
    // Also raised by an unhandled rejection, which Node turns into an uncaught exception.
    process.on('uncaughtException', (error) => {
      options.logger.fatal({ err: error }, 'uncaught error');
      process.exit(1);
    });
  }

  /** Call it when the start is over. If a signal came during the start, shuts down now. */
  started(running: Running): void {
    this.#running = running;
    if (this.#first !== null) this.#end(running, this.#first.signal);
  }

  #onSignal(signal: EndingSignal): void {
    const { logger } = this.#options;
    if (this.#first === null) {
      logger.info({ signal }, 'shutting down');
      this.#first = { signal, at: performance.now() };
      if (this.#running !== null) this.#end(this.#running, signal);
      return;
    }
    if (signal === this.#first.signal && performance.now() - this.#first.at < ECHO_MS) return;
    logger.warn({ signal }, 'second signal: leaving at once');
    process.exit(128 + constants.signals[signal]);
  }

  #end(running: Running, signal: EndingSignal): void {
    void this.#shutDown(running, signal).then(() => {
      this.#options.logger.info('shut down');
      process.exit(0);
    });
  }

  async #shutDown(running: Running, signal: EndingSignal): Promise<void> {
    const { lifecycle, drainDelayMs, shutdownGraceMs } = this.#options;
    lifecycle.enter('draining');
    running.drain?.();
    if (signal === 'SIGTERM') await sleep(drainDelayMs);
    lifecycle.enter('closing');
    const httpClosed = running.closeHttp();
    await Promise.race([httpClosed, sleep(shutdownGraceMs)]);
    lifecycle.abortChecks();
    await Promise.race([httpClosed, sleep(LAST_WORDS_MS)]);
    await running.closeReactor();
  }
}
