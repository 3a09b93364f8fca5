// The service: config → reactor → checker → app → listen → signals. `reachd serve` starts it, and that is what
// bin/reachd.cjs does where no other word is said.
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { announce } from './process/announcement.ts';
import { AddressGate } from './check/address-gate.ts';
import { createAudit } from './callers/audit.ts';
import type { Reactor } from './check/attempt.ts';
import { Checker } from './check/checker.ts';
import { Slices } from './check/slices.ts';
import { memoryOf } from './check/pool.ts';
import { observeAll, tellUnforeseen } from './check/observer.ts';
import { Resolver } from './check/resolver.ts';
import { printConfig } from './config/config.ts';
import { maxConnectionsHere, maxTlsAttempts } from './config/descriptor-limit.ts';
import { Metrics } from './metrics/metrics.ts';
import { closeServer, listen, METRICS_CONNECTIONS, type ListenOptions, portOf, urlsOf } from './http/listening.ts';
import type { PolicyInForce } from './policy/policy-in-force.ts';
import {
  readAuthorities,
  readBusFiles,
  readConfigOrGiveUp,
  readFile,
  readPolicy,
  readTokens,
} from './process/given.ts';
import { Lifecycle } from './process/lifecycle.ts';
import { createLogger, logDestination } from './process/logger.ts';
import { ReactorClient } from './reactor/client.ts';
import type { Config } from './config/settings.ts';
import { Shutdown } from './process/shutdown.ts';
import { complain, giveUp, print } from './process/standard-streams.ts';
import { Tracer } from './trace/tracer.ts';
import { TlsGate } from './tls/gate.ts';
import { phaseOnDemand } from './tls/on-demand.ts';
import type { Tokens } from './callers/tokens.ts';
import { admissionTo } from './callers/admission.ts';
import type { Fleet, FleetParts } from './fleet/fleet.ts';
import type { FileInForce } from './groups/file-in-force.ts';
import { VERSION } from './process/version.ts';

/** What `reachd serve` was told on the command line. */
export interface ServeOptions {
  /** Flag without its dashes → its value as written. */
  readonly flags: ReadonlyMap<string, string>;
  /** Print the configuration instead of starting. */
  readonly isPrintConfig: boolean;
}

/** Starts the service, or says in one line why not. Resolves when it listens. */
export async function serve({ flags, isPrintConfig }: ServeOptions): Promise<void> {
  const { config, warnings } = readConfigOrGiveUp(flags);
  // Read everything here, also for --print-config: it must fail wherever a start would.
  const policy = readPolicy(config);
  const tokens = readTokens(config);
  const resolver = new Resolver();
  const file = await readFile(config, { policy, resolver });
  await readAuthorities(config);
  await readBusFiles(config);
  const given = { policy, tokens, resolver, file, warnings: [...warnings, ...policy.warnings] };
  if (!isPrintConfig) return run(config, given);
  for (const warning of given.warnings) complain(`warning: ${warning}`);
  print(`${printConfig(config)}\n`);
}

/** What was read before anything is started. */
interface Given {
  readonly policy: PolicyInForce;
  readonly tokens: Tokens | null;
  readonly resolver: Resolver;
  readonly file: FileInForce | null;
  readonly warnings: readonly string[];
}

async function run(config: Config, { policy, tokens, resolver, file, warnings }: Given): Promise<void> {
  const logger = createLogger(config.logLevel, await logDestination());
  const lifecycle = new Lifecycle();
  for (const warning of warnings) logger.warn(warning);
  if (tokens !== null) watchTokens(tokens, logger);
  // Before the rest: a signal may come during the start.
  const shutdown = new Shutdown({ lifecycle, logger, ...config });
  if (file !== null) process.on('SIGHUP', () => file.reread());

  const slices = new Slices();
  const reactor = new ReactorClient({ ...config, time: slices.time, warn: (message) => logger.warn(message) });
  // Otherwise a worker that is blocked in its wait would keep the process from ending.
  process.on('exit', () => reactor.destroy());
  // The worker comes up while this thread loads and builds the HTTP side, which is most of the start.
  const turning = startOrGiveUp(reactor);
  const { buildApp } = await import('./app.ts');
  const [{ maxInFlight }, { denials }] = [config, policy];
  let fleet: Fleet | null = null;
  const load = () => reactor.load;
  const metrics = new Metrics({ load, maxInFlight, denials, version: VERSION, file, fleet: () => fleet });
  const door = gated(reactor, config);
  const runner = createChecker(config, { reactor: door, slices, resolver, policy, metrics, logger });
  const checker = admissionTo(runner, config);
  const maxConnections = maxConnectionsHere(config.maxInFlight, config.metricsPort === 0 ? 0 : METRICS_CONNECTIONS);
  fleet = await joinFleet({ config, checker, slices }, logger, turning);
  lifecycle.checksAborted.addEventListener('abort', () => fleet?.abort(), { once: true });
  const unanswered = () => ({ inFlight: reactor.inFlight, unanswered: runner.queued });
  const parts = { config, checker, policy, tokens, reactor, lifecycle, file, metrics, maxConnections, slices };
  const view = fleet?.view ?? null;
  const memory = memoryOf(config.maxHeldMb);
  const building = buildApp({ ...parts, load: unanswered, fleet: view, memory, logger: logger.child({}) });
  // Whatever becomes of it: a process that ends while its worker loads is aborted.
  const app = await building.finally(() => turning);
  await listenOrGiveUp(app, { ...config, setting: 'PORT' });
  policy.listensOn(portOf(app));
  file?.begin((...round) => checker.check(...round), logger);
  const metricsApp = await serveMetrics(config, metrics, logger);

  lifecycle.enter('serving');
  const metricsUrls = metricsApp === null ? undefined : urlsOf(metricsApp);
  announce({ config, tokens, logger, urls: urlsOf(app), metrics: metricsUrls });
  // Metrics last: whoever scrapes sees how the rest ends.
  const closeHttp = async (): Promise<void> => {
    file?.stop();
    await Promise.all([closeServer(app), fleet?.finish()]);
    if (metricsApp !== null) await closeServer(metricsApp);
  };
  const closeReactor = async (): Promise<void> => {
    await fleet?.close();
    await reactor.close(0);
  };
  shutdown.started({ drain: () => fleet?.drain(), closeHttp, closeReactor });
}

interface CheckerParts {
  readonly reactor: Reactor;
  readonly slices: Slices;
  readonly resolver: Resolver;
  readonly policy: PolicyInForce;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

function createChecker(config: Config, { reactor, slices, resolver, policy, metrics, logger }: CheckerParts): Checker {
  return new Checker({
    reactor,
    slices,
    resolver,
    tls: phaseOnDemand({ file: config.tlsCaFile, env: process.env, tell: tellOfAuthorities(logger) }),
    policy,
    maxQueued: config.maxQueued,
    vantage: config.vantage,
    tracing: createTracing(config, reactor, policy),
    observer: observeAll(
      metrics.checks,
      createAudit(logger, config.audit),
      tellUnforeseen((cause) => logger.error({ cause }, 'an attempt ended in a way that nobody foresaw')),
    ),
  });
}

function watchTokens(tokens: Tokens, logger: Logger): void {
  tokens.watch((failure) => {
    if (failure === null) logger.info({ tokens: tokens.size }, 'the API tokens were read again');
    else logger.warn({ failure, tokens: tokens.size }, 'the API tokens stay as they were');
  });
}

type FleetSource = Pick<FleetParts, 'config' | 'checker' | 'slices'>;

/** This instance in the fleet, which may ask at once; null without NATS_URL, and nothing of it is loaded then. */
async function joinFleet(parts: FleetSource, logger: Logger, turning: Promise<void>): Promise<Fleet | null> {
  if (parts.config.natsUrl.length === 0) return null;
  await turning;
  const { joinFleet: join } = await import('./fleet/fleet.ts');
  return join({ ...parts, version: VERSION, logger: logger.child({}) });
}

/** The reactor behind what bounds attempts with TLS, and attempts to one address. */
function gated(reactor: ReactorClient, { maxInFlight, maxInFlightPerAddress }: Config): Reactor {
  const gate = new TlsGate(reactor, maxTlsAttempts(maxInFlight));
  return maxInFlightPerAddress === 0 ? gate : new AddressGate(gate, maxInFlightPerAddress);
}

function tellOfAuthorities(logger: Logger): (failure: string | null) => void {
  return (failure) => {
    if (failure === null) logger.info('the certificates of TLS_CA_FILE were read again');
    else logger.warn({ failure }, 'the certificates of TLS_CA_FILE stay as they were');
  };
}

/** Ends the process, with one line for the operator, where the reactor cannot work. */
async function startOrGiveUp(reactor: ReactorClient): Promise<void> {
  try {
    await reactor.start();
  } catch (error) {
    giveUp(`the reactor cannot start: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Null where the operator wants no traces. */
function createTracing({ trace, maxTraces, traceMaxHops }: Config, reactor: Reactor, policy: PolicyInForce) {
  if (trace === 'off') return null;
  return new Tracer({ reactor, mayAsk: (...asked) => policy.allows(...asked), maxTraces, maxHops: traceMaxHops });
}

/** Ends the process, with one line for the operator, where the address cannot be listened on. */
async function listenOrGiveUp(app: FastifyInstance, at: ListenOptions): Promise<void> {
  try {
    await listen(app, at);
  } catch (error) {
    giveUp(error instanceof Error ? error.message : String(error));
  }
}

/** The server of METRICS_PORT; null without one. */
async function serveMetrics(config: Config, metrics: Metrics, logger: Logger): Promise<FastifyInstance | null> {
  if (config.metricsPort === 0) return null;
  const { buildMetricsApp } = await import('./http/metrics-app.ts');
  const app = await buildMetricsApp({ host: config.host, page: () => metrics.page(), logger: logger.child({}) });
  await listenOrGiveUp(app, { ...config, port: config.metricsPort, setting: 'METRICS_PORT' });
  return app;
}
