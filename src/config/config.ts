// Environment and flags → one frozen Config, or one line that says which setting is wrong and what it takes.
// Pure: it is given the environment, the arguments and the descriptor limit, and it neither prints nor exits.
import { ConfigError, parseFlags, type Request } from './flags.ts';
import { isLoopback } from '../net/loopback.ts';
import { type Config, DEFAULTS, flagOf, type Setting, type SettingName, SETTINGS } from './settings.ts';

export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Arguments after the program's name. */
  readonly argv: readonly string[];
  /** The most attempts that fit under RLIMIT_NOFILE, see descriptor-limit.ts. */
  readonly maxAttempts: number;
  /** Mebibytes that callers may make the process hold, see memory-limit.ts. */
  readonly maxHeldMb: number;
  /** As uname(2) has it. */
  readonly hostName: string;
}

export interface Command {
  /** What to print instead of starting, or null to start. */
  readonly request: Request | null;
  readonly config: Config;
}

const NAMES = Object.keys(SETTINGS) as SettingName[];

/** A flag wins over its environment variable; an empty variable is unset. Throws ConfigError, whose message is one line. */
export function readCommand({ env, argv, maxAttempts, maxHeldMb, hostName }: Surroundings): Command {
  const flags = parseFlags(argv, Object.values(SETTINGS).map(flagOf));
  // Help comes first: a mistake in a setting must not hide it from a newcomer.
  if (flags.requests.has('help')) return { request: 'help', config: DEFAULTS };
  if (flags.requests.has('version')) return { request: 'version', config: DEFAULTS };

  const values: Partial<Record<SettingName, unknown>> = {};
  for (const name of NAMES) {
    const setting: Setting<unknown> = SETTINGS[name];
    const flag = flagOf(setting);
    const flagText = flags.values.get(flag);
    const envText = env[setting.env];
    if (flagText !== undefined) values[name] = parse(setting, `--${flag}`, flagText);
    else if (envText !== undefined && envText !== '') values[name] = parse(setting, setting.env, envText);
  }
  const asked = { ...DEFAULTS, ...(values as Partial<Config>) };
  const config = Object.freeze({
    ...asked,
    maxInFlight: Math.min(asked.maxInFlight, maxAttempts),
    maxHeldMb: asked.maxHeldMb === 0 ? maxHeldMb : asked.maxHeldMb,
    vantage: asked.vantage === '' ? vantageOf(hostName) : asked.vantage,
  });
  refuseContradictions(config);
  return { request: flags.requests.has('print-config') ? 'print-config' : null, config };
}

/** A host name may be any text, a vantage's is a plain word: the fleet's subjects are made of it. */
function vantageOf(hostName: string): string {
  return hostName.replaceAll(/[^A-Za-z0-9.-]/g, '-').slice(0, 253) || 'localhost';
}

function parse(setting: Setting<unknown>, source: string, text: string): unknown {
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

export function helpText(): string {
  const rows = NAMES.map((name) => {
    const setting: Setting<unknown> = SETTINGS[name];
    const fallback = Array.isArray(setting.fallback) ? setting.fallback.join(',') : String(setting.fallback);
    const head = `  --${flagOf(setting)}, ${setting.env}`.padEnd(58);
    return `${head}${setting.about} (${setting.takes}; ${fallback === '' ? 'empty' : fallback})`;
  });
  return [
    'Usage: reachd [flags]',
    '',
    'Answers over HTTP whether TCP connections can be opened from here, how long they take, and if not, who said no.',
    'Every setting is a flag and an environment variable; the flag wins, and an empty variable counts as unset.',
    '',
    ...rows,
    '',
    `  ${'--print-config'.padEnd(56)}print the effective configuration as JSON and exit`,
    `  ${'--version'.padEnd(56)}print the version and exit`,
    `  ${'--help, -h'.padEnd(56)}print this and exit`,
  ].join('\n');
}
