// What was set and does nothing: a name that is nearly a setting's, and settings that wait for another one. Each is a
// line for the operator and never stops a start. Pure. What the address policy makes of its blocks, it says itself.
import { type Config, SETTINGS } from './settings.ts';

interface Asked {
  /** As it was asked for. */
  readonly asked: Config;
  /** As it is in force. */
  readonly config: Config;
  readonly env: Readonly<Record<string, string | undefined>>;
}

const NAMES: readonly string[] = Object.values(SETTINGS).map(({ env }) => env);

/** What shells, terminals, Node and Kubernetes set by themselves: HOME is two letters from HOST, PATH from AUTH. */
const USUAL = new Set(['HOME', 'PATH', 'LANG', 'TERM', 'USER', 'MAIL', 'SHELL', 'SHLVL', 'PWD', 'OLDPWD', 'TZ', 'PS1']);

/** A Kubernetes Service or a Docker link of this name in the same namespace: `ALLOW_PORT=tcp://10.0.0.1:80`. */
const LINK = /^(tcp|udp|sctp):\/\//;

/** In so short a name two letters make another word: one is a typing mistake. */
const SHORT = 5;

export function warningsOf({ asked, config, env }: Asked): string[] {
  const warnings = misspelled(env);
  if (config.rateBurst > 0 && config.rateTargetsPerSecond === 0) {
    warnings.push(`RATE_BURST=${config.rateBurst} does nothing: RATE_TARGETS_PER_SECOND is 0, which is no limit`);
  }
  if (config.policy === 'allowlist' && config.allowCidrs.length === 0) {
    warnings.push('POLICY=allowlist denies every target: ALLOW_CIDRS is empty');
  }
  if (config.maxInFlight < asked.maxInFlight) {
    warnings.push(
      `MAX_IN_FLIGHT is ${config.maxInFlight} and not ${asked.maxInFlight}: no more fit under the limit of open files (ulimit -n)`,
    );
  } else if (config.maxTargets > config.maxInFlight) {
    warnings.push(
      `MAX_TARGETS=${config.maxTargets} is above MAX_IN_FLIGHT=${config.maxInFlight}: larger requests run in waves`,
    );
  }
  return [...warnings, ...idleWithoutBus(asked)];
}

function idleWithoutBus({ natsUrl, natsCredentialsFile, natsCaFile, vantageLabels, fleetRole }: Config): string[] {
  if (natsUrl.length > 0) return [];
  const isSet = {
    NATS_CREDENTIALS_FILE: natsCredentialsFile !== '',
    NATS_CA_FILE: natsCaFile !== '',
    VANTAGE_LABELS: vantageLabels.length > 0,
    FLEET_ROLE: fleetRole !== 'both',
  };
  const idle = Object.entries(isSet).filter(([, isOne]) => isOne);
  return idle.map(([name]) => `${name} does nothing: NATS_URL is not set, so there is no fleet`);
}

/** Variables of the environment whose names are a typing mistake away from a setting's. */
function misspelled(env: Asked['env']): string[] {
  return Object.entries(env).flatMap(([name, value = '']) => {
    if (value === '' || USUAL.has(name) || NAMES.includes(name) || LINK.test(value)) return [];
    const meant = NAMES.find((known) => isTypingMistake(name, known));
    return meant === undefined
      ? []
      : [`${JSON.stringify(name)} in the environment does nothing: did you mean ${meant}?`];
  });
}

function isTypingMistake(name: string, known: string): boolean {
  const most = known.length > SHORT ? 2 : 1;
  return Math.abs(name.length - known.length) <= most && isWithin(most, name, known);
}

/**
 * Whether at most so many letters are wrong, missing, too many, or have changed places with their neighbour (optimal string
 * alignment). Most names are given up after their first letters: an environment may have hundreds.
 */
function isWithin(most: number, a: string, b: string): boolean {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped =
        i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? (before[j - 2] ?? 0) + 1 : Infinity;
      next.push(Math.min(replaced, swapped, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    if (Math.min(...row, ...next) > most) return false;
    before = row;
    row = next;
  }
  return (row[b.length] ?? 0) <= most;
}
