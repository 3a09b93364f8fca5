// The settings of the fleet: without NATS_URL none of them does anything.
import * as z from 'zod';
import { isLoopback } from '../net/loopback.ts';
import { oneOf, path, type Setting } from './setting-kinds.ts';

/** A server of the bus: `nats://host:port`, `tls://host`, `host`; never with a password, which every log would show. */
const SERVER = /^(?:(?:nats|tls):\/\/)?(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?$/;
const LABEL = /^([A-Za-z0-9][A-Za-z0-9._/-]{0,62})=([A-Za-z0-9._-]{1,63})$/;
const MAX_LABELS = 16;

/** Comma-separated words, all of which `isRight` lets pass, less those that are `isNothing`. */
function words(isRight: (words: readonly string[]) => boolean, isNothing: (word: string) => boolean = () => false) {
  const split = (text: string): readonly string[] => text.split(',').map((word) => word.trim());
  const given = (text: string): readonly string[] => split(text).filter((word) => !isNothing(word));
  return z.string().transform(given).refine(isRight);
}

/** `zone=`: what fills it in, such as the downward API, knows of none. */
function isNoLabel(word: string): boolean {
  return /^[^=]+=$/.test(word);
}

function areLabels(texts: readonly string[]): boolean {
  const names = texts.map((text) => LABEL.exec(text)?.[1]);
  return texts.length <= MAX_LABELS && !names.includes(undefined) && new Set(names).size === names.length;
}

const NONE: readonly string[] = [];

export const FLEET_SETTINGS = {
  natsUrl: {
    env: 'NATS_URL',
    fallback: NONE,
    schema: words((texts) => texts.every((text) => SERVER.test(text))),
    takes: 'NATS servers, comma-separated: nats://host:port, or tls://host:port',
    about: 'the bus of the fleet: with it this instance is a vantage point; tls:// demands TLS',
  } satisfies Setting<readonly string[]>,
  natsCredentialsFile: path(
    'NATS_CREDENTIALS_FILE',
    'who this instance is on the bus: a .creds file, an NKEY seed, or user:password; read at each connect',
  ),
  natsCaFile: path('NATS_CA_FILE', "certificates in PEM that the bus's servers are trusted by; empty: the system's"),
  vantageLabels: {
    env: 'VANTAGE_LABELS',
    fallback: NONE,
    schema: words(areLabels, isNoLabel),
    takes: `1 to ${MAX_LABELS} labels, comma-separated: zone=eu-1a,disk=ssd`,
    about: 'labels that the fleet selects this vantage point by; one without a value is none',
  } satisfies Setting<readonly string[]>,
  fleetRole: oneOf(
    'FLEET_ROLE',
    'both',
    ['both', 'agent', 'coordinator'],
    'agent answers the fleet, coordinator asks it',
  ),
} as const;

/** Whether every server of the bus is this host. */
export function isBusHere(urls: readonly string[]): boolean {
  return urls.every((url) => isLoopback(hostOf(url)));
}

function hostOf(url: string): string {
  const rest = url.replace(/^\w+:\/\//, '');
  return rest.startsWith('[') ? rest.slice(1, rest.indexOf(']')) : rest.replace(/:\d+$/, '');
}

/** `['zone=eu-1a']` → `{zone: 'eu-1a'}`. */
export function labelsOf(texts: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(texts.map((text) => [text.replace(/=.*/, ''), text.replace(/^[^=]*=/, '')]));
}
