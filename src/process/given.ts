// What the operator has set, read as a whole before anything is started: a mistake ends the process with one line for each.
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { Tokens } from '../callers/tokens.ts';
import { ConfigError, type Configuration, readConfig } from '../config/config.ts';
import { maxAttemptsHere } from '../config/descriptor-limit.ts';
import { maxHeldHere } from '../config/memory-limit.ts';
import type { Config } from '../config/settings.ts';
import type { Judges } from '../groups/denied-targets.ts';
import type { FileInForce } from '../groups/file-in-force.ts';
import { PolicyInForce } from '../policy/policy-in-force.ts';
import { BAD_CONFIG, giveUp } from './standard-streams.ts';

/** The settings. `flags`: flag without its dashes → its value as written. */
export function readConfigOrGiveUp(flags: ReadonlyMap<string, string>): Configuration {
  try {
    const [maxAttempts, maxHeldMb] = [maxAttemptsHere(), maxHeldHere()];
    return readConfig({ env: process.env, flags, maxAttempts, maxHeldMb, hostName: hostname() });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return giveUp(error.message, BAD_CONFIG);
  }
}

/** Ends the process, with one line for the operator, when a rule of the address policy cannot be read. */
export function readPolicy(config: Config): PolicyInForce {
  try {
    return new PolicyInForce(config);
  } catch (error) {
    return giveUp(error instanceof Error ? error.message : String(error), BAD_CONFIG);
  }
}

/** The API tokens, null when there are none. Ends the process, with one line for the operator, when they cannot be read. */
export function readTokens({ apiTokens, apiTokensFile: file }: Config): Tokens | null {
  if (file === '' && apiTokens.length === 0) return null;
  const source = file === '' ? 'API_TOKENS' : `API_TOKENS_FILE=${file}`;
  try {
    const tokens = file === '' ? new Tokens(apiTokens) : Tokens.ofFile(file);
    return tokens.size === 0 ? giveUp(`${source} holds no token`, BAD_CONFIG) : tokens;
  } catch (error) {
    return giveUp(`${source}: ${error instanceof Error ? error.message : String(error)}`, BAD_CONFIG);
  }
}

/** CONFIG_FILE, null without one. Ends the process when it cannot be read, or names what is denied. */
export async function readFile(config: Config, judges: Judges): Promise<FileInForce | null> {
  if (config.configFile === '') return null;
  const { FileInForce } = await import('../groups/file-in-force.ts');
  try {
    return await FileInForce.open(config.configFile, config, judges);
  } catch (error) {
    return giveUp(`CONFIG_FILE=${error instanceof Error ? error.message : String(error)}`, BAD_CONFIG);
  }
}

/** Ends the process when TLS_CA_FILE is not what it should be. */
export async function readAuthorities({ tlsCaFile: file }: Config): Promise<void> {
  if (file === '') return;
  const { parseCertificates } = await import('../tls/authority-file.ts');
  try {
    parseCertificates(readFileSync(file, 'utf8'));
  } catch (error) {
    giveUp(`TLS_CA_FILE=${file}: ${error instanceof Error ? error.message : String(error)}`, BAD_CONFIG);
  }
}

/** Ends the process when a file of the fleet's is not what it should be. */
export async function readBusFiles({ natsUrl, natsCredentialsFile, natsCaFile }: Config): Promise<void> {
  if (natsUrl.length === 0) return;
  const { parseCredentials } = await import('../fleet/credentials.ts');
  const read = (name: string, file: string, parse: (text: string) => unknown): void => {
    try {
      if (file !== '') parse(readFileSync(file, 'utf8'));
    } catch (error) {
      giveUp(`${name}=${file}: ${error instanceof Error ? error.message : String(error)}`, BAD_CONFIG);
    }
  };
  read('NATS_CREDENTIALS_FILE', natsCredentialsFile, parseCredentials);
  read('NATS_CA_FILE', natsCaFile, String);
}
