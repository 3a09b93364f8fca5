// One table of settings: how each is called in the environment and as a flag, what it takes, and its default. Help
// text, validation and the Config type all come from it. It reads no environment and prints nothing.
import * as z from 'zod';
import { FLEET_SETTINGS } from './fleet-settings.ts';
import { digits, integer, list, oneOf, path, type Setting } from './setting-kinds.ts';

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
const POLICIES = ['cluster', 'public-only', 'allowlist'] as const;
const POLICY_MODES = ['enforce', 'report'] as const;
const PAGES = ['open', 'token', 'off'] as const;
const HOUR_MS = 3_600_000;
/** The contract's shortest deadlineMs. */
const MIN_DEADLINE_MS = 10;

export const SETTINGS = {
  host: {
    env: 'HOST',
    fallback: '127.0.0.1',
    schema: z.string().regex(/^[\w.:-]+$/),
    takes: 'an address or host name to listen on',
    about: 'where to listen; 0.0.0.0 is every IPv4 address, :: every address',
  },
  port: integer('PORT', 8080, 0, 65_535, 'the port to listen on; 0 lets the system choose'),
  metricsPort: integer('METRICS_PORT', 0, 0, 65_535, 'serves GET /metrics alone, without a token; 0: no such port'),
  vantage: {
    env: 'VANTAGE',
    fallback: '',
    schema: z.string().regex(/^[A-Za-z0-9.-]{1,253}$/),
    takes: '1 to 253 letters, digits, dots and hyphens',
    about: 'what replies call the place that they were asked from; empty is the name of the host',
  },
  ...FLEET_SETTINGS,
  logLevel: oneOf('LOG_LEVEL', 'info', LOG_LEVELS, 'the least that is logged'),
  defaultTimeoutMs: integer(
    'DEFAULT_TIMEOUT_MS',
    3000,
    10,
    HOUR_MS,
    'time of a target from its own turn, where it does not say its own',
  ),
  maxTimeoutMs: integer('MAX_TIMEOUT_MS', 30_000, 10, HOUR_MS, 'the longest timeoutMs a caller may ask for'),
  maxDeadlineMs: {
    env: 'MAX_DEADLINE_MS',
    fallback: 0,
    schema: z.union([z.literal('0').transform(Number), digits(MIN_DEADLINE_MS, HOUR_MS)]),
    takes: `0, or an integer from ${MIN_DEADLINE_MS} to ${HOUR_MS}`,
    about: 'the longest deadlineMs, and that of a request without one; 0: none',
  },
  maxTargets: integer('MAX_TARGETS', 10_000, 1, 100_000, 'targets in one request'),
  maxInFlight: integer(
    'MAX_IN_FLIGHT',
    10_240,
    1,
    1_000_000,
    'attempts of one caller in flight, a 64th more is for others; capped by the descriptor limit',
  ),
  maxQueued: integer('MAX_QUEUED', 100_000, 1, 10_000_000, 'attempts waiting; above it requests get 503 overloaded'),
  maxQueuedPerCaller: integer(
    'MAX_QUEUED_PER_CALLER',
    0,
    0,
    10_000_000,
    'checks waiting of one caller, 429; 0 is no limit',
  ),
  maxHeldMb: integer(
    'MAX_HELD_MB',
    0,
    0,
    1_000_000,
    'mebibytes that callers may make reachd hold, 503 or 429; 0: from the memory it may use',
  ),
  streamWindow: integer('STREAM_WINDOW', 10_000, 1, 1_000_000, "unanswered targets of one caller's streams"),
  maxInFlightPerAddress: integer(
    'MAX_IN_FLIGHT_PER_ADDRESS',
    0,
    0,
    1_000_000,
    'attempts in flight to one address, the others wait; 0 is no limit',
  ),
  rateTargetsPerSecond: integer('RATE_TARGETS_PER_SECOND', 0, 0, 10_000_000, 'attempts of one caller; 0 is no limit'),
  rateBurst: integer('RATE_BURST', 0, 0, 10_000_000, "attempts of one caller at once; 0 is one second's"),
  connectRate: integer('CONNECT_RATE', 0, 0, 10_000_000, 'connects a second, over all callers; 0 is no limit'),
  trace: oneOf('TRACE', 'on', ['on', 'off'], 'off: requests that want a trace are refused, for hops tell the network'),
  maxTraces: integer('MAX_TRACES', 16, 1, 1000, 'targets of one request that are traced at a time'),
  traceMaxHops: integer('TRACE_MAX_HOPS', 30, 1, 255, 'the greatest TTL of a trace'),
  auth: oneOf('AUTH', 'token', ['token', 'none'], 'none lets anybody ask, on any address'),
  tlsCaFile: path(
    'TLS_CA_FILE',
    "certificates in PEM that checks with tls trust beside the system's and Node's own; read again when it changes",
  ),
  apiTokensFile: path(
    'API_TOKENS_FILE',
    'API tokens, one name:token or name:sha256:<hex> a line; read again when it changes',
  ),
  apiTokens: { ...list('API_TOKENS', 'API tokens, as in the file'), secret: true },
  configFile: path(
    'CONFIG_FILE',
    'YAML: groups for readiness, modules for probes; read again when it changes and on SIGHUP',
  ),
  pages: oneOf('PAGES', 'open', PAGES, 'who sees / and /docs and /openapi.*: all, who has a token, or nobody'),
  policy: oneOf('POLICY', 'cluster', POLICIES, 'preset of the address policy'),
  allowCidrs: list('ALLOW_CIDRS', 'CIDR blocks that the address policy allows'),
  denyCidrs: list('DENY_CIDRS', 'CIDR blocks that the address policy denies'),
  allowPorts: list('ALLOW_PORTS', 'ports that the address policy allows; empty allows all'),
  policyMode: oneOf('POLICY_MODE', 'enforce', POLICY_MODES, 'report lets pass what the policy denies, and logs it'),
  audit: oneOf('AUDIT', 'denied', ['none', 'denied', 'failed', 'all'], 'targets that get a line in the log'),
  drainDelayMs: integer('DRAIN_DELAY_MS', 5000, 0, HOUR_MS, 'still serving after SIGTERM while readiness is withdrawn'),
  shutdownGraceMs: integer('SHUTDOWN_GRACE_MS', 20_000, 0, HOUR_MS, 'for requests in flight after the drain delay'),
} as const satisfies Record<string, Setting<unknown>>;

export type SettingName = keyof typeof SETTINGS;

/** Frozen; every value is valid and consistent with the others. */
export type Config = { readonly [Name in SettingName]: z.output<(typeof SETTINGS)[Name]['schema']> };

/** What runs when nothing is set. */
export const DEFAULTS: Config = Object.freeze(
  Object.fromEntries(Object.entries(SETTINGS).map(([name, setting]) => [name, setting.fallback])) as unknown as Config,
);

/** `MAX_IN_FLIGHT` → `max-in-flight`. */
export function flagOf(setting: { readonly env: string }): string {
  return setting.env.toLowerCase().replaceAll('_', '-');
}
