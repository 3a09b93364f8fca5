// The OpenAPI document as text, as the checked-in openapi.yaml holds it: that of the default configuration, so that it
// does not depend on where it is made.
import { pino } from 'pino';
import { buildApp } from '../src/app.ts';
import { Slices } from '../src/check/slices.ts';
import { memoryOf } from '../src/check/pool.ts';
import { admissionTo } from '../src/callers/admission.ts';
import { Lifecycle } from '../src/process/lifecycle.ts';
import { DEFAULTS } from '../src/config/settings.ts';

/** Builds the app on parts that are never used: the document needs routes, not answers. */
export async function openapiYaml(): Promise<string> {
  const app = await buildApp({
    config: DEFAULTS,
    checker: admissionTo(
      {
        vantage: { name: 'document' },
        check: () => Promise.reject(new Error('the document checks nothing')),
        open: () => {
          throw new Error('the document checks nothing');
        },
      },
      DEFAULTS,
    ),
    policy: {
      describe: () => {
        throw new Error('the document describes no policy');
      },
    },
    tokens: null,
    reactor: { health: () => ({ live: true, ready: true, detail: 'not started' }) },
    lifecycle: new Lifecycle(),
    load: () => ({ inFlight: 0, unanswered: 0 }),
    metrics: {
      http: { count: () => undefined },
      page: () => Promise.reject(new Error('the document measures nothing')),
    },
    file: null,
    // With a fleet there is more that may be asked.
    fleet: {
      vantages: () => Promise.reject(new Error('the document asks nobody')),
      select: () => Promise.reject(new Error('the document asks nobody')),
    },
    maxConnections: Infinity,
    memory: memoryOf(1),
    slices: new Slices(),
    logger: pino({ level: 'silent' }),
  });
  const { body } = await app.inject('/openapi.yaml');
  await app.close();
  return body;
}
