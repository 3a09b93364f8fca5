// The process: config → reactor → checker → app → listen → signals. Started by bin/reachd.cjs, which sizes the thread
// pool first.
import { hostname } from 'node:os';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { AddressGate } from './check/address-gate.ts';
import { createAudit } from './callers/audit.ts';
import type { Reactor } from './check/attempt.ts';
import { Checker } from './check/checker.ts';
import { memoryOf } from './check/pool.ts';
import { observeAll, tellUnforeseen } from './check/observer.ts';
import { Resolver } from './check/resolver.ts';
import { type Command, helpText, printConfig, readCommand } from './config/config.ts';
import { maxAttemptsHere, maxConnectionsHere } from './config/descriptor-limit.ts';
import { ConfigError } from './config/flags.ts';
import { Metrics } from './metrics/metrics.ts';
import { closeServer, listen, METRICS_CONNECTIONS, type ListenOptions, portOf, urlsOf } from './http/listening.ts';
import { maxHeldHere } from './config/memory-limit.ts';
import { PolicyInForce } from './policy/policy-in-force.ts';
import { Lifecycle } from './process/lifecycle.ts';
import { createLogger } from './process/logger.ts';
import { ReactorClient } from './reactor/client.ts';
import type { Config } from './config/settings.ts';
import { Shutdown } from './process/shutdown.ts';
import { Tracer } from './trace/tracer.ts';
import { Tokens } from './callers/tokens.ts';
import { admissionTo } from './callers/admission.ts';
import type { Judges } from './groups/denied-targets.ts';
import type { FileInForce } from './groups/file-in-force.ts';
import { VERSION } from './process/version.ts';

const BAD_CONFIG = 2;

const command = readCommandOrExplain();
if (command === null) process.exitCode = BAD_CONFIG;
else await obey(command);

function readCommandOrExplain(): Command | null {
  try {
    const [argv, maxAttempts, maxHeldMb] = [process.argv.slice(2), maxAttemptsHere(), maxHeldHere()];
    return readCommand({ env: process.env, argv, maxAttempts, maxHeldMb, hostName: hostname() });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    complain(error.message);
    return null;
  }
}

async function obey({ request, config }: Command): Promise<void> {
  if (request === 'help') print(helpText());
  else if (request === 'version') print(VERSION);
  else {
    // Read everything here, also for --print-config: it must fail wherever a start would.
    const policy = readPolicy(config);
    const tokens = readTokens(config);
    const resolver = new Resolver();
    const file = await readFile(config, { policy, resolver });
    if (request === 'print-config') print(printConfig(config));
    else await run(config, { policy, tokens, resolver, file });
  }
}

/** What was read before anything is started. */
interface Read {
  readonly policy: PolicyInForce;
  readonly tokens: Tokens | null;
  readonly resolver: Resolver;
  readonly file: FileInForce | null;
}

async function run(config: Config, { policy, tokens, resolver, file }: Read): Promise<void> {
  const logger = createLogger(config.logLevel);
  const lifecycle = new Lifecycle();
  warnOfOverruled(policy, logger);
  watchTokens(tokens, logger);
  // Before the rest: a signal may come during the start.
  const shutdown = new Shutdown({ lifecycle, logger, ...config });
  if (file !== null) process.on('SIGHUP', () => file.reread());

  // The worker comes up while this thread loads the HTTP side, which is most of the start.
  const [reactor, { buildApp }] = await Promise.all([startReactor(config, logger), import('./app.ts')]);
  // Otherwise a worker that is blocked in its wait would keep the process from ending.
  process.on('exit', () => reactor.destroy());
  const [{ maxInFlight }, { denials }] = [config, policy];
  const metrics = new Metrics({ load: () => reactor.load, maxInFlight, denials, version: VERSION });
  const gated = config.maxInFlightPerAddress === 0 ? reactor : new AddressGate(reactor, config.maxInFlightPerAddress);
  const runner = new Checker({
    reactor: gated,
    resolver,
    policy,
    maxQueued: config.maxQueued,
    vantage: config.vantage,
    tracing: createTracing(config, gated, policy),
    observer: observeAll(
      metrics.checks,
      createAudit(logger, config.audit),
      tellUnforeseen((cause) => logger.error({ cause }, 'an attempt ended in a way that nobody foresaw')),
    ),
  });
  const checker = admissionTo(runner, config);
  const otherConnections = config.metricsPort === 0 ? 0 : METRICS_CONNECTIONS;
  const maxConnections = maxConnectionsHere(config.maxInFlight, otherConnections);
  const memory = memoryOf(config.maxHeldMb);
  const parts = { config, checker, policy, tokens, reactor, lifecycle, file, metrics, memory, maxConnections };
  const app = await buildApp({ ...parts, logger: logger.child({}) });
  await listenOrGiveUp(app, { ...config, setting: 'PORT' });
  policy.listensOn(portOf(app));
  file?.begin((...round) => checker.check(...round), logger);
  const metricsApp = await serveMetrics(config, metrics, logger);

  lifecycle.enter('serving');
  logger.info(
    {
      listening: urlsOf(app),
      metrics: metricsApp === null ? undefined : urlsOf(metricsApp),
      auth: tokens === null ? 'none' : 'token',
      maxInFlight: config.maxInFlight,
      policy: config.policy,
      policyMode: config.policyMode,
      version: VERSION,
    },
    'reachd is listening',
  );
  // Metrics last: whoever scrapes sees how the rest ends.
  const closeHttp = async (): Promise<void> => {
    file?.stop();
    await closeServer(app);
    if (metricsApp !== null) await closeServer(metricsApp);
  };
  shutdown.started({ closeHttp, closeReactor: () => reactor.close(0) });
}

/** Ends the process, with one line for the operator, when a rule of the address policy cannot be read. */
function readPolicy(config: Config): PolicyInForce {
  try {
    return new PolicyInForce(config);
  } catch (error) {
    return giveUp(error instanceof Error ? error.message : String(error), BAD_CONFIG);
  }
}

/** The API tokens, null when there are none. Ends the process, with one line for the operator, when they cannot be read. */
function readTokens({ apiTokens, apiTokensFile: file }: Config): Tokens | null {
  if (file === '' && apiTokens.length === 0) return null;
  const source = file === '' ? 'API_TOKENS' : `API_TOKENS_FILE=${file}`;
  try {
    const tokens = file === '' ? new Tokens(apiTokens) : Tokens.ofFile(file);
    return tokens.size === 0 ? giveUp(`${source} holds no token`, BAD_CONFIG) : tokens;
  } catch (error) {
    return giveUp(`${source}: ${error instanceof Error ? error.message : String(error)}`, BAD_CONFIG);
  }
}

function watchTokens(tokens: Tokens | null, logger: Logger): void {
  tokens?.watch((failure) => {
    if (failure === null) logger.info('the API tokens were read again');
    else logger.warn({ failure }, 'the API tokens stay as they were');
  });
}

/** CONFIG_FILE. Ends the process, with a line for each mistake, when it cannot be read or names what is denied. */
async function readFile(config: Config, judges: Judges): Promise<FileInForce | null> {
  if (config.configFile === '') return null;
  const { FileInForce } = await import('./groups/file-in-force.ts');
  try {
    return await FileInForce.open(config.configFile, config, judges);
  } catch (error) {
    return giveUp(`CONFIG_FILE=${error instanceof Error ? error.message : String(error)}`, BAD_CONFIG);
  }
}

/** An operator who denies a part of an allowed block means an exception; warn that it has no effect. */
function warnOfOverruled({ overruled }: PolicyInForce, logger: Logger): void {
  if (overruled.length === 0) return;
  logger.warn({ overruled }, 'entries of DENY_CIDRS deny nothing: ALLOW_CIDRS goes first and has a block around them');
}

/** Ends the process, with one line for the operator, where the reactor cannot work. */
async function startReactor({ maxInFlight, connectRate }: Config, logger: Logger): Promise<ReactorClient> {
  try {
    return await ReactorClient.start({ maxInFlight, connectRate, warn: (message) => logger.warn(message) });
  } catch (error) {
    return giveUp(`the reactor cannot start: ${error instanceof Error ? error.message : String(error)}`);
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

function giveUp(message: string, status = 1): never {
  complain(message);
  process.exit(status);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function complain(message: string): void {
  process.stderr.write(`reachd: ${message}\n`);
}
