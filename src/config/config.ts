// Environment and flags → one frozen Config, or one line that says which setting is wrong and what it takes.
// Pure: it is given the environment, the flags and the descriptor limit, and it neither prints nor exits.
import { warningsOf } from './idle-settings.ts';
import { isLoopback } from '../net/loopback.ts';
import { isBusHere } from './fleet-settings.ts';
import type { Setting } from './setting-kinds.ts';
import { type Config, DEFAULTS, flagOf, type SettingName, SETTINGS } from './settings.ts';

/** A start that must not happen: one line for the operator, exit code 2, never a stack. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Flag without its dashes (`max-in-flight`) → its value as written. */
  readonly flags: ReadonlyMap<string, string>;
  /** The most attempts that fit under RLIMIT_NOFILE, see descriptor-limit.ts. */
  readonly maxAttempts: number;
  /** Mebibytes that callers may make the process hold, see memory-limit.ts. */
  readonly maxHeldMb: number;
  /** As uname(2) has it. */
  readonly hostName: string;
}

export interface Configuration {
  readonly config: Config;
  /** What was set and does nothing, one line each. */
  readonly warnings: readonly string[];
}

const NAMES = Object.keys(SETTINGS) as SettingName[];

/** A flag wins over its environment variable; an empty variable is unset. Throws ConfigError, whose message is one line. */
export function readConfig({ env, flags, maxAttempts, maxHeldMb, hostName }: Surroundings): Configuration {
  const values: Partial<Record<SettingName, unknown>> = {};
  for (const name of NAMES) {
    const setting: Setting<unknown> = SETTINGS[name];
    const value = valueOf(setting, env, flags);
    if (value !== undefined) values[name] = value;
  }
  const asked: Config = { ...DEFAULTS, ...(values as Partial<Config>) };
  const config = Object.freeze({
    ...asked,
    maxInFlight: Math.min(asked.maxInFlight, maxAttempts),
    maxHeldMb: asked.maxHeldMb === 0 ? maxHeldMb : asked.maxHeldMb,
    vantage: asked.vantage === '' ? vantageOf(hostName) : asked.vantage,
  });
  refuseContradictions(config);
  return { config, warnings: warningsOf({ asked, config, env }) };
}

/** What a setting was set to; undefined where it was not. Throws ConfigError. */
export function valueOf<Value>(
  setting: Setting<Value>,
  env: Surroundings['env'],
  flags: Surroundings['flags'],
): Value | undefined {
  const flag = flagOf(setting);
  const flagText = flags.get(flag);
  if (flagText !== undefined) return parse(setting, `--${flag}`, flagText);
  const envText = env[setting.env];
  return envText === undefined || envText === '' ? undefined : parse(setting, setting.env, envText);
}

/** A host name may be any text, a vantage's is a plain word: the fleet's subjects are made of it. */
function vantageOf(hostName: string): string {
  return hostName.replaceAll(/[^A-Za-z0-9.-]/g, '-').slice(0, 253) || 'localhost';
}

function parse<Value>(setting: Setting<Value>, source: string, text: string): Value {
  const parsed = setting.schema.safeParse(text);
  if (!parsed.success) throw new ConfigError(`${source}=${quoted(text)} is not valid: it takes ${setting.takes}`);
  return parsed.data;
}

/** JSON quoting keeps a stray newline or escape sequence from making two lines of one. */
function quoted(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);
}

function refuseContradictions(config: Config): void {
  refuseOpenDoors(config);
  if (config.natsUrl.length > 0 && config.natsCredentialsFile === '' && !isBusHere(config.natsUrl)) {
    throw new ConfigError(
      `NATS_URL=${quoted(config.natsUrl.join(','))} is not valid: a bus beyond this host takes NATS_CREDENTIALS_FILE, or anybody there could ask through this instance`,
    );
  }
  if (config.metricsPort > 0 && config.metricsPort === config.port) {
    throw new ConfigError(`METRICS_PORT=${config.metricsPort} is not valid: it is PORT, which serves /metrics already`);
  }
  if (config.defaultTimeoutMs > config.maxTimeoutMs) {
    throw new ConfigError(
      `DEFAULT_TIMEOUT_MS=${config.defaultTimeoutMs} is not valid: it takes at most MAX_TIMEOUT_MS, which is ${config.maxTimeoutMs}`,
    );
  }
  if (config.maxQueued < config.maxTargets) {
    throw new ConfigError(
      `MAX_QUEUED=${config.maxQueued} is not valid: it takes at least MAX_TARGETS, which is ${config.maxTargets}, or the largest request could never run`,
    );
  }
  if (config.maxQueuedPerCaller > 0 && config.maxQueuedPerCaller < config.maxTargets) {
    throw new ConfigError(
      `MAX_QUEUED_PER_CALLER=${config.maxQueuedPerCaller} is not valid: it takes 0 or at least MAX_TARGETS, which is ${config.maxTargets}`,
    );
  }
  if (config.policyMode === 'report' && config.audit === 'none') {
    throw new ConfigError('AUDIT=none is not valid: with POLICY_MODE=report nobody would learn what the policy denies');
  }
}

/** Whoever reaches reachd can make it connect. Refuse a configuration that offers this to other machines by mistake. */
function refuseOpenDoors({ host, auth, apiTokens, apiTokensFile }: Config): void {
  const inFile = apiTokensFile !== '';
  const inList = apiTokens.length > 0;
  if (inFile && inList) throw new ConfigError('API_TOKENS and API_TOKENS_FILE are both set: one of them is enough');
  if (auth === 'none' && (inFile || inList)) {
    throw new ConfigError('AUTH=none is not valid: there are API tokens, and nobody would be asked for them');
  }
  if (auth === 'token' && !inFile && !inList && !isLoopback(host)) {
    throw new ConfigError(
      `HOST=${host} lets other machines ask, and there is no API token: set API_TOKENS_FILE (or API_TOKENS), or AUTH=none to let anybody ask`,
    );
  }
}

/** The effective configuration under its environment names, one JSON object. Of secrets, only how many there are. */
export function printConfig(config: Config): string {
  const shown = NAMES.map((name) => {
    const setting: Setting<unknown> = SETTINGS[name];
    const value: unknown = config[name];
    return [setting.env, setting.secret === true && Array.isArray(value) ? value.map(() => 'redacted') : value];
  });
  return JSON.stringify(Object.fromEntries(shown), null, 2);
}
