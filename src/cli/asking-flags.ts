// The flags that `check`, `wait` and `ping` share, and the door that they lead to.
import { type Command, InvalidArgumentError, Option } from 'commander';
import { ConfigError, valueOf } from '../config/config.ts';
import { maxAttemptsHere } from '../config/descriptor-limit.ts';
import type { Setting } from '../config/setting-kinds.ts';
import { flagOf, SETTINGS } from '../config/settings.ts';
import type { Contract } from '../contract/contract.ts';
import type { TargetParser } from '../contract/target-parser.ts';
import type { ContractFlags } from './contract-flags.ts';
import { explainFlag, optionsUnder } from './contract-flags.ts';
import type { Door } from './door.ts';
import { UsageError } from './usage-error.ts';

/** What this host may be asked for at a time, by the service's own settings. */
const PRESSURE = [SETTINGS.maxInFlight, SETTINGS.connectRate] as const;

export function addAskingFlags(command: Command, flags: ContractFlags): void {
  flags.addTo(command);
  command.option('--url <url>', 'ask the reachd there instead of this host; REACHD_TOKEN is its API token');
  for (const setting of PRESSURE) {
    command.addOption(new Option(`--${flagOf(setting)} <n>`, `${setting.about} (${setting.env}; ${setting.fallback})`));
  }
}

export function addTargetFlags(command: Command): void {
  command
    .argument('[target...]', 'host:port, [v6]:port or tcp://host:port')
    .option(
      '--file <path>',
      'targets from a file, one a line, or host,port as CSV; # begins a comment, - is standard input',
      (path: string, before: readonly string[] | undefined) => [...(before ?? []), path],
    )
    .option('--quiet', 'no results: the exit status tells');
}

/** An integer for a flag of ours. */
export function count(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('It takes an integer from 1 on.');
  return Number(text);
}

export interface Asking {
  readonly parser: TargetParser;
  /** Whether each target has an answer from each vantage of a fleet. */
  readonly isMany: boolean;
  /** Opens the door: this process, or the server of `--url`. */
  open(warn: (line: string) => void): Promise<Door>;
}

/** What was said about how to ask. Throws UsageError before anything is started. */
export function readAsking(command: Command, contract: Contract, flags: ContractFlags): Asking {
  const query = flags.read(command);
  const parser = contract.targetsUnder(optionsUnder(contract, query));
  if ('errors' in parser) throw new UsageError(parser.errors.map(explainFlag).join('; '));
  const url = command.getOptionValue('url') as string | undefined;
  if (parser.fleet !== null && url === undefined) {
    throw new UsageError('--from takes --url: a fleet is asked through one of its instances');
  }
  const [maxInFlight, connectRate] = PRESSURE.map((setting) => pressure(setting, command));
  const isMany = parser.fleet?.by === 'every';
  return {
    parser,
    isMany,
    open: async (warn) => {
      if (url !== undefined) {
        return (await import('./at-server.ts')).openAtServer(url, process.env['REACHD_TOKEN'] ?? '', query, isMany);
      }
      const limits = { maxInFlight: Math.min(maxInFlight ?? 1, maxAttemptsHere()), connectRate: connectRate ?? 0 };
      return (await import('./in-process.ts')).openInProcess(parser, limits, warn);
    },
  };
}

/** Throws UsageError for a target of the command line that is none: nothing is asked then. */
export function refuseWrongWords(words: readonly string[], { parser }: Asking): void {
  for (const word of words) {
    const asked = parser.parse(word);
    if (!('target' in asked)) {
      throw new UsageError(`${JSON.stringify(word)} is no target: ${asked.map(({ message }) => message).join('; ')}`);
    }
  }
}

function pressure(setting: Setting<number>, command: Command): number {
  const flag = flagOf(setting);
  const option = command.options.find(({ long }) => long === `--${flag}`);
  const said: unknown = option === undefined ? undefined : command.getOptionValue(option.attributeName());
  try {
    return valueOf(setting, process.env, new Map(typeof said === 'string' ? [[flag, said]] : [])) ?? setting.fallback;
  } catch (error) {
    throw error instanceof ConfigError ? new UsageError(error.message) : error;
  }
}
