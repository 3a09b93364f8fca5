// What the log says when the service is up: where it listens, what is in force, and for people a first step.
import { isatty } from 'node:tty';
import type { Logger } from 'pino';
import { firstSteps } from './first-steps.ts';
import { VERSION } from './version.ts';

interface Start {
  readonly config: {
    readonly maxInFlight: number;
    readonly policy: string;
    readonly policyMode: string;
    readonly pages: string;
  };
  readonly tokens: { readonly size: number } | null;
  readonly logger: Logger;
  readonly urls: readonly string[];
  readonly metrics: readonly string[] | undefined;
}

/** Says once where it listens and what is in force; a terminal has the first steps in lines of their own. */
export function announce({ config, tokens, logger, urls, metrics }: Start): void {
  const { maxInFlight, policy, policyMode, pages } = config;
  const steps = firstSteps(urls[0] ?? '', tokens !== null, pages !== 'off');
  const isForPeople = isatty(process.stdout.fd);
  const auth = tokens === null ? { auth: 'none' } : { auth: 'token', tokens: tokens.size };
  const inForce = { ...auth, maxInFlight, policy, policyMode, version: VERSION };
  logger.info({ listening: urls, metrics, ...(isForPeople ? {} : steps), ...inForce }, 'reachd is listening');
  if (isForPeople) for (const [name, step] of Object.entries(steps)) logger.info(`${name}: ${step}`);
}
